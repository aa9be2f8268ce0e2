"""Tries the product on real applications: inspect, add, verify, add again, undo; one row each.

usage: wild.py FOLDER [ID ...]

FOLDER holds `manifest.json` (id, checkout, subdir, app_ref, env, venv_name of each application),
`src/` with a git checkout of each repository, and `venvs/` with an environment of each.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

HEADS = [
    "application",
    "found",
    "made as",
    "users",
    "edited",
    "new",
    "proofs",
    "add again",
    "undo",
    "s",
]
AGENT = Path(sys.executable).with_name("chatkit-agent")


@dataclass
class Row:
    """What became of one application; times are in seconds."""

    id: str
    found: str = "-"
    wanted: str = "-"
    kind: str = "-"
    auth: str = "-"
    edited: tuple[str, ...] = ()
    created: int = 0
    proofs: str = "-"
    failed: tuple[str, ...] = ()
    again: str = "-"
    undone: str = "-"
    seconds: float = 0.0
    remarks: list[str] = field(default_factory=list)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("folder", type=Path)
    parser.add_argument("ids", nargs="*")
    arguments = parser.parse_args()
    folder: Path = arguments.folder.resolve()
    entries = json.loads((folder / "manifest.json").read_text())
    chosen = [entry for entry in entries if not arguments.ids or entry["id"] in arguments.ids]
    print(
        "| application | found | made as | users | edited | new | proofs | add again | undo | s |"
    )
    print("|---|---|---|---|---|---|---|---|---|---|")
    rows = [shown(tried(folder, entry)) for entry in chosen]
    passed = sum(row.proofs.startswith("all") and row.undone == "clean" for row in rows)
    print(f"\n{passed} of {len(rows)} verified, with nothing done by hand.")
    for row in rows:
        for remark in row.remarks:
            print(f"- {row.id}: {remark}")
    return 0


def shown(row: Row) -> Row:
    cells = (
        row.id,
        f"`{row.found}`" + ("" if row.found == row.wanted else f" (wanted `{row.wanted}`)"),
        row.kind,
        row.auth,
        ", ".join(row.edited) or "-",
        str(row.created),
        row.proofs,
        row.again,
        row.undone,
        f"{row.seconds:.0f}",
    )
    print(f"| {' | '.join(cells)} |", flush=True)
    return row


def tried(folder: Path, entry: dict[str, Any]) -> Row:
    row = Row(entry["id"], wanted=entry["app_ref"])
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as scratch:
        checkout = Path(scratch) / "checkout"
        shutil.copytree(folder / "src" / entry["checkout"], checkout, symlinks=True)
        try:
            try_out(row, entry, folder, checkout, Path(scratch))
        except subprocess.TimeoutExpired:
            row.remarks.append("took longer than ten minutes")
    row.seconds = time.monotonic() - began
    return row


def try_out(row: Row, entry: dict[str, Any], folder: Path, checkout: Path, scratch: Path) -> None:
    project = checkout / (entry["subdir"] or ".")
    found = agent("inspect", project)
    if found.get("app"):
        row.found, row.kind = found["app"]["ref"], found["app"]["kind"]
    options = [*environment(entry, folder, scratch), "--yes"]
    if row.found != row.wanted:
        options += ["--app", row.wanted]
    made = agent("add", project, *options)
    if "plan_id" not in made:
        row.remarks.append(made.get("message", "no answer"))
        row.undone = state(checkout)
        return
    told(row, made)
    row.again = "nothing" if not agent("plan", project)["changes"] else "changes"
    undone = agent("undo", project)
    if made["applied"] and "restored" not in undone:
        row.remarks.append(undone.get("message", "undo gave no answer"))
    row.undone = state(checkout)


def told(row: Row, made: dict[str, Any]) -> None:
    row.kind = made["app"]["kind"]
    user = made["choices"]["user"]
    row.auth = user["name"] if user else made["choices"]["auth"]
    row.edited = tuple(each["path"] for each in made["changes"] if each["action"] == "modify")
    row.created = sum(each["action"] == "create" for each in made["changes"])
    row.remarks += [f"by hand, {each['edit']}: {each['reason']}" for each in made["by_hand"]]
    report = made["verification"]
    if report is None:
        return
    failed = [check for check in report["checks"] if not check["ok"]]
    row.proofs = f"{len(report['checks']) - len(failed)} of {len(report['checks'])}"
    if not report["checks"]:
        row.proofs = "none"
        row.remarks += report["notes"]
    elif not failed:
        row.proofs = f"all {len(report['checks'])}"
    row.remarks += [f"{each['name']}: {each['findings'][0]['evidence']}" for each in failed]
    row.remarks += [note for note in report["notes"] if "alone" in note]


def environment(entry: dict[str, Any], folder: Path, scratch: Path) -> Iterator[str]:
    python = folder / "venvs" / entry["venv_name"] / "bin" / "python"
    if python.exists():
        yield from ("--python", str(python))
    file = scratch / "variables.env"
    values = {
        name: value.replace("${TMP}", str(scratch)).replace("${ROOT}", str(folder))
        for name, value in entry["env"].items()
    }
    file.write_text("".join(f"{name}={value!r}\n" for name, value in values.items()))
    yield from ("--env-file", str(file))


def agent(verb: str, project: Path, *options: str) -> dict[str, Any]:
    ran = subprocess.run(
        [str(AGENT), verb, str(project), *options, "--json"],
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
        env={name: os.environ[name] for name in os.environ if name != "VIRTUAL_ENV"},
    )
    try:
        loaded: dict[str, Any] = json.loads(ran.stdout)
    except ValueError:
        lines = ran.stderr.strip().splitlines() or ["no output"]
        return {"message": f"{verb} broke: {lines[-1]}", "changes": ["?"]}
    return loaded


def state(checkout: Path) -> str:
    """`clean` where git sees nothing, ignored files included."""
    command = ["git", "status", "--porcelain", "--ignored"]
    told = subprocess.run(command, cwd=checkout, capture_output=True, text=True, check=True).stdout
    return "clean" if not told.strip() else told.strip().replace("\n", "; ")


if __name__ == "__main__":
    sys.exit(main())
