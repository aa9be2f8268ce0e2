"""Packaging: which tool manages a project's dependencies, and the file that declares them."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator
from typing import Any

import libcst as cst

from chatkit_agent.facts import App, Declared, Manager, Packaging, Style
from chatkit_agent.reading import syntax
from chatkit_agent.reading.declared import from_conda, from_lines, from_tables
from chatkit_agent.reading.sources import Sources, upwards, within

NOTHING = Packaging("none", None, "none")
REQUIREMENTS = re.compile(
    r"(?:[\w.-]*requirements?[\w.-]*|(?:requirements?|reqs|deps)/[\w.-]+)\.(?:txt|in|pip|piptools)",
    re.IGNORECASE,
)
SIDE_REQUIREMENTS = re.compile(r"dev|test|lint|doc|local|ci|type|build", re.IGNORECASE)
INCLUDED = re.compile(r"^\s*(?:-r|--requirement)[\s=]+(\S+)", re.MULTILINE)
CONDA_ITEM = re.compile(
    r"^([ \t]*)-\s+[\"']?([^\s\"'#][^\"'#\n]*?)[\"']?\s*(?:#.*)?$", re.MULTILINE
)
COMPILED_FROM = re.compile(r"^#.*?(?:pip-compile|pip compile)\b(.*)$", re.MULTILINE)
BACKENDS: dict[str, Manager] = {
    "hatchling": "hatch",
    "pdm": "pdm",
    "poetry": "poetry",
    "setuptools": "setuptools",
}


def find_packaging(sources: Sources, app: App | None) -> Packaging:
    """The nearest declaration, going up from the application; one that names FastAPI goes first."""
    found = [each for folder in upwards(app.file if app else "") for each in _in(sources, folder)]
    naming = [each for each in found if "fastapi" in each.declared]
    return next(iter([*naming, *found]), NOTHING)


def _packaging(
    manager: Manager, file: str, style: Style, requirements: Iterable[Declared]
) -> Packaging:
    listed = tuple(requirements)
    return Packaging(manager, file, style, tuple(dict.fromkeys(r.name for r in listed)), listed)


def _in(sources: Sources, folder: str) -> Iterator[Packaging]:
    yield from _pyproject(sources, folder)
    yield from _pipfile(sources, within(folder, "Pipfile"))
    yield from _requirements(sources, folder)
    yield from _setup_cfg(sources, within(folder, "setup.cfg"))
    yield from _setup_py(sources, within(folder, "setup.py"))
    for name in ("environment.yml", "environment.yaml"):
        yield from _conda(sources, within(folder, name))


def _pyproject(sources: Sources, folder: str) -> Iterator[Packaging]:
    path = within(folder, "pyproject.toml")
    tables = sources.toml(path)
    project = tables.get("project")
    poetry = tables.get("tool", {}).get("poetry", {}).get("dependencies")
    if isinstance(poetry, dict) and not (project or {}).get("dependencies"):
        yield _packaging("poetry", path, "poetry", from_tables(poetry, path))
    elif isinstance(project, dict) and "dependencies" not in project.get("dynamic", ()):
        listed = from_lines(project.get("dependencies", ()), path)
        yield _packaging(_manager(sources, folder, tables), path, "pep621", listed)


def _manager(sources: Sources, folder: str, tables: dict[str, Any]) -> Manager:
    tools = tables.get("tool", {})
    if "uv" in tools or _is_locked_above(sources, folder, "uv.lock"):
        return "uv"
    if "pdm" in tools or sources.tree.exists(within(folder, "pdm.lock")):
        return "pdm"
    if "poetry" in tools or sources.tree.exists(within(folder, "poetry.lock")):
        return "poetry"
    backend = str(tables.get("build-system", {}).get("build-backend", ""))
    return next((name for key, name in BACKENDS.items() if backend.startswith(key)), "pip")


def _is_locked_above(sources: Sources, folder: str, lock: str) -> bool:
    """A workspace keeps its lock at the top of the repository, perhaps above the project."""
    if any(sources.tree.exists(within(each, lock)) for each in upwards(within(folder, lock))):
        return True
    for parent in (sources.tree.root.resolve(), *sources.tree.root.resolve().parents):
        if (parent / lock).is_file():
            return True
        if (parent / ".git").exists():
            return False
    return False


def _pipfile(sources: Sources, path: str) -> Iterator[Packaging]:
    if sources.tree.exists(path):
        packages = sources.toml(path).get("packages", {})
        yield _packaging("pipenv", path, "pipfile", from_tables(packages, path))


def _requirements(sources: Sources, folder: str) -> Iterator[Packaging]:
    prefix = f"{folder}/" if folder else ""
    paths = [
        path
        for path in sources.tree.paths
        if path.startswith(prefix) and REQUIREMENTS.fullmatch(path.removeprefix(prefix))
    ]
    for path in sorted(paths, key=lambda path: _requirements_rank(sources, path)):
        source = _compiled_from(sources, path)
        if source and source.endswith(("pyproject.toml", "setup.cfg", "setup.py")):
            continue
        written = source or path
        is_source = source or written.endswith((".in", ".piptools"))
        manager: Manager = "pip-tools" if is_source else "pip"
        yield _packaging(manager, written, "requirements", _required(sources, written))


def _requirements_rank(sources: Sources, path: str) -> tuple[object, ...]:
    """A file that names FastAPI itself goes before one that includes it."""
    is_source = path.endswith((".in", ".piptools"))
    names_it = any(each.name == "fastapi" for each in _lines(sources, path))
    is_aside = bool(SIDE_REQUIREMENTS.search(path))
    return (not names_it, is_aside, not is_source, path.count("/"), len(path), path)


def _compiled_from(sources: Sources, path: str) -> str | None:
    """The file that `pip-compile` or `uv pip compile` made this one from, by its own header."""
    folder = path.rpartition("/")[0]
    for arguments in COMPILED_FROM.findall(sources.text(path)[:2000]):
        for word in arguments.split():
            if not word.startswith("-") and sources.tree.exists(within(folder, word)):
                return within(folder, word) if within(folder, word) != path else None
    return None


def _required(sources: Sources, path: str) -> Iterator[Declared]:
    """What a requirements file asks for, with the files that it includes."""
    queue = [path]
    for each in queue:
        yield from _lines(sources, each)
        queue += [name for name in _included(sources, each) if name not in queue]


def _lines(sources: Sources, path: str) -> Iterator[Declared]:
    return from_lines(sources.text(path).splitlines(), path)


def _included(sources: Sources, path: str) -> Iterator[str]:
    folder = path.rpartition("/")[0]
    for name in INCLUDED.findall(sources.text(path)):
        included = posixpath.normpath(within(folder, name))
        if sources.tree.exists(included):
            yield included


def _setup_cfg(sources: Sources, path: str) -> Iterator[Packaging]:
    lines = sources.ini(path).get("options", "install_requires", fallback="")
    if lines and not lines.startswith("file:"):
        listed = from_lines(lines.splitlines(), path)
        yield _packaging("setuptools", path, "setup.cfg", listed)


def _setup_py(sources: Sources, path: str) -> Iterator[Packaging]:
    if not sources.tree.exists(path):
        return
    for node in syntax.walk(sources.module(path)):
        listed = syntax.argument(node, "install_requires") if isinstance(node, cst.Call) else None
        if isinstance(listed, cst.List | cst.Tuple):
            texts = (syntax.text(element.value) or "" for element in listed.elements)
            yield _packaging("setuptools", path, "setup.py", from_lines(texts, path))


def _conda(sources: Sources, path: str) -> Iterator[Packaging]:
    """The items of `dependencies`, and those of `pip` among them, which stand further in."""
    if not sources.tree.exists(path):
        return
    items = CONDA_ITEM.findall(sources.text(path))
    outer = min((len(indent) for indent, _ in items), default=0)
    listed = [item for indent, item in items if len(indent) == outer]
    pip = [item for indent, item in items if len(indent) > outer]
    found = (*from_conda(listed, path), *from_lines(pip, path))
    yield _packaging("conda", path, "conda", found)
