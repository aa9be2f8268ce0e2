"""Packaging: which tool manages a project's dependencies, and the file that declares them."""

from __future__ import annotations

import itertools
import posixpath
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from packaging.utils import canonicalize_name

from chatkit_agent.project.facts import App, Declared, Manager, Packaging, Style
from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.declared import (
    from_conda,
    from_lines,
    from_sources,
    from_tables,
    literal_requirements,
    requirement_lines,
    requirements_in,
    setup_call,
)
from chatkit_agent.project.source.folders import upwards, within
from chatkit_agent.project.source.sources import Sources

NOTHING = Packaging("none", None, "none")
REQUIREMENTS = re.compile(
    r"(?:[\w.-]*requirements?[\w.-]*|(?:requirements?|reqs|deps)/[\w.-]+)\.(?:txt|in|pip|piptools)",
    re.IGNORECASE,
)
SIDE_REQUIREMENTS = re.compile(r"dev|test|lint|doc|local|ci|type|build", re.IGNORECASE)
CONDA_ITEM = re.compile(
    r"^([ \t]*)-\s+[\"']?([^\s\"'#][^\"'#\n]*?)[\"']?\s*(?:#.*)?$", re.MULTILINE
)
COMPILED_FROM = re.compile(r"^#.*?(?:pip-compile|pip compile)\b(.*)$", re.MULTILINE)
UV_LIMITS = ("constraint-dependencies", "override-dependencies")
ASIDE = frozenset(("optional-dependencies", "dependency-groups", "group", "envs"))
"""Tables that not everybody gets: above a project, they are other people's."""
BACKENDS: dict[str, Manager] = {
    "hatchling": "hatch",
    "pdm": "pdm",
    "poetry": "poetry",
    "setuptools": "setuptools",
}


def find_packaging(sources: Sources, app: App | None) -> Packaging:
    """The nearest declaration, going up from the application; one that names FastAPI goes first.

    What stands above the project in its repository counts where the project declares nothing.
    """
    found = _nearest(sources, app)
    limits = tuple(replace(each, limits_only=True) for each in _limits(sources, found))
    return replace(found, requirements=(*found.requirements, *limits)) if limits else found


def _nearest(sources: Sources, app: App | None) -> Packaging:
    found = [each for folder in upwards(app.file if app else "") for each in _in(sources, folder)]
    naming = [each for each in found if "fastapi" in each.declared]
    own = [each for each in found if each.declared and each.style not in ("requirements", "conda")]
    if naming or own:
        return [*naming, *own][0]
    above = (each for folder in sources.tree.above for each in _in(sources, folder))
    main = (each for each in above if ASIDE.isdisjoint(each.table))
    shared = (each for each in main if "fastapi" in each.declared)
    return next(itertools.chain(shared, found), NOTHING)


def _limits(sources: Sources, found: Packaging) -> Iterator[Declared]:
    """What uv is told besides, and what packages of the repository ask for on which it rests."""
    if found.file is None or found.style not in ("pep621", "poetry"):
        return
    own, *above = (within(each, "pyproject.toml") for each in sources.upwards(found.file))
    for file in (own, *filter(sources.tree.exists, above)):
        uv = _table(sources.toml(file), "tool", "uv")
        if file == own or "workspace" in uv:
            told = itertools.chain(*(_texts(uv.get(each)) for each in UV_LIMITS))
            yield from from_lines(told, file)
    named = [own]
    for file in named:
        tables = sources.toml(file)
        if file != own:
            yield from next((each for _, _, each in declarations(tables, file)), ())
        named += [each for each in _beside(sources, file, tables) if each not in named]


def _beside(sources: Sources, path: str, tables: Mapping[str, Any]) -> Iterator[str]:
    """The `pyproject.toml` of what it takes from a folder, or from its workspace."""
    places = (("tool", "uv", "sources"), ("tool", "poetry", "dependencies"))
    taken = [each for place in places for each in _table(tables, *place).items()]
    folder = path.rpartition("/")[0]
    for name, value in taken:
        source = value if isinstance(value, Mapping) else {}
        if isinstance(source.get("path"), str):
            file = posixpath.normpath(within(folder, f"{source['path']}/pyproject.toml"))
            yield from [file] if sources.has(file, path) else []
        elif source.get("workspace"):
            wanted = canonicalize_name(name)
            yield from (each for own, each in packages_in(sources) if own == wanted)


