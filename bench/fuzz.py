"""Feed the readers of projects and logs what a coverage-guided fuzzer invents: `make fuzz`.

The first byte of an input names the file that the rest is written into; the project is then read by
`inspect` and `doctor`. Whatever is raised but an error of ours, and whatever a rule raises, is a
fault, and the input that led there is kept in `.fuzz/`.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["chatkit_agent"]):
    from chatkit_agent import api
    from chatkit_agent.errors import ChatKitAgentError
    from chatkit_agent.evidence.static.gathering import Looking
    from chatkit_agent.project.manifest import MANIFEST, manifest_of

NAMES = (
    *("app.py", "pyproject.toml", "requirements.txt", "setup.cfg", "setup.py", "Pipfile"),
    *("compose.yml", "Dockerfile", ".env", "environment.yml", "uv.lock", "app.log", MANIFEST),
)
ROOT = Path(__file__).parents[1]
KEPT = ROOT / ".fuzz"
LARGEST = 64_000
MAIN = b"from fastapi import FastAPI\n\napp = FastAPI()\n"


class RuleFailed(Exception):
    """A rule raised, which the doctor tells in its notes."""


def one_input(data: bytes) -> None:
    if not data:
        return
    name = NAMES[data[0] % len(NAMES)]
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        (root / "main.py").write_bytes(MAIN)
        (root / name).parent.mkdir(exist_ok=True)
        (root / name).write_bytes(data[1:])
        _read(root, root / name)


def _read(root: Path, written: Path) -> None:
    try:
        manifest_of(root)
        api.inspect_project(root)
        log = (written.name, written.read_bytes()) if written.suffix == ".log" else None
        document = api.diagnose(root, Looking(log=log))
    except ChatKitAgentError:
        return
    failed = [note for note in document.notes if "broke down" in note]
    if failed:
        raise RuleFailed(failed[0])


def write_seeds(folder: Path) -> None:
    """The files of the samples, as what the fuzzer starts from."""
    folder.mkdir(parents=True, exist_ok=True)
    for path in sorted((ROOT / "tests" / "projects").rglob("*")):
        kind = "app.py" if path.suffix == ".py" else path.name
        if path.is_file() and kind in NAMES and path.stat().st_size < LARGEST:
            name = "-".join(path.relative_to(ROOT / "tests" / "projects").parts)
            (folder / name).write_bytes(bytes([NAMES.index(kind)]) + path.read_bytes())


def main() -> None:
    minutes = float(sys.argv[1]) if len(sys.argv) > 1 else 5
    shutil.rmtree(KEPT / "seeds", ignore_errors=True)
    write_seeds(KEPT / "seeds")
    (KEPT / "found").mkdir(exist_ok=True)
    limits = [f"-max_total_time={minutes * 60:.0f}", f"-max_len={LARGEST}", "-timeout=60"]
    folders = [str(KEPT / "found"), str(KEPT / "seeds")]
    atheris.Setup([sys.argv[0], *limits, f"-artifact_prefix={KEPT}/", *folders], one_input)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
