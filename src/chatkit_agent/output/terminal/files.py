"""New files, as text: those that are to be read one by one, machinery by its folder."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import PurePosixPath

from rich.console import RenderableType
from rich.text import Text

from chatkit_agent.output.terminal.layout import grid

MACHINERY = {
    "chatkit_runtime": "machinery, which `update` replaces",
    "chatkit_store": "the store, which `update` replaces",
    "chatkit_page": "the page; page.js, page.html and page.css are yours",
}
YOURS = {"config.py", "context.py"}


def new_files(files: Iterable[tuple[str, int | None]]) -> Iterator[RenderableType]:
    """A line for each file that is yours, and for each folder of machinery; lines where known."""
    folders: dict[str, list[int | None]] = {}
    for path, lines in files:
        folder = _machinery(path)
        if folder is None:
            yield _label(path)
        else:
            folders.setdefault(folder, []).append(lines)
    rows = grid()
    for folder, counts in folders.items():
        rows.add_row(_label(f"{folder}/"), Text(_size(folder, counts), style="dim"))
    yield rows


def by_folder(paths: Sequence[str]) -> Iterator[str]:
    """The paths, with one entry for each folder of machinery that more than one is in."""
    folders = Counter(map(_machinery, paths))
    for path in paths:
        folder = _machinery(path)
        if folder is None or folders[folder] == 1:
            yield path
        elif folders[folder]:
            yield f"{folder}/ ({folders[folder]} files)"
            folders[folder] = 0


def _size(folder: str, counts: list[int | None]) -> str:
    known = sum(each for each in counts if each is not None)
    lines = f", {known:,} lines" if known else ""
    files = "1 file" if len(counts) == 1 else f"{len(counts)} files"
    return f"{files}{lines}: {MACHINERY[PurePosixPath(folder).name]}"


def _label(path: str) -> Text:
    return Text.assemble(("  new   ", "green"), path)


def _machinery(path: str) -> str | None:
    """The folder of machinery that a file is part of, unless it is one of yours there."""
    parts = PurePosixPath(path).parts
    at = next((at for at, each in enumerate(parts[:-1]) if each in MACHINERY), None)
    return None if at is None or parts[-1] in YOURS else "/".join(parts[: at + 1])


def is_machinery(path: str) -> bool:
    return _machinery(path) is not None
