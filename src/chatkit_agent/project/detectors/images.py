"""Images: what the images of an application install and copy."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator

from chatkit_agent.project.facts import App, Copies, Image, Install, Packaging
from chatkit_agent.project.source.declared import requirements_in
from chatkit_agent.project.source.folders import upwards, within
from chatkit_agent.project.source.sources import Sources

IMAGE = re.compile(
    r"(?:^|/)(?:[^/]*Dockerfile[^/]*|Containerfile|render\.ya?ml|nixpacks\.toml)$",
    re.IGNORECASE,
)
INSTALLED = re.compile(r"(?:-r|--requirement)[\s=\"',]+([\w./-]+\.(?:txt|in|pip))")
COPIED = re.compile(r"\s*(?:COPY|ADD)\s+(.+)", re.IGNORECASE)
WORDS = re.compile(r"[^\s\[\]\",]+")
STARTED = re.compile(r"(?<![\w./:-])((?:[A-Za-z_]\w*\.)*[A-Za-z_]\w*):([A-Za-z_]\w*)\b(?![:/.])")
SERVER = re.compile(r"uvicorn|gunicorn|hypercorn|granian")


def find_images(sources: Sources, app: App | None, packaging: Packaging) -> tuple[Image, ...]:
    """The images of the application, as far as it can be told which are its own."""
    if app is None:
        return ()
    paths = [path for path in sources.tree.paths if IMAGE.search(path)]
    found = []
    for path in (each for each in paths if _is_of(sources, each, app, paths)):
        installs = tuple(_installs(sources, path, packaging.file)) if packaging.file else ()
        copies = _copies(sources, path)
        # Where the application itself is not seen to be copied, the file is not understood.
        found.append(Image(path, installs, copies if copies and copies.hold(app.file) else None))
    return tuple(found)


def _installs(sources: Sources, path: str, declaring: str) -> Iterator[Install]:
    """The lists that do not take in the file which declares the project's dependencies."""
    for where, file in _in(sources, path):
        listed = tuple(each for each in requirements_in(sources, file) if not each.limits_only)
        if declaring not in (file, *(each.file for each in listed)):
            yield Install(where, file, listed)


def _copies(sources: Sources, path: str) -> Copies | None:
    """Its paths are those of the build, which begins beside the file or at the project's top."""
    folder, last, patterns = path.rpartition("/")[0], 0, []
    for number, line in enumerate(sources.text(path).splitlines(), 1):
        copied = COPIED.match(line)
        if copied and "--from" not in line:
            words = [each for each in WORDS.findall(copied[1]) if not each.startswith("--")]
            plain = [posixpath.normpath(each.lstrip("/")) for each in words[:-1]]
            patterns += [("" if each in (".", "..") or "$" in each else each) for each in plain]
            last = number
    beside = [within(folder, each) if each else folder for each in patterns]
    return Copies(f"{path}:{last}", tuple(dict.fromkeys([*patterns, *beside]))) if last else None


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
    """Where it is in the project; an image may have it in another folder."""
    name = posixpath.normpath(written.lstrip("/"))
    for folder in upwards(path):
        for candidate in (name, name.rpartition("/")[2]):
            if sources.tree.exists(within(folder, candidate)):
                return within(folder, candidate)
    return None
