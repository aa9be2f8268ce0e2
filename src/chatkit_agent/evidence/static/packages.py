"""Packages: which versions a project declares, locks and has installed, and where it says so."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping
from typing import Any

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from chatkit_agent.evidence.static import Packages, Version
from chatkit_agent.project.detectors.lock import find_lock
from chatkit_agent.project.facts import App, Packaging
from chatkit_agent.project.source.folders import upwards, within
from chatkit_agent.project.source.sources import Sources
from chatkit_agent.project.tree import Tree

INSTALLED = re.compile(r"([A-Za-z0-9][\w.]*)-([^-]+)\.dist-info")
ENVIRONMENTS = (".venv", "venv")


def read_packages(sources: Sources, app: App | None, packaging: Packaging) -> Packages:
    folders = upwards(app.file if app else "")
    declared = dict(_declarations(sources, packaging))
    lock = find_lock(sources, packaging)
    locked = {name: Version(text, lock.file) for name, text in lock.versions} if lock else {}
    pins = {
        name: Version(each.text.removeprefix("=="), each.where)
        for name, each in declared.items()
        if each.text.startswith("==") and "*" not in each.text
    }
    return Packages(declared, {**locked, **pins}, dict(_installations(sources.tree, folders)))


def _declarations(sources: Sources, packaging: Packaging) -> Iterator[tuple[str, Version]]:
    path = packaging.file
    if path is None:
        return
    if packaging.style in ("pep621", "poetry", "pipfile"):
        listed = _ranges(sources.toml(path), packaging.style)
        for name, text in listed.items():
            yield name, Version(text, _line_of(sources.text(path), path, name))
        return
    if packaging.style == "requirements":
        yield from _requirements(sources, path, set())


def _ranges(tables: Mapping[str, Any], style: str) -> dict[str, str]:
    if style == "pep621":
        return dict(_pairs(tables.get("project", {}).get("dependencies", ())))
    table = (
        tables.get("packages", {})
        if style == "pipfile"
        else tables.get("tool", {}).get("poetry", {}).get("dependencies", {})
    )
    found: dict[str, str] = {}
    for name, entry in table.items():
        text = entry if isinstance(entry, str) else entry.get("version", "*")
        found[canonicalize_name(name)] = "" if text == "*" else str(text)
    return found


def _pairs(requirements: Any) -> Iterator[tuple[str, str]]:
    for each in requirements:
        try:
            requirement = Requirement(str(each))
        except (InvalidRequirement, RecursionError):
            continue
        yield canonicalize_name(requirement.name), str(requirement.specifier)


def _requirements(sources: Sources, path: str, seen: set[str]) -> Iterator[tuple[str, Version]]:
    if path in seen or not sources.tree.exists(path):
        return
    seen.add(path)
    for number, line in enumerate(sources.text(path).splitlines(), 1):
        written = line.split(" #")[0].split(" --hash")[0].strip().rstrip("\\").strip()
        included = re.match(r"(?:-r|--requirement)[\s=]+(\S+)", written)
        if included:
            inner = posixpath.normpath(within(path.rpartition("/")[0], included[1]))
            if sources.has(inner, path):
                yield from _requirements(sources, inner, seen)
        elif written and not written.startswith(("#", "-")):
            for name, text in _pairs([written]):
                yield name, Version(text, f"{path}:{number}")


def _line_of(text: str, path: str, name: str) -> str:
    spelled = "[-_.]+".join(map(re.escape, name.split("-")))
    pattern = re.compile(rf"^\s*[\"']?{spelled}\b", re.IGNORECASE)
    for number, line in enumerate(text.splitlines(), 1):
        if pattern.match(line):
            return f"{path}:{number}"
    return path


def _installations(tree: Tree, folders: tuple[str, ...]) -> Iterator[tuple[str, Version]]:
    for folder in reversed(folders):
        for name in ENVIRONMENTS:
            environment = tree.folder(within(folder, name))
            if environment is None or not (environment / "pyvenv.cfg").is_file():
                continue
            for packages in environment.glob("[Ll]ib*/**/site-packages"):
                for entry in packages.iterdir():
                    if found := INSTALLED.fullmatch(entry.name):
                        yield canonicalize_name(found[1]), Version(found[2], within(folder, name))
