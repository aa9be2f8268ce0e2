"""Shadows: modules of the project that hide an SDK of the same name."""

from __future__ import annotations

from chatkit_agent.project.facts import App
from chatkit_agent.project.source.sources import Sources, within

HIDDEN = ("agents", "chatkit", "mcp", "openai", "asyncpg", "dotenv", "pydantic_settings")


def find_shadows(sources: Sources, app: App | None) -> tuple[str, ...]:
    """A module or a package with `__init__` hides an installed one; a plain folder does not."""
    roots = {app.directory, app.working_directory} if app else {""}
    paths = (
        within(root, form.format(name))
        for root in sorted(roots)
        for name in HIDDEN
        for form in ("{}.py", "{}/__init__.py")
    )
    return tuple(path for path in paths if sources.tree.exists(path))
