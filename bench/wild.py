"""Tries the product on real applications: inspect, plan, add, check, plan again, undo.

    python bench/wild.py FOLDER [ID ...] [--jobs N] [--again] [--page FILE]

FOLDER holds `manifest.json` (id, repo, checkout, subdir, app_ref, env, setup, venv_name of each
application), `src/` with a checkout of each repository, and `venvs/` with an environment of each.
What was learned is kept in `FOLDER/results`, one file for each: what is there is not tried again.
Exit status 1 where one was broken, a wrong application chosen, or not undone byte for byte.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import shutil
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path
from typing import Any

import wild_tests
from wild_rows import Row, cells, figures, page, told

from chatkit_agent.errors import ChatKitAgentError
from chatkit_agent.evidence.run.overlays import prepare_python
from chatkit_agent.project.read import read_project

AGENT = Path(sys.executable).with_name("chatkit-agent")
SECONDS = 900


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("ids", nargs="*", metavar="ID")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--again", action="store_true", help="also what was tried before")
    parser.add_argument("--page", type=Path, help="write the result page here")
    given = parser.parse_args()
    folder: Path = given.folder.resolve()
    entries = json.loads((folder / "manifest.json").read_text())
    chosen = [entry for entry in entries if not given.ids or entry["id"] in given.ids]
    with ThreadPoolExecutor(given.jobs) as pool:
        rows = list(pool.map(lambda entry: result(folder, entry, given.again), chosen))
    print("\n" + "\n".join(figures(rows)))
    if given.page:
        given.page.write_text("\n".join(page(rows, "bench/wild.py FOLDER")) + "\n")
    return 1 if any(row.faults for row in rows) else 0


def result(folder: Path, entry: Mapping[str, Any], again: bool) -> Row:
    saved = folder / "results" / f"{entry['id']}.json"
    if saved.exists() and not again:
        row = Row.of(json.loads(saved.read_text()))
    else:
        row = tried(folder, entry)
        saved.parent.mkdir(exist_ok=True)
    if not row.processor:
        row.processor = inspected(folder / "src" / entry["checkout"] / entry["subdir"])
        saved.write_text(json.dumps(asdict(row), indent=1))
    print(f"{row.id:18} {row.outcome:22} {' | '.join(cells(row)[1:])}", flush=True)
    for line in [] if row.verified and not row.faults else told(row):
        print(f"{'':18} {line[:600]}", flush=True)
    return row


def inspected(project: Path) -> float:
    """The processor seconds that `inspect` takes; it writes nothing, so no copy is needed."""
    command = [str(AGENT), "inspect", str(project), "--json"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as run:
        _, status, used = os.wait4(run.pid, 0)
        run.returncode = os.waitstatus_to_exitcode(status)
    return round(used.ru_utime + used.ru_stime, 2)


def tried(folder: Path, entry: Mapping[str, Any]) -> Row:
    versions = entry.get("versions") or {}
    row = Row(entry["id"], entry.get("repo", ""), entry["subdir"], wanted=entry["app_ref"])
    row.wanted = row.wanted.removesuffix("()")
    row.state = state()
    row.fastapi, row.python = versions.get("fastapi", ""), entry.get("python", "")
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="wild-") as scratch:
        checkout = copied(folder / "src" / entry["checkout"], Path(scratch), entry)
        before = contents(checkout)
        try:
            Trial(row, entry, folder, checkout, Path(scratch)).run()
        except subprocess.TimeoutExpired as error:
            row.reasons.append(f"{error.cmd[1]} took longer than {SECONDS} seconds")
        after = contents(checkout)
        names = sorted({*before, *after})
        row.left = [name for name in names if before.get(name) != after.get(name)]
    row.seconds["all"] = round(time.monotonic() - began, 1)
    return row


def state() -> str:
    here = Path(__file__).parent
    asked = ["git", "-C", str(here), "rev-parse", "--short=8", "HEAD"]
    return subprocess.run(asked, capture_output=True, text=True, check=False).stdout.strip()


class Trial:
    """One application in a copy."""

    def __init__(
        self, row: Row, entry: Mapping[str, Any], folder: Path, checkout: Path, scratch: Path
    ) -> None:
        self.row = row
        same = ("checkout", "subdir")
        self.others = {
            each["app_ref"]
            for each in json.loads((folder / "manifest.json").read_text())
            if [each[name] for name in same] == [entry[name] for name in same]
        } - {row.wanted}
        self.checkout = checkout
        self.scratch = scratch
        self.subdir = entry["subdir"] or "."
        self.project = checkout / self.subdir
        self.imports = entry.get("pythonpath") or ["."]
        self.python = folder / "venvs" / entry["venv_name"] / "bin" / "python"
        self.variables = {
            name: value.replace("${TMP}", str(scratch)).replace("${ROOT}", str(folder))
            for name, value in entry["env"].items()
        }

    def run(self) -> None:
        row = self.row
        found = self.agent("inspect")
        if found.get("app"):
            row.found, row.kind = found["app"]["ref"], found["app"]["kind"]
        if row.found in self.others:
            # The same folder holds another application of the list, and that is meant here.
            row.found = "-"
        row.named = row.found == "-"
        choice = ["--app", row.wanted] if row.named else []
        self.agent("plan", *choice)
        row.tests_before = self.own_tests([])
        made = self.agent("add", *choice, *self.environment(), "--yes")
        if "plan_id" not in made:
            row.reasons.append(made.get("message", "no answer"))
            return
        tell(row, made)
        if row.applied:
            self.look_again(choice)

    def look_again(self, choice: list[str]) -> None:
        """With the chat: its own tests, a second plan; and then everything back."""
        if "passed" in self.row.tests_before.values():
            self.row.tests_after = self.own_tests(self.overlay())
        self.row.again = len(self.agent("plan", *choice).get("changes", ["?"]))
        undone = self.agent("undo", "--yes")
        if "restored" not in undone:
            self.row.reasons.append(undone.get("message", "undo gave no answer"))

    def own_tests(self, imports: list[Path]) -> dict[str, str]:
        if not self.python.exists():
            return {}
        copy = self.scratch / f"tests{len(imports)}"
        shutil.copytree(self.checkout, copy, symlinks=True, ignore=shutil.ignore_patterns(".git"))
        project = copy / self.subdir
        own = [project / each for each in self.imports]
        try:
            found = wild_tests.outcomes(project, self.python, [*own, *imports], self.variables)
            # Parameters of tests may be paths of this copy.
            return {name.replace(f"{copy}/", ""): how for name, how in found.items()}
        finally:
            shutil.rmtree(copy)

    def overlay(self) -> list[Path]:
        """The chat's packages that the application's environment lacks."""
        try:
            project = read_project(self.project, app=self.row.wanted)
            overlay = prepare_python(project, str(self.python))[1]
        except ChatKitAgentError:
            return []
        return [overlay.path] if overlay else []

    def environment(self) -> Iterator[str]:
        if self.python.exists():
            yield from ("--python", str(self.python))
        file = self.scratch / "variables.env"
        file.write_text("".join(f"{name}={value!r}\n" for name, value in self.variables.items()))
        yield from ("--env-file", str(file))

    def agent(self, operation: str, *options: str) -> dict[str, Any]:
        began = time.monotonic()
        ran = subprocess.run(
            [str(AGENT), operation, str(self.project), *options, "--json"],
            capture_output=True,
            text=True,
            check=False,
            timeout=SECONDS,
            env={name: os.environ[name] for name in os.environ if name != "VIRTUAL_ENV"},
        )
        self.row.seconds.setdefault(operation, round(time.monotonic() - began, 2))
        try:
            loaded: dict[str, Any] = json.loads(ran.stdout)
        except ValueError:
            lines = ran.stderr.strip().splitlines() or ["no output"]
            return {"message": f"{operation} broke: {lines[-1]}", "changes": ["?"]}
        return loaded


def tell(row: Row, made: Mapping[str, Any]) -> None:
    """What `add` says it did."""
    row.applied = made["applied"]
    row.kind = made["app"]["kind"]
    row.mode = made["options"].get("mode", "in-process")
    user = made["options"]["user"]
    row.users = f"`{user['name']}`, `{user['user_id']}`" if user else made["options"]["auth"]
    row.edited = [each["path"] for each in made["changes"] if each["action"] == "modify"]
    row.created = sum(each["action"] == "create" for each in made["changes"])
    row.reasons += [f"{each['edit']}: {each['reason']}" for each in made["manual_steps"]]
    report = made["verification"]
    if report is None:
        return
    row.ok = bool(report["checks"]) and report["outcome"] != "failed"
    row.checks = {each["name"]: each["ok"] for each in report["checks"]}
    row.inconclusive = [
        each["name"] for each in report["checks"] if each["outcome"] == "inconclusive"
    ]
    row.notes = list(report["notes"])
    failed = [check for check in report["checks"] if not check["ok"]]
    row.reasons += [f"{each['name']}: {each['findings'][0]['evidence']}" for each in failed]
    if not report["checks"]:
        row.reasons += report["notes"]


def copied(source: Path, scratch: Path, entry: Mapping[str, Any]) -> Path:
    """A checkout in a repository of its own, so that nothing leads back to the original."""
    checkout = scratch / "checkout"
    shutil.copytree(source, checkout, symlinks=True, ignore=shutil.ignore_patterns(".git"))
    for command in entry.get("setup") or ():
        subprocess.run(command, shell=True, cwd=checkout / (entry["subdir"] or "."), check=True)
    who = ["-c", "user.name=wild", "-c", "user.email=wild@example.org"]
    for command in (["init", "-q"], ["add", "-A", "-f"], [*who, "commit", "-q", "-m", "as it is"]):
        subprocess.run(["git", "-c", "core.autocrlf=false", *command], cwd=checkout, check=True)
    return checkout


def contents(checkout: Path) -> dict[str, str]:
    """The kind, mode and digest of everything in a checkout."""
    found = {}
    for folder, folders, files in os.walk(checkout):
        if ".git" in folders:
            folders.remove(".git")
        for name in (*folders, *files):
            path = Path(folder) / name
            found[str(path.relative_to(checkout))] = described(path)
    return found


def described(path: Path) -> str:
    mode = path.lstat().st_mode
    if stat.S_ISLNK(mode):
        return f"link to {os.readlink(path)}"
    held = hashlib.sha256(path.read_bytes()).hexdigest() if stat.S_ISREG(mode) else ""
    return f"{stat.filemode(mode)} {held}"


if __name__ == "__main__":
    sys.exit(main())
