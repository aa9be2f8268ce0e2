"""How fast projects are read and planned: repositories that grow, and folders that are named.

    python bench/reading.py [FOLDER ...]

Of each synthetic repository a fresh process reads the project and makes the plan, as `inspect` and
`plan` do; the time of the processor is given beside the time that passes, since other work on the
machine stretches the latter. The last column is how the time grows with the size: 1.0 is in step
with it. Of each folder the two commands are timed whole, with the start of Python.
"""

from __future__ import annotations

import math
import resource
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

from rich.console import Console
from rich.table import Table

SIZES = (100, 400, 1600, 6400)
RUNS = 3
MAIN = "from fastapi import FastAPI\n\n{imports}\n\napp = FastAPI()\n{included}\n"
ROUTES = '''"""Routes of {name}."""

from fastapi import APIRouter, Depends

from app.users import User, get_current_user

router = APIRouter(prefix="/{name}")


@router.get("/")
async def all_of_{name}(user: User = Depends(get_current_user)) -> list[str]:
    return [user.name]
'''
USERS = '''"""Users."""

from fastapi import Depends
from fastapi.security import OAuth2PasswordBearer
from pydantic import BaseModel


class User(BaseModel):
    id: int
    name: str


def get_current_user(token: str = Depends(OAuth2PasswordBearer(tokenUrl="token"))) -> User:
    return User(id=1, name=token)
'''
WORK = '''

def step_{number}(values: list[int], factor: int = {number}) -> int:
    """What step {number} makes of the values."""
    total = 0
    for value in values:
        if value > factor:
            total += value * factor
    return total
'''
READ = """
import sys
from pathlib import Path
from chatkit_agent.plan.plan import make_plan
from chatkit_agent.project.read import read_project
project = read_project(Path(sys.argv[1]))
assert project.app, project.candidates
if sys.argv[2] == "plan":
    make_plan(project)
"""


@dataclass(frozen=True)
class Timed:
    """The quickest of some runs: seconds that passed, and seconds of the processor."""

    passed: float
    processor: float


def main() -> None:
    console = Console()
    console.print(_growth())
    if folders := [Path(each) for each in sys.argv[1:]]:
        console.print(_commands(folders))


def _growth() -> Table:
    table = Table(
        "files", "lines", "inspect", "plan", "files/s", "lines/s", "growth", title="Growth"
    )
    nothing = _timed([sys.executable, "-c", READ.partition("project =")[0], "", ""])
    earlier: tuple[int, float] | None = None
    with tempfile.TemporaryDirectory() as folder:
        for size in SIZES:
            root = Path(folder, str(size))
            lines = sum(_repository(root, size))
            read, planned = (
                _timed([sys.executable, "-c", READ, str(root), operation])
                for operation in ("inspect", "plan")
            )
            spent = max(read.processor - nothing.processor, 0.001)
            growth = _growth_since(earlier, size, spent)
            table.add_row(
                *(f"{size:,}", f"{lines:,}", _told(read), _told(planned)),
                *(f"{size / spent:,.0f}", f"{lines / spent:,.0f}", growth),
            )
            earlier = size, spent
    table.caption = f"Of these {_told(nothing)} are imports; the rates leave them out."
    return table


def _growth_since(earlier: tuple[int, float] | None, size: int, spent: float) -> str:
    if earlier is None:
        return ""
    return f"{math.log(spent / earlier[1]) / math.log(size / earlier[0]):.2f}"


def _repository(root: Path, size: int) -> Iterator[int]:
    """Write `size` files, of which one in ten has routes; the lines of each."""
    names = [f"part_{number}" for number in range(size - 2)]
    routed = names[::10]
    imports = "\n".join(f"from app.{name} import router as {name}" for name in routed)
    included = "\n".join(f"app.include_router({name})" for name in routed)
    texts = {"main": MAIN.format(imports=imports, included=included), "users": USERS}
    for name in names:
        head = ROUTES.format(name=name) if name in routed else f'"""The work of {name}."""\n'
        texts[name] = head + "".join(WORK.format(number=number) for number in range(8))
    (root / "app").mkdir(parents=True)
    (root / "app/__init__.py").touch()
    (root / "requirements.txt").write_text("fastapi\n")
    for name, text in texts.items():
        (root / f"app/{name}.py").write_text(text)
        yield text.count("\n")


def _commands(folders: list[Path]) -> Table:
    table = Table("folder", "Python files", "lines", "inspect", "plan", title="Commands, whole")
    for folder in folders:
        files = list(folder.rglob("*.py"))
        lines = sum(each.read_bytes().count(b"\n") for each in files)
        command = [str(Path(sys.executable).with_name("chatkit-agent"))]
        times = [
            _timed([*command, operation, str(folder), "--json"])
            for operation in ("inspect", "plan")
        ]
        table.add_row(folder.name, f"{len(files):,}", f"{lines:,}", *map(_told, times))
    return table


def _timed(command: list[str]) -> Timed:
    return min((_run(command) for _ in range(RUNS)), key=lambda each: each.processor)


def _run(command: list[str]) -> Timed:
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    after, ended = resource.getrusage(resource.RUSAGE_CHILDREN), perf_counter()
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Timed(ended - began, spent)


def _told(timed: Timed) -> str:
    return f"{timed.passed:.2f} s ({timed.processor:.2f} s)"


if __name__ == "__main__":
    main()
