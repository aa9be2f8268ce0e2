"""Locating: where the files of a manifest are by now, after folders were moved or renamed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import Any

from chatkit_agent.errors import CannotRead
from chatkit_agent.project.manifest import (
    MANIFEST,
    Manifest,
    Touched,
    in_form_of,
    is_unedited,
    manifest_of,
)
from chatkit_agent.project.paths import not_planned
from chatkit_agent.project.text.forms import likeness
from chatkit_agent.project.tree import Tree, encoding_of

ALIKE = 0.5
"""How many lines a file has to share with a recorded one of its name to be that one, edited."""
ALIKE_BY_ANOTHER_NAME = 0.8
PATHS = ("home", "file", "directory", "built_in", "working_directory")
MODULES = ("home_package", "ref", "module")


@dataclass(frozen=True)
class Located:
    """A manifest with the places of today, `moved` from old to new.

    `lost` are files that are nowhere, so that somebody took them away. `unclear` are those that
    could be several, each with what it could be.
    """

    manifest: Manifest
    moved: Mapping[str, str]
    lost: tuple[str, ...]
    unclear: Mapping[str, tuple[str, ...]]


def located(root: Path, manifest: Manifest) -> Located:
    """Find every file of the manifest below `root`, by its path, else by its content."""
    missing = [each for each in manifest.files if not (root / each.path).exists()]
    if not missing:
        return Located(manifest, {}, (), {})
    found = _Search(Tree(root), manifest, missing)
    moved = found.moved
    unclear = {path: places for path, places in found.unclear.items() if path not in moved}
    lost = [each.path for each in missing if each.path not in {**moved, **unclear}]
    return Located(_new_manifest(root, manifest, moved), moved, tuple(lost), unclear)


def delivered_code(tree: Tree) -> tuple[str, ...]:
    """The modules that a chat brought along; none where its manifest cannot be read."""
    try:
        manifest = manifest_of(tree.root) if tree.exists(MANIFEST) else None
    except CannotRead:
        return ()
    files = located(tree.root, manifest).manifest.files if manifest else ()
    new = (each.path for each in files if each.before is None)
    return tuple(path for path in new if path.endswith(".py") and tree.exists(path))


def outside(root: Path, above: Path, located: Located) -> tuple[Path, ...]:
    """Where the lost files of a project are in the repository around it, as they were written."""
    lost = [each for each in located.manifest.files if each.path in located.lost]
    if not lost or above == root.resolve():
        return ()
    found = _Search(Tree(above), replace(located.manifest, files=tuple(lost)), lost)
    inside = root.resolve()
    places = (above / place for place in found.exactly.values())
    return tuple(sorted(each for each in places if not each.is_relative_to(inside)))


@dataclass
class _Search:
    tree: Tree
    manifest: Manifest
    missing: list[Touched]
    _contents: dict[str, bytes] = field(default_factory=dict)

    @cached_property
    def exactly(self) -> dict[str, str]:
        """Files that are somewhere just as they were written, and nowhere else."""
        return {path: found[0] for path, found in self._same.items() if len(found) == 1}

    @cached_property
    def unclear(self) -> dict[str, tuple[str, ...]]:
        """Files that are in several places."""
        return {path: found for path, found in self._same.items() if len(found) > 1}

    @cached_property
    def moved(self) -> dict[str, str]:
        """New places by old ones: first the sure ones, and with them the folders' new names."""
        moved = dict(self.exactly)
        folders = _folders(moved)
        for each in self.missing:
            place = None if each.path in moved else self._by_folder(each, folders)
            if place:
                moved[each.path] = place
        taken = set(moved.values())
        for each in self.missing:
            place = None if each.path in {**moved, **self.unclear} else self._alike(each, taken)
            if place:
                moved[each.path] = place
                taken.add(place)
        return moved

    @cached_property
    def _candidates(self) -> tuple[str, ...]:
        """Files that could be one: none that is a recorded one, or that of another record."""
        known = {each.path for each in self.manifest.files}
        others = [f"{folder}/" for folder in other_projects(self.tree)]
        return tuple(
            path
            for path in self.tree.paths
            if path not in known and not path.startswith(tuple(others)) and not not_planned(path)
        )

    @cached_property
    def _by_suffix(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for each in self._candidates:
            found.setdefault(PurePosixPath(each).suffix, []).append(each)
        return found

    @cached_property
    def _same(self) -> dict[str, tuple[str, ...]]:
        """Where each missing file could be, unedited; those without a line say nothing."""
        return {each.path: self._places(each) for each in self.missing if each.after.strip()}

    def _places(self, touched: Touched) -> tuple[str, ...]:
        named = [path for path in self._like(touched) if self._is_same(path, touched)]
        same_name = [each for each in named if _name(each) == _name(touched.path)]
        return tuple(same_name or named)

    def _is_same(self, path: str, touched: Touched) -> bool:
        now = self._content_of(path)
        if now == touched.after:
            return True
        is_near = len(now) <= 2 * len(touched.after) and len(touched.after) <= 2 * len(now)
        if not is_near or _name(path) != _name(touched.path):
            return False
        return is_unedited(now, in_form_of(now, touched))

    def _like(self, touched: Touched) -> list[str]:
        return self._by_suffix.get(PurePosixPath(touched.path).suffix, [])

    def _by_folder(self, touched: Touched, folders: Counter[tuple[str, str]]) -> str | None:
        for (old, new), _ in folders.most_common():
            place = _new_path(touched.path, old, new)
            if place and place != touched.path and place in self._candidates:
                return place
        return None

    def _alike(self, touched: Touched, taken: set[str]) -> str | None:
        """The one file that shares most lines, and with them some of those that we added."""
        scored: list[tuple[float, str]] = []
        for path in self._like(touched):
            is_named = _name(path) == _name(touched.path)
            score = likeness(self._content_of(path), touched.after) if path not in taken else 0
            has_ours = touched.before is None or _has_added(self._content_of(path), touched)
            if has_ours and score >= (ALIKE if is_named else ALIKE_BY_ANOTHER_NAME):
                scored.append((score, path))
        return max(scored)[1] if scored else None

    def _content_of(self, path: str) -> bytes:
        if path not in self._contents:
            self._contents[path] = self.tree.read(path)
        return self._contents[path]


def _has_added(now: bytes, touched: Touched) -> bool:
    before, after = _line_set(touched.before or b""), _line_set(touched.after)
    return bool((after - before) & _line_set(now))


def _line_set(content: bytes) -> set[bytes]:
    return {line.strip() for line in content.splitlines() if line.strip()}


def _name(path: str) -> str:
    return PurePosixPath(path).name


def other_projects(tree: Tree) -> Iterator[str]:
    """Folders below that have a manifest of their own."""
    folders = {str(each) for path in tree.paths for each in PurePosixPath(path).parents}
    for folder in sorted(folders - {"."}):
        if (tree.root / folder / MANIFEST).is_file():
            yield folder


def _folders(moved: Mapping[str, str]) -> Counter[tuple[str, str]]:
    """Which folder became which, by how many files say so; what ends alike did not change."""
    votes: Counter[tuple[str, str]] = Counter()
    for old, new in moved.items():
        above, now = list(PurePosixPath(old).parent.parts), list(PurePosixPath(new).parent.parts)
        while True:
            votes[("/".join(above), "/".join(now))] += 1
            if not above or not now or above[-1] != now[-1]:
                break
            above.pop()
            now.pop()
    return votes


def _new_path(path: str, old: str, new: str) -> str | None:
    if old and path != old and not path.startswith(f"{old}/"):
        return None
    rest = path[len(old) :].lstrip("/")
    return "/".join(part for part in (new, rest) if part)


def _new_manifest(root: Path, manifest: Manifest, moved: Mapping[str, str]) -> Manifest:
    if not moved:
        return manifest
    folders = _folders(moved)
    names = _Names.of(manifest, folders)
    files = tuple(
        _new_touched(root, each, moved.get(each.path, each.path), names) for each in manifest.files
    )
    new_folders = (_place(each, folders) for each in manifest.folders)
    options = _choices(manifest.options, folders, names.used(files))
    return replace(manifest, files=files, folders=tuple(new_folders), options=options)


def _place(path: str, folders: Counter[tuple[str, str]]) -> str:
    """Where a folder or file that is only named is now: by the rule of the nearest folder."""
    rules = sorted(folders, key=lambda each: (-len(each[0]), -folders[each]))
    for old, new in rules:
        place = _new_path(path, old, new) if old else None
        if place:
            return place
    return path


@dataclass(frozen=True)
class _Names:
    """The dotted name that the chat's package had, and those that it may have now."""

    old: str
    new: tuple[str, ...]

    @classmethod
    def of(cls, manifest: Manifest, folders: Counter[tuple[str, str]]) -> _Names:
        home = str(manifest.options.get("home", "."))
        parts = _place(home, folders).split("/")
        dotted = (".".join(parts[start:]) for start in range(len(parts)))
        old = str(manifest.options.get("home_package", ""))
        return cls(old, tuple(each for each in dotted if each != old) if old else ())

    def translated(self, touched: Touched, now: bytes) -> Touched:
        """The recorded lines with the name that the user has given to the package in them."""
        lines = _line_set(now)
        before, after = touched.before, touched.after
        for line in _line_set(after) - lines:
            for new in self.new:
                other = self._with(line, new)
                if other != line and other in lines:
                    after = after.replace(line, other)
                    before = before and before.replace(line, other)
        return Touched(touched.path, before, after)

    def used(self, files: tuple[Touched, ...]) -> str:
        """The name that is imported now."""
        texts = [each.after.decode(encoding_of(each.after), "replace") for each in files]
        for new in self.new:
            if any(f"from {new}." in text or f"import {new}." in text for text in texts):
                return new
        return self.old

    def _with(self, line: bytes, new: str) -> bytes:
        words = line.split(b" ")
        if words[0] not in (b"from", b"import") or len(words) < 2:
            return line
        name = words[1].decode(errors="replace")
        if name != self.old and not name.startswith(f"{self.old}."):
            return line
        return b" ".join([words[0], (new + name[len(self.old) :]).encode(), *words[2:]])


def _new_touched(root: Path, touched: Touched, place: str, names: _Names) -> Touched:
    path = root / place
    now = path.read_bytes() if path.is_file() else touched.after
    return names.translated(replace(touched, path=place), now)


def _choices(
    options: Mapping[str, Any], folders: Counter[tuple[str, str]], package: str
) -> dict[str, Any]:
    """The recorded choices with today's paths and module names."""
    old = str(options.get("home_package", ""))

    def current(name: str, value: Any) -> Any:
        if isinstance(value, Mapping):
            return {key: current(key, each) for key, each in value.items()}
        if name in PATHS and isinstance(value, str) and value:
            return _place(value, folders)
        is_dotted = isinstance(value, str) and (
            value == old or value.startswith((f"{old}.", f"{old}:"))
        )
        return package + value[len(old) :] if old and name in MODULES and is_dotted else value

    return {name: current(name, value) for name, value in options.items()}
