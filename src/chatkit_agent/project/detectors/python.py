"""Python: the versions of Python that a project declares, and where."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import libcst as cst
from packaging.specifiers import InvalidSpecifier, SpecifierSet

from chatkit_agent.project.facts import App, Python
from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.declared import pep440
from chatkit_agent.project.source.sources import Sources, upwards, within

VERSION = re.compile(r"(\d+)\.(\d+)(?:\.\d+)?")
IMAGE = re.compile(r"^FROM\s+(?:--\S+\s+)*(?:\S*/)?python:(\d+\.\d+)", re.MULTILINE | re.IGNORECASE)


def find_python(sources: Sources, app: App | None) -> Python:
    for folder in upwards(app.file if app else ""):
        for name, read in READERS.items():
            path = within(folder, name)
            requires = read(sources, path) if sources.tree.exists(path) else None
            if requires and _is_valid(requires):
                return Python(requires, path)
    return Python(None, None)


def _is_valid(requires: str) -> bool:
    try:
        SpecifierSet(requires)
    except InvalidSpecifier:
        return False
    return True


def _pyproject(sources: Sources, path: str) -> str | None:
    pyproject = sources.toml(path)
    requires = pyproject.get("project", {}).get("requires-python")
    poetry = pyproject.get("tool", {}).get("poetry", {}).get("dependencies", {})
    return str(requires) if requires else _poetry(poetry.get("python"))


def _poetry(declared: Any) -> str | None:
    """Poetry's `^3.8`, `~3.9`, `3.10.*` and `>=3.9,<4.0` as a PEP 440 specifier."""
    if isinstance(declared, dict):
        declared = declared.get("version")
    if not isinstance(declared, str) or declared.strip() == "*":
        return None
    return pep440(declared) or None


def _setup_cfg(sources: Sources, path: str) -> str | None:
    return sources.ini(path).get("options", "python_requires", fallback=None)


def _setup_py(sources: Sources, path: str) -> str | None:
    for node in syntax.walk(sources.module(path)):
        if isinstance(node, cst.Call) and syntax.dotted(node.func) in ("setup", "setuptools.setup"):
            return syntax.text(syntax.argument(node, "python_requires"))
    return None


def _pipfile(sources: Sources, path: str) -> str | None:
    requires = sources.toml(path).get("requires", {})
    return _exactly(requires.get("python_version") or requires.get("python_full_version") or "")


def _first_version(sources: Sources, path: str) -> str | None:
    return _exactly(sources.text(path))


def _dockerfile(sources: Sources, path: str) -> str | None:
    found = IMAGE.search(sources.text(path))
    return _exactly(found[1]) if found else None


def _exactly(text: str) -> str | None:
    found = VERSION.search(text)
    return f"=={found[1]}.{found[2]}.*" if found else None


READERS: dict[str, Callable[[Sources, str], str | None]] = {
    "pyproject.toml": _pyproject,
    "setup.cfg": _setup_cfg,
    "setup.py": _setup_py,
    "Pipfile": _pipfile,
    ".python-version": _first_version,
    "runtime.txt": _first_version,
    "Dockerfile": _dockerfile,
}
