"""A fault: one thing that is wrong in a healthy sample, and how it comes to be seen."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

PATCHES = Path(__file__).parent / "patches"
Plant = Callable[[Path], None]
Sample = Literal["handmade", "delivered", "second"]


@dataclass(frozen=True)
class Fault:
    """`checks` are the doctor's checks that name it: one of them has to be the first finding's.

    What is planted is the patch of the fault's name, and whatever `plants` do. With `seen`, the
    application is run in that state and asked a question, and the doctor gets its log; with `boot`
    the doctor gets `--boot` and asks the services; else it reads the project only. `environment`
    changes variables of these runs, None removes one, and names in braces are filled in by the
    benchmark.
    """

    name: str
    sample: Sample
    checks: tuple[str, ...]
    plants: tuple[Plant, ...] = ()
    seen: bool = False
    questions: int = 1
    """How many are asked at the same time."""
    boot: bool = False
    environment: Mapping[str, str | None] = field(default_factory=dict)
    tools: Literal["up", "argument", "names", "401", "403", "500", "html"] = "up"
    model: Literal["up", "401", "429", "no responses", "unknown"] = "up"
    symptom: str = ""
    edit: bool = False
    """Whether `doctor --fix` fixes it."""

    @property
    def patch(self) -> Path:
        return PATCHES / (re.sub(r"[^a-z0-9]+", "-", self.name.lower()).strip("-") + ".patch")

    def plant(self, project: Path) -> None:
        if self.patch.exists():
            command = ["git", "apply", "--whitespace=nowarn", str(self.patch)]
            subprocess.run(command, cwd=project, check=True)
        for each in self.plants:
            each(project)


def changed(file: str, old: str, new: str) -> Plant:
    """`old`, which is there once, becomes `new`."""

    def plant(project: Path) -> None:
        path = project / file
        text = path.read_text()
        if text.count(old) != 1:
            raise ValueError(f"`{old}` stands {text.count(old)} times in {file}")
        path.write_text(text.replace(old, new))

    return plant


def variable(name: str, line: str | None = None, file: str = ".env") -> Plant:
    """The line of this variable in an environment file becomes another, or goes."""

    def plant(project: Path) -> None:
        path = project / file
        path.parent.mkdir(exist_ok=True)
        lines = path.read_text().splitlines() if path.exists() else []
        kept = [each for each in lines if not each.startswith(f"{name}=")]
        path.write_text("\n".join([*kept, *([line] if line else [])]) + "\n")

    return plant
