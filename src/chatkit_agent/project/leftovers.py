"""Leftovers: delivered files that `undo` left because the user had edited them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path, PurePosixPath
from typing import Any

from chatkit_agent.project.locating import ALIKE, located
from chatkit_agent.project.manifest import KEPT, MANIFEST, manifest_of
from chatkit_agent.project.text.forms import likeness
from chatkit_agent.project.tree import Tree

REFERENCE = Path(__file__).parent.parent / "reference"
MOUNTS = b"create_chatkit_router"
CONSTANTS = {
    "app_name": "APP_NAME",
    "env_prefix": "ENV_PREFIX",
    "schema": "SCHEMA",
    "token": "MCP_TOKEN",
}


@dataclass(frozen=True)
class Leftover:
    """A file that is there still; `below` is its path in the chat's folder, where it was in that.

    `base` is what it was before the user edited it, None where nobody has written that down.
    """

    path: str
    below: str | None
    base: bytes | None

    def target(self, home: str) -> str:
        """Where the chat looks for it, once its folder is `home`."""
        return self.path if self.below is None else str(PurePosixPath(home, self.below))


@dataclass(frozen=True)
class Leftovers:
    """What an earlier chat left, and the options that were made for it, where they are known."""

    files: tuple[Leftover, ...] = ()
    options: Mapping[str, Any] | None = None
    home: str | None = None

    @property
    def paths(self) -> tuple[str, ...]:
        return tuple(each.path for each in self.files)


def find_leftovers(tree: Tree) -> Leftovers:
    """By what `undo` wrote down; without that, by what the files are."""
    if tree.exists(MANIFEST):
        return Leftovers()
    return _of_note(tree) or _of_files(tree)


def _of_note(tree: Tree) -> Leftovers | None:
    manifest = manifest_of(tree.root, KEPT)
    if manifest is None:
        return None
    old = str(manifest.options.get("home", "."))
    found = located(tree.root, manifest)
    files = tuple(
        Leftover(now.path, _below(was.path, old), now.after)
        for was, now in zip(manifest.files, found.manifest.files, strict=True)
        if (tree.root / now.path).is_file()
    )
    options = found.manifest.options
    return Leftovers(files, options, str(options.get("home", "."))) if files else None


def _below(path: str, home: str) -> str | None:
    if home == ".":
        return path
    return path.removeprefix(f"{home}/") if path.startswith(f"{home}/") else None


def _of_files(tree: Tree) -> Leftovers:
    found = list(_alike(tree))
    homes = {home for home, _ in found}
    # Where the application has a chat, or there are several, these are somebody's own.
    if len(homes) != 1 or any(MOUNTS in tree.read(path) for path in _others(tree, found)):
        return Leftovers()
    return Leftovers(tuple(each for _, each in found), None, homes.pop())


def _others(tree: Tree, found: list[tuple[str, Leftover]]) -> list[str]:
    paths = {each.path for _, each in found}
    return [path for path in tree.glob(".py") if path not in paths]


def _alike(tree: Tree) -> Iterator[tuple[str, Leftover]]:
    for below, content in _reference().items():
        places = (path for path in tree.glob(below) if f"/{path}".endswith(f"/{below}"))
        for path in places:
            if likeness(tree.read(path), content) >= ALIKE:
                home = str(PurePosixPath(path).parents[below.count("/")])
                yield home, Leftover(path, below, None)


@cache
def _reference() -> dict[str, bytes]:
    """The delivered modules of the chat's folders."""
    files = (each for each in REFERENCE.glob("*/*.py") if each.parent.name != "guides")
    return {each.relative_to(REFERENCE).as_posix(): each.read_bytes() for each in sorted(files)}


def constants(root: Path, leftovers: Leftovers) -> dict[str, str]:
    """What a kept configuration of the store says, by the names of options."""
    kept = (each for each in leftovers.paths if each.endswith("chatkit_store/config.py"))
    texts = [(root / path).read_bytes().decode(errors="replace") for path in kept]
    return {
        option: match.group(1)
        for option, name in CONSTANTS.items()
        for text in texts
        if (match := re.search(rf'^{name} = "([^"\\\n]*)"', text, re.MULTILINE))
    }
