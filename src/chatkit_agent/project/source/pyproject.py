"""`pyproject.toml`: the lists and tables in it that declare dependencies."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from chatkit_agent.project.facts import Declared, Style
from chatkit_agent.project.source.declared import from_lines, from_sources, from_tables

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
