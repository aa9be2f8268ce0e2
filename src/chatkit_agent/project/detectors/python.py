"""Python: the versions of Python that a project declares, and where."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from packaging.requirements import Requirement

from chatkit_agent.project.detectors.packaging import NOTHING
from chatkit_agent.project.facts import App, Packaging, Python
from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.declared import setup_call
from chatkit_agent.project.source.folders import upwards, within
from chatkit_agent.project.source.python_ranges import as_range, is_range
from chatkit_agent.project.source.sources import Sources
from chatkit_agent.project.text.visible import visible

ARGUMENT = re.compile(r"^ARG\s+(\w+)=[\"']?([\w.-]+)", re.MULTILINE | re.IGNORECASE)
# Of `.tool-versions`, and of the list of packages in `conda-lock.yml`.
OF_PYTHON = re.compile(r"^(?:python\s+|- name: python\s+version:\s*)[\"']?(\S+)", re.MULTILINE)
VERSION = re.compile(r"(\d+)\.(\d+)(?:\.\d+)?")
IMAGE = re.compile(r"^FROM\s+(?:--\S+\s+)*(?:\S*/)?python:(\d+\.\d+)", re.MULTILINE | re.IGNORECASE)


def find_python(sources: Sources, app: App | None, packaging: Packaging = NOTHING) -> Python:
    """The nearest declaration; those above the project count where its dependencies stand there."""
    above = sources.tree.above if packaging.is_above else ()
    folders = (*upwards(app.file if app else ""), *above)
    if found := next(_declarations(sources, folders, READERS), None):
        path, requires = found
        exact = next(_declarations(sources, folders, RUN_BY), ("", ""))[1]
        return Python(requires, path, exact.removeprefix("==").removesuffix(".*") or None)
    for each in packaging.requirements:
        # conda installs Python itself.
        if each.name == "python" and each.text:
            return Python(str(Requirement(each.text).specifier) or None, each.file)
    return Python(None, None)


def _declarations(
    sources: Sources, folders: Iterable[str], readers: Iterable[str]
) -> Iterator[tuple[str, str]]:
    for folder in folders:
        for name in readers:
            path = within(folder, name)
            requires = READERS[name](sources, path) if sources.tree.exists(path) else None
            if requires:
                yield path, requires


def _pyproject(sources: Sources, path: str) -> str | None:
    pyproject = sources.toml(path)
    requires = pyproject.get("project", {}).get("requires-python")
    if isinstance(requires, str) and (found := _range(sources, path, "requires-python", requires)):
        return found
    tools = pyproject.get("tool", {})
    named = (tools.get(name, {}).get("dependencies", {}) for name in ("poetry", "pixi"))
    return next(filter(None, (_poetry(each.get("python")) for each in named)), None)


def _pixi(sources: Sources, path: str) -> str | None:
    return _poetry(sources.toml(path).get("dependencies", {}).get("python"))


def _poetry(declared: Any) -> str | None:
    if isinstance(declared, dict):
        declared = declared.get("version")
    return as_range(declared) if isinstance(declared, str) and declared.strip() != "*" else None


def _setup_cfg(sources: Sources, path: str) -> str | None:
    requires = sources.ini(path).get("options", "python_requires", fallback="")
    return _range(sources, path, "python_requires", requires)


def _setup_py(sources: Sources, path: str) -> str | None:
    call = setup_call(sources.module(path))
    given = syntax.argument(call, "python_requires") if call else None
    held = sources.assigned(sources.resolve(path, syntax.dotted(given)))
    return _range(sources, path, "python_requires", syntax.text(held or given) or "")


def _range(sources: Sources, path: str, key: str, requires: str) -> str | None:
    """A range as pip reads it; one that it does not read is said, and taken as it is meant."""
    if not requires.strip():
        return None
    if is_range(requires):
        return requires
    meant = as_range(requires)
    advice = f"write `{meant}`" if meant else "write one such as `>=3.10`"
    sources.unreadable[path] = (
        f"`{key}` is `{visible(requires)[:100]}`, which is no range that pip reads; {advice}"
    )
    return meant


def _pipfile(sources: Sources, path: str) -> str | None:
    requires = sources.toml(path).get("requires", {})
    # `python_version = 3.11` without quotes is a number.
    return _exactly(str(requires.get("python_version") or requires.get("python_full_version")))


def _first_version(sources: Sources, path: str) -> str | None:
    return _exactly(sources.text(path))


def _mise(sources: Sources, path: str) -> str | None:
    given = sources.toml(path).get("tools", {}).get("python")
    first = given[0] if isinstance(given, list) and given else given
    return _exactly(str(first.get("version") if isinstance(first, dict) else first))


def _line_of_python(sources: Sources, path: str) -> str | None:
    found = OF_PYTHON.search(sources.text(path))
    return _exactly(found[1]) if found else None


def _dockerfile(sources: Sources, path: str) -> str | None:
    text = sources.text(path)
    for name, value in ARGUMENT.findall(text):
        text = re.sub(rf"\$(?:{name}\b|\{{{name}(?::-[^}}]*)?\}})", value, text)
    found = IMAGE.search(text)
    return _exactly(found[1]) if found else None


def _exactly(text: str) -> str | None:
    found = VERSION.search(text)
    return f"=={found[1]}.{found[2]}.*" if found else None


READERS: dict[str, Callable[[Sources, str], str | None]] = {
    "pyproject.toml": _pyproject,
    "pixi.toml": _pixi,
    "setup.cfg": _setup_cfg,
    "setup.py": _setup_py,
    "Pipfile": _pipfile,
    ".python-version": _first_version,
    "runtime.txt": _first_version,
    "mise.toml": _mise,
    ".mise.toml": _mise,
    ".tool-versions": _line_of_python,
    "conda-lock.yml": _line_of_python,
    "Dockerfile": _dockerfile,
}
RUN_BY = tuple(READERS)[tuple(READERS).index(".python-version") :]
"""Those that say which Python runs, whatever else would do."""
