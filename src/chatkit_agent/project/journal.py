"""Journal: what a run was killed in, noted on this machine outside of the project it wrote into."""

from __future__ import annotations

import hashlib
import os
import platform
import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Literal

from platformdirs import user_state_path
from pydantic import BaseModel, Field

from chatkit_agent.project.tree import Tree

UNFINISHED = "unfinished.json"
"""There only while files are being put in place; see `journal_of`."""

BESIDE = re.compile(r"(?:^|/)\.[^/]+\.[0-9a-f]{8}\.(?:new|old)$")

Phase = Literal["preparing", "putting", "done"]


class Swapped(BaseModel):
    """A file's path, and the digests of its content before and after; None where there is none."""

    path: str
    was: str | None
    becomes: str | None


class Noted(BaseModel):
    """What a run was about to do; its `token` is in the names beside each file's place."""

    root: str
    phase: Phase
    token: str = Field(pattern=r"^[0-9a-f]{8}$")
    swapped: tuple[Swapped, ...]
    folders: tuple[str, ...]
    emptied: tuple[str, ...]

    def is_left_in(self, root: Path) -> bool:
        """Whether anything lies beside the files still."""
        targets = (root / each.path for each in self.swapped)
        besides = (each for target in targets for each in beside(target, self.token))
        return any(map(os.path.lexists, besides))


def beside(target: Path, token: str) -> tuple[Path, Path]:
    """Where the new content of a file is written first, and its old one kept until all is done."""
    name = f".{target.name}.{token}"
    return target.with_name(f"{name}.new"), target.with_name(f"{name}.old")


def left_beside(tree: Tree) -> tuple[str, ...]:
    """What a killed run left beside files, where no journal on this machine tells of it."""
    return () if journal_here(tree.root) else tuple(filter(BESIDE.search, tree.paths))


def of_killed_run(left: Sequence[str]) -> str:
    named = ", ".join(f"`{each}`" for each in left)
    return (
        f"A run that was killed elsewhere left {named}. What ends in `.old` is the "
        "file as it was before, in `.new` as it was to be: put back what you want of it, then take "
        "these away."
    )


def journal_of(root: Path, name: str = UNFINISHED) -> Path:
    """Where this machine notes what it is writing into `root`: outside of it, for nobody else."""
    known = f"{platform.node()}\0{os.path.realpath(root)}"
    digest = hashlib.sha256(known.encode(errors="surrogateescape")).hexdigest()[:16]
    return user_state_path("chatkit-agent") / f"{digest}-{name}"


def journal_here(root: Path, name: str = UNFINISHED) -> Path | None:
    """The journal of a run that was killed in `root`, or where that was before it was moved."""
    place = journal_of(root, name)
    if place.is_file():
        return place
    return next((path for path, noted in _of_moved(place, name) if noted.is_left_in(root)), None)


def _of_moved(place: Path, name: str) -> Iterator[tuple[Path, Noted]]:
    for path in sorted(place.parent.glob(f"*-{name}")):
        with suppress(OSError, ValueError):
            noted = Noted.model_validate_json(path.read_bytes())
            if not os.path.lexists(noted.root):
                yield path, noted
