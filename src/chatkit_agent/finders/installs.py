"""Installs: what images of the application install beside the file that declares it."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from itertools import chain

from chatkit_agent.facts import App, Install, Packaging
from chatkit_agent.reading.declared import from_lines
from chatkit_agent.reading.sources import Sources, upwards, within

IMAGE = re.compile(
    r"(?:^|/)(?:[^/]*Dockerfile[^/]*|Containerfile|render\.ya?ml|nixpacks\.toml)$", re.IGNORECASE
)
INSTALLED = re.compile(r"(?:-r|--requirement)[\s=\"',]+([\w./-]+\.(?:txt|in|pip))")
INCLUDED = re.compile(r"^\s*(?:-r|--requirement)[\s=]+(\S+)", re.MULTILINE)
STARTED = re.compile(r"(?<![\w./:-])((?:[A-Za-z_]\w*\.)*[A-Za-z_]\w*):([A-Za-z_]\w*)\b(?![:/.])")
SERVER = re.compile(r"uvicorn|gunicorn|hypercorn|granian")


def find_installs(sources: Sources, app: App | None, packaging: Packaging) -> tuple[Install, ...]:
    """Requirements that an image installs, and that do not take in what declares the project's."""
    if app is None or packaging.file is None:
        return ()
    images = [path for path in sources.tree.paths if IMAGE.search(path)]
    own = [path for path in images if _is_of(sources, path, app, images)]
    found: list[Install] = []
    for where, file in (each for path in own for each in _in(sources, path)):
        files = _included(sources, file)
        if packaging.file not in files:
            lines = (from_lines(sources.text(each).splitlines(), each) for each in files)
            found.append(Install(where, file, tuple(chain.from_iterable(lines))))
    return tuple(found)


def _included(sources: Sources, file: str) -> tuple[str, ...]:
    """A requirements file with those that it includes."""
    found = [file]
    for each in found:
        folder = each.rpartition("/")[0]
        for name in INCLUDED.findall(sources.text(each)):
            named = posixpath.normpath(within(folder, name))
            if named not in found and sources.tree.exists(named):
                found.append(named)
    return tuple(found)


def _is_of(sources: Sources, path: str, app: App, images: list[str]) -> bool:
    """It starts the application; or it starts nothing that is known, and is alone beside it."""
    text, last = sources.text(path), app.module.rpartition(".")[2]
    started = STARTED.findall(text) if SERVER.search(text) else []
    if started:
        return any((m.rpartition(".")[2], a) == (last, app.attribute) for m, a in started)
    folder = path.rpartition("/")[0]
    beside = [each for each in images if each.rpartition("/")[0] == folder]
    return len(beside) == 1 and folder in {*upwards(app.file), app.directory}


def _in(sources: Sources, path: str) -> Iterator[tuple[str, str]]:
    for number, line in enumerate(sources.text(path).splitlines(), 1):
        if not line.lstrip().startswith("#"):
            for written in INSTALLED.findall(line):
                file = _file(sources, path, written)
                if file is not None:
                    yield f"{path}:{number}", file


def _file(sources: Sources, path: str, written: str) -> str | None:
    """It may have been copied elsewhere, such as to `/tmp/requirements.txt`."""
    name = posixpath.normpath(written.lstrip("/"))
    for folder in upwards(path):
        for candidate in (name, name.rpartition("/")[2]):
            if sources.tree.exists(within(folder, candidate)):
                return within(folder, candidate)
    return None