def packages_in(sources: Sources) -> Iterator[tuple[str, str]]:
    """The name and the `pyproject.toml` of each package here, or in a workspace that this is of."""
    files = [each for each in sources.tree.paths if each.rpartition("/")[2] == "pyproject.toml"]
    for folder in sources.tree.above:
        top = _table(sources.toml(within(folder, "pyproject.toml")), "tool", "uv", "workspace")
        for pattern in _texts(top.get("members")):
            files += sources.tree.fitting(within(folder, f"{pattern}/pyproject.toml"))
    for file in files:
        named = _table(sources.toml(file), "project").get("name")
        if isinstance(named, str):
            yield canonicalize_name(named), file


def _packaging(
    manager: Manager,
    file: str,
    style: Style,
    requirements: Iterable[Declared],
    table: tuple[str, ...] = (),
) -> Packaging:
    listed = tuple(requirements)
    is_conda = style in ("conda", "pixi")
    asked = (each.name for each in listed if is_conda or not each.limits_only)
    names = tuple(dict.fromkeys(asked))
    return Packaging(manager, file, style, names, listed, table)


def _in(sources: Sources, folder: str) -> Iterator[Packaging]:
    yield from _pyproject(sources, folder)
    yield from _pipfile(sources, within(folder, "Pipfile"))
    yield from _pixi(sources, within(folder, "pixi.toml"))
    yield from _requirements(sources, folder)
    yield from _setup_cfg(sources, within(folder, "setup.cfg"))
    yield from _setup_py(sources, within(folder, "setup.py"))
    for name in ("environment.yml", "environment.yaml"):
        yield from _conda(sources, within(folder, name))


def _pyproject(sources: Sources, folder: str) -> Iterator[Packaging]:
    path = within(folder, "pyproject.toml")
    tables = sources.toml(path)
    for number, (style, table, requirements) in enumerate(declarations(tables, path)):
        names = {each.name for each in requirements}
        # Nobody can say which group or extra is meant unless FastAPI is in it.
        if number == 0 or "fastapi" in names:
            is_hatch = table[:2] == ("tool", "hatch")
            manager = "hatch" if is_hatch else _manager(sources, folder, tables)
            manager = "poetry" if style == "poetry" else manager
            yield _packaging(manager, path, style, requirements, table)
    for name in dynamic_files(tables):
        if sources.has(within(folder, name), path):
            file = within(folder, name)
            yield _packaging("pip", file, "requirements", requirements_in(sources, file))


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
    folders = sources.upwards(within(folder, lock))
    return any(sources.tree.exists(within(each, lock)) for each in folders)


def _pipfile(sources: Sources, path: str) -> Iterator[Packaging]:
    if sources.tree.exists(path):
        packages = sources.toml(path).get("packages", {})
        listed = from_tables(packages, path)
        yield _packaging("pipenv", path, "pipfile", listed, ("packages",))


def _pixi(sources: Sources, path: str) -> Iterator[Packaging]:
    """What pixi takes from conda, and what from the index of Python."""
    if sources.tree.exists(path):
        tables = sources.toml(path)
        conda = from_tables(tables.get("dependencies", {}), path)
        pypi = from_tables(tables.get("pypi-dependencies", {}), path)
        listed = (*pypi, *(replace(each, limits_only=True) for each in conda))
        yield _packaging("pixi", path, "pixi", listed, ("pypi-dependencies",))


def _requirements(sources: Sources, folder: str) -> Iterator[Packaging]:
    prefix = f"{folder}/" if folder else ""
    is_above = folder in sources.tree.above
    listed = sources.tree.declaring_in(folder) if is_above else sources.tree.paths
    paths = [
        path
        for path in listed
        if path.startswith(prefix) and REQUIREMENTS.fullmatch(path.removeprefix(prefix))
    ]
    made_from = {source: path for path in paths if (source := _compiled_from(sources, path))}
    for path in sorted(paths, key=lambda path: _requirements_rank(sources, path)):
        written = _compiled_from(sources, path) or path
        if written.endswith(("pyproject.toml", "setup.cfg", "setup.py")):
            continue
        is_source = written in made_from or written.endswith((".in", ".piptools"))
        found = _packaging(
            "pip-tools" if is_source else "pip",
            written,
            "requirements",
            requirements_in(sources, written),
        )
        yield replace(found, compiler=_compiler(sources, written, made_from.get(written)))


def _compiler(sources: Sources, source: str, lock: str | None) -> tuple[str, ...]:
    if lock is None:
        return ()
    by_uv = "uv pip compile" in sources.text(lock)[:2000]
    return (*(("uv", "pip", "compile") if by_uv else ("pip-compile",)), source, "-o", lock)


