"""Shadows: modules of the project that hide an SDK of the same name, and those that one hides."""

from __future__ import annotations

from collections.abc import Iterator

from chatkit_agent.project.detectors.packaging import packages_in
from chatkit_agent.project.facts import App, Packaging
from chatkit_agent.project.source.folders import within
from chatkit_agent.project.source.sources import Sources

HIDDEN = ("agents", "chatkit", "mcp", "openai", "asyncpg", "dotenv", "pydantic_settings", "jwt")
BRINGS = {"agents": "openai-agents", "chatkit": "openai-chatkit", "mcp": "mcp"}


def find_shadows(
    sources: Sources, app: App | None, packaging: Packaging | None = None
) -> tuple[str, ...]:
    """A module or a package with `__init__` hides an installed one; a plain folder does not."""
    roots = {app.directory, app.working_directory} if app else {""}
    roots |= {*_roots_of_members(sources, packaging)}
    paths = (
        within(root, form.format(name))
        for root in sorted(roots)
        for name in HIDDEN
        for form in ("{}.py", "{}/__init__.py")
    )
    return tuple(path for path in paths if _is_there(sources, path))


def _is_there(sources: Sources, path: str) -> bool:
    """Of another package of the workspace, no more than whether it is there."""
    is_above = path.startswith("../")
    return sources.tree.is_taken(path) if is_above else sources.tree.exists(path)


def find_shadowed(
    sources: Sources, app: App | None, packaging: Packaging | None = None
) -> tuple[str, ...]:
    """Folders without `__init__` that the application imports from: an installed SDK hides them."""
    roots = {app.directory, app.working_directory} if app else {""}
    declared = packaging.declared if packaging else ()
    found = (
        within(root, name)
        for root in sorted(roots)
        for name, distribution in BRINGS.items()
        if distribution not in declared and _is_imported(sources, root, name)
    )
    return tuple(found)


def _is_imported(sources: Sources, root: str, name: str) -> bool:
    folder = within(root, name)
    own = tuple(path for path in sources.python if path.startswith(f"{folder}/"))
    if not own or f"{folder}/__init__.py" in own:
        return False
    pattern = rb"(?m)^[ \t]*(?:from|import)[ \t]+%s\b" % name.encode()
    below = f"{root}/" if root else ""
    return any(
        path.startswith(below) and _imports(sources, path, name, own)
        for path in sources.mentioning(pattern, name.encode(), aside=False)
    )


def _imports(sources: Sources, path: str, name: str, own: tuple[str, ...]) -> bool:
    for each in (*sources.names(path).imports.values(), *sources.names(path).stars):
        if each.level or each.module.split(".")[0] != name:
            continue
        modules = (each.module, f"{each.module}.{each.name}")
        # `import agents.registry` binds `agents`, which can be no library that nobody declares.
        if each.name is None or any(sources.file_of(path, module) in own for module in modules):
            return True
    return False


def _roots_of_members(sources: Sources, packaging: Packaging | None) -> Iterator[str]:
    """Where the packages of a workspace begin that the application depends on."""
    declared = packaging.declared if packaging else ()
    for name, file in packages_in(sources) if declared else ():
        folder = file.rpartition("/")[0]
        if folder and name in declared:
            yield from (folder, within(folder, "src"))
