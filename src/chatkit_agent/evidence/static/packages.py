"""Packages: which versions a project declares, locks and has installed, and where it says so."""

from __future__ import annotations

import re
from collections.abc import Iterator

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from chatkit_agent.evidence.static import Packages, Version
from chatkit_agent.project.detectors.lock import find_lock
from chatkit_agent.project.facts import App, Declared, Packaging
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
    is_conda = packaging.style in ("conda", "pixi")
    for each in packaging.requirements:
        if is_conda or not each.limits_only:
            text = str(Requirement(each.text).specifier) if each.text else ""
            yield each.name, Version(text, _place_of(sources.text(each.file), each))


def _place_of(text: str, declared: Declared) -> str:
    spelled = "[-_.]+".join(map(re.escape, declared.name.split("-")))
    pattern = re.compile(rf"\s*(?:-\s+)?[\"']?{spelled}(?![\w.-])", re.IGNORECASE)
    for number, line in enumerate(text.splitlines(), 1):
        if pattern.match(line):
            return f"{declared.file}:{number}"
    return declared.file


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
