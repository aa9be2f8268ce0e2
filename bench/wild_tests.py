"""An application's own tests, run on its own Python, each with its outcome."""

from __future__ import annotations

import os
import subprocess
import tempfile
import xml.etree.ElementTree as ElementTree
from collections.abc import Mapping, Sequence
from pathlib import Path

import uv

from chatkit_agent.options.uv_process import cached, fill, install

TOOLS = ("pytest", "pytest-asyncio", "pytest-mock", "httpx", "requests", "anyio", "trio")
SECONDS = 240


def outcomes(
    folder: Path, python: Path, imports: Sequence[Path], variables: Mapping[str, str]
) -> dict[str, str]:
    """What became of each test under `folder`, but for the one that the chat brings."""
    if not has_tests(folder):
        return {}
    with tempfile.TemporaryDirectory() as scratch:
        report = Path(scratch) / "report.xml"
        command = [str(python), "-m", "pytest", "-q", "-p", "no:cacheprovider"]
        command += ["--continue-on-collection-errors", f"--junitxml={report}"]
        command += ["--ignore-glob=*test_chatkit.py", "-o", "addopts="]
        paths = os.pathsep.join(map(str, [*imports, tools(python)]))
        kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        try:
            subprocess.run(
                command,
                cwd=folder,
                env={**kept, **variables, "PYTHONPATH": paths, "PYTHONDONTWRITEBYTECODE": "1"},
                capture_output=True,
                check=False,
                timeout=SECONDS,
                stdin=subprocess.DEVNULL,
            )
        except subprocess.TimeoutExpired:
            return {"(all)": "timeout"}
        return dict(read(report)) if report.exists() else {"(all)": "error"}


def has_tests(folder: Path) -> bool:
    files = (path for pattern in ("test_*.py", "*_test.py") for path in folder.rglob(pattern))
    return any(path.name != "test_chatkit.py" for path in files)


def read(report: Path) -> list[tuple[str, str]]:
    cases = ElementTree.parse(report).iter("testcase")
    return [(f"{case.get('classname')}.{case.get('name')}", outcome_of(case)) for case in cases]


def outcome_of(case: ElementTree.Element) -> str:
    found = {part.tag for part in case} & {"failure", "error", "skipped"}
    return found.pop() if found else "passed"


def tools(python: Path) -> Path:
    """A folder with what runs tests, that moves nothing that is installed."""
    command = [uv.find_uv_bin(), "pip", "freeze", "--python", str(python)]
    installed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    folder = cached("test-tools", str(python), installed)
    if not folder.is_dir():
        fill(folder, lambda partial: put_tools(partial, python, installed))
    return folder / "packages"


def put_tools(partial: Path, python: Path, installed: str) -> None:
    pins = partial / "installed.txt"
    lines = [line for line in installed.splitlines() if "==" in line]
    pins.write_text("\n".join(lines))
    target = ("--target", str(partial / "packages"), "-c", str(pins))
    install("--python", str(python), *target, *TOOLS)
