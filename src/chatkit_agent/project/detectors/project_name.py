"""Project name: what the project calls itself, else its folder that is named for it."""

from __future__ import annotations

from pathlib import Path

from chatkit_agent.project.detectors.packaging import NOTHING
from chatkit_agent.project.facts import App, Packaging
from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.declared import setup_call
from chatkit_agent.project.source.folders import within
from chatkit_agent.project.source.sources import Sources
from chatkit_agent.project.text.visible import visible

LONGEST = 100
ROLES = {
    *("api", "app", "application", "apps", "back", "backend", "code", "lib", "packages"),
    *("python", "server", "service", "services", "source", "src", "web", "webapp"),
}
"""What a folder is called for what it holds, and not for the project that it belongs to."""


def find_project_name(sources: Sources, app: App | None, packaging: Packaging = NOTHING) -> str:
    folders = sources.upwards(app.file if app else "")
    above = sources.tree.above
    root = sources.tree.root.resolve()
    if not packaging.is_above and root.name.lower() not in ROLES:
        folders = tuple(each for each in folders if each not in above)
    for folder in folders:
        name = _name_in_file(sources, folder)
        if name:
            return visible(name.strip().partition("\n")[0])[:LONGEST]
    around = [each for each in root.parents[:2] if each != Path.home()]
    named = (each.name for each in (root, *around) if each.name.lower() not in {*ROLES, ""})
    return next(named, root.name)


def _name_in_file(sources: Sources, folder: str) -> str | None:
    pyproject = sources.toml(within(folder, "pyproject.toml"))
    tools = pyproject.get("tool", {})
    for table in (pyproject.get("project", {}), tools.get("poetry", {})):
        if isinstance(table.get("name"), str):
            return str(table["name"])
    named = sources.ini(within(folder, "setup.cfg")).get("metadata", "name", fallback=None)
    return named or _of_setup(sources, within(folder, "setup.py"))


def _of_setup(sources: Sources, path: str) -> str | None:
    call = setup_call(sources.module(path)) if sources.tree.exists(path) else None
    return syntax.text(syntax.argument(call, "name")) if call else None