def _requirements_rank(sources: Sources, path: str) -> tuple[object, ...]:
    """A file that names FastAPI itself goes before one that includes it."""
    is_source = path.endswith((".in", ".piptools"))
    names_it = any(each.name == "fastapi" for each in requirement_lines(sources, path))
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


def _setup_cfg(sources: Sources, path: str) -> Iterator[Packaging]:
    lines = sources.ini(path).get("options", "install_requires", fallback="")
    if lines and not lines.startswith("file:"):
        listed = from_lines(lines.splitlines(), path)
        yield _packaging("setuptools", path, "setup.cfg", listed)


def _setup_py(sources: Sources, path: str) -> Iterator[Packaging]:
    if not sources.tree.exists(path):
        return
    module = sources.module(path)
    call = setup_call(module)
    if call and syntax.argument(call, "install_requires"):
        listed = literal_requirements(module)
        elements = listed.elements if listed else ()
        texts = [syntax.text(element.value) or "" for element in elements]
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


Place = tuple[str, ...]
Declaration = tuple[Style, Place, tuple[Declared, ...]]


def declarations(tables: Mapping[str, Any], path: str) -> Iterator[Declaration]:
    """Each with its place: what everybody gets first, then extras, groups and environments.

    With those comes what everybody gets, since it is installed as well.
    """
    for style, place, declared in _declarations(tables, path):
        yield style, place, tuple(from_sources(declared, _table(tables, "tool", "uv", "sources")))


def _declarations(tables: Mapping[str, Any], path: str) -> Iterator[Declaration]:
    project = _table(tables, "project")
    poetry = _table(tables, "tool", "poetry")
    # Poetry takes its own table for what the project's does not list.
    main = [*_poetry(poetry, path), *_project(project, path)]
    if project.get("dependencies"):
        main.reverse()
    yield from main[:1]
    everybody = main[0][2] if main else ()
    for style, place, declared in (*_lists(tables, path), *_groups(poetry, path)):
        yield style, place, (*declared, *everybody)


def dynamic_files(tables: Mapping[str, Any]) -> tuple[str, ...]:
    """The requirements files that a build backend takes the dependencies from."""
    setuptools = _table(tables, "tool", "setuptools", "dynamic", "dependencies").get("file", ())
    hooks = _table(tables, "tool", "hatch", "metadata", "hooks")
    hatch = _table(hooks, "requirements_txt").get("files", ())
    files = [setuptools] if isinstance(setuptools, str) else _texts(setuptools)
    return (*files, *_texts(hatch))


def _project(project: Mapping[str, Any], path: str) -> Iterator[Declaration]:
    if project and "dependencies" not in project.get("dynamic", ()):
        listed = tuple(from_lines(_texts(project.get("dependencies", ())), path))
        yield "pep621", ("project", "dependencies"), listed


def _poetry(poetry: Mapping[str, Any], path: str) -> Iterator[Declaration]:
    if "dependencies" in poetry:
        listed = tuple(from_tables(_table(poetry, "dependencies"), path))
        yield "poetry", ("tool", "poetry", "dependencies"), listed


def _lists(tables: Mapping[str, Any], path: str) -> Iterator[Declaration]:
    hatch = _table(tables, "tool", "hatch", "envs")
    places: list[tuple[Place, object]] = [
        *(
            (("project", "optional-dependencies", name), listed)
            for name, listed in _table(tables, "project", "optional-dependencies").items()
        ),
        *(
            (("dependency-groups", name), listed)
            for name, listed in _table(tables, "dependency-groups").items()
        ),
        *(
            (("tool", "hatch", "envs", name, "dependencies"), _table(hatch, name)["dependencies"])
            for name in hatch
            if "dependencies" in _table(hatch, name)
        ),
    ]
    for place, listed in places:
        yield "pep621", place, tuple(from_lines(_texts(listed), path))


def _groups(poetry: Mapping[str, Any], path: str) -> Iterator[Declaration]:
    for name in _table(poetry, "group"):
        listed = tuple(from_tables(_table(poetry, "group", name, "dependencies"), path))
        yield "poetry", ("tool", "poetry", "group", name, "dependencies"), listed


def _table(tables: Mapping[str, Any], *names: str) -> Mapping[str, Any]:
    for name in names:
        inner = tables.get(name)
        if not isinstance(inner, Mapping):
            return {}
        tables = inner
    return tables


def _texts(listed: object) -> list[str]:
    return [each for each in listed if isinstance(each, str)] if isinstance(listed, list) else []
