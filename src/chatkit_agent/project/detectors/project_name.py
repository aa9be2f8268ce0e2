"""Project name: what the project calls itself, else the name of its folder."""

from __future__ import annotations

from chatkit_agent.project.facts import App
from chatkit_agent.project.source.sources import Sources, upwards, within
from chatkit_agent.project.text.visible import visible

LONGEST = 100


def find_project_name(sources: Sources, app: App | None) -> str:
    for folder in upwards(app.file if app else ""):
        name = _declared(sources, folder)
        if name:
            return visible(name.strip().partition("\n")[0])[:LONGEST]
    return sources.tree.root.resolve().name


def _declared(sources: Sources, folder: str) -> str | None:
    pyproject = sources.toml(within(folder, "pyproject.toml"))
    tools = pyproject.get("tool", {})
    for table in (pyproject.get("project", {}), tools.get("poetry", {})):
        if isinstance(table.get("name"), str):
            return str(table["name"])
    return sources.ini(within(folder, "setup.cfg")).get("metadata", "name", fallback=None)
