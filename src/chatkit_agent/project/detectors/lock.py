"""Lock: the versions that run, as a lock file holds them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from chatkit_agent.project.facts import Lock, Packaging
from chatkit_agent.project.source.folders import within
from chatkit_agent.project.source.sources import Sources

Pair = tuple[str, str]
# Locks are long, and these lines are all that matters here.
PACKAGE = re.compile(
    r'^\[\[packages?\]\]\r?\nname = "(?P<name>[^"]+)"\r?\nversion = "(?P<version>[^"]+)"'
    r"(?P<rest>(?:\r?\n(?!\[\[).*)*)",
    re.MULTILINE,
)
ELSEWHERE = re.compile(
    r"^source = \{ (?!registry)|^(?:git|path|url|editable) = "
    r'|^type = "(?:git|directory|file|url)"|^(?:\[packages\.)?(?:vcs|directory|archive)(?:\]| =)',
    re.MULTILINE,
)
IN_PIPFILE = re.compile(r'"([\w.-]+)":\s*\{[^{}]*?"version":\s*"==([^"]+)"')
IN_PIXI = re.compile(r"^- pypi: \S+\r?\n  name: (\S+)\r?\n  version: (\S+)", re.MULTILINE)
IN_CONDA_LOCK = re.compile(r"^- name: (\S+)\r?\n  version: [\"']?([^\s\"']+)", re.MULTILINE)
CONDA = re.compile(
    r"^- conda: \S*/([\w.-]+?)-(\d[^-\s]*)-[^-\s]+\.(?:conda|tar\.bz2)$", re.MULTILINE
)
# What stands there goes into a list for an installer: one name, and no line of anything else.
NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?")
PINNED = re.compile(r"^([A-Za-z0-9][\w.-]*)(?:\[[^\]]*\])?==([\w.!+]+)", re.MULTILINE)


def find_lock(sources: Sources, packaging: Packaging) -> Lock | None:
    """The lock of what declares the dependencies; a workspace has one at its top."""
    if packaging.style == "requirements":
        return _lock_in(sources, packaging.compiler[-1], _pins) if packaging.compiler else None
    folders = sources.upwards(packaging.file or "")
    for folder in folders:
        for name, read in READERS.items() if folder == folders[0] else SHARED.items():
            if lock := _lock_in(sources, within(folder, name), read):
                return lock
    return None


def _lock_in(sources: Sources, path: str, read: Callable[[str], Iterator[Pair]]) -> Lock | None:
    if not sources.tree.exists(path):
        return None
    versions: dict[str, Version] = {}
    for name, text in read(sources.text(path)):
        version, known = version_in(text), versions.get(canonicalize_name(name))
        # Of several, the others are for older Pythons.
        if NAME.fullmatch(name) and version and (known is None or version > known):
            versions[canonicalize_name(name)] = version
    return Lock(path, tuple((name, str(each)) for name, each in sorted(versions.items())))


def version_in(text: str) -> Version | None:
    try:
        return Version(text)
    except InvalidVersion:
        return None


def _packages(text: str) -> Iterator[Pair]:
    """Those of an index; a member of the workspace, say, has no release that could be kept."""
    for found in PACKAGE.finditer(text):
        if not ELSEWHERE.search(found["rest"]):
            yield found["name"], found["version"]


def _pipfile(text: str) -> Iterator[Pair]:
    yield from IN_PIPFILE.findall(text)


def _pixi(text: str) -> Iterator[Pair]:
    yield from IN_PIXI.findall(text)
    yield from CONDA.findall(text)


def _conda_lock(text: str) -> Iterator[Pair]:
    yield from IN_CONDA_LOCK.findall(text)


def _pins(text: str) -> Iterator[Pair]:
    yield from PINNED.findall(text)


READERS: dict[str, Callable[[str], Iterator[Pair]]] = {
    "uv.lock": _packages,
    "poetry.lock": _packages,
    "pdm.lock": _packages,
    "pylock.toml": _packages,
    "Pipfile.lock": _pipfile,
    "pixi.lock": _pixi,
    "conda-lock.yml": _conda_lock,
}
SHARED = {name: READERS[name] for name in ("uv.lock", "pixi.lock")}
"""Those that are at the top of a workspace."""
