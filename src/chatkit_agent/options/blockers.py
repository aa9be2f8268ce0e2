"""What is known to keep the chat out of an application's process, without a resolver."""

from __future__ import annotations

from collections.abc import Iterator

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.version import Version

from chatkit_agent.options.resolver import python_of, too_old
from chatkit_agent.project.read import Project

# The oldest that the chat's packages go together with, as their own metadata says.
OLDEST = {
    "asyncpg": "0.30",
    "fastapi": "0.105",
    "mcp": "1.21.2",
    "pydantic": "2.11",
    "pydantic-settings": "2.7",
    "python-multipart": "0.0.9",
    "uvicorn": "0.31.1",
}
BEYOND = "999999"


def known_obstacle(project: Project) -> str | None:
    """A pin that cannot give way, with its file; None where none is seen, which checks nothing."""
    return certain_obstacle(project) or next(_too_old_pins(project), None)


def certain_obstacle(project: Project) -> str | None:
    """What keeps the chat out whatever a resolver says, and however it is asked."""
    if python_of(project) is None:
        return too_old(project)
    return shadows(project) or legacy_code(project)


def shadows(project: Project) -> str | None:
    """Modules of the application with the name of a library, where only one of the two is seen."""
    for path in project.shadows:
        return f"`{path}` has the name of a library that the chat imports, and hides it"
    for folder in project.shadowed:
        return (
            f"the application imports from its folder `{folder}`, which has the name of a library "
            "that the chat needs, and is hidden by it"
        )
    return None


def legacy_code(project: Project) -> str | None:
    """Code of the application that runs with no version which the chat can live with."""
    found = next(iter(project.legacy), None)
    return f"{found}, which pydantic 2 does not have; the chat needs pydantic 2" if found else None


def _too_old_pins(project: Project) -> Iterator[str]:
    for each in project.packaging.requirements:
        oldest = OLDEST.get(each.name)
        if oldest and each.text and not _allows(Requirement(each.text).specifier, oldest):
            yield f"`{each.text}` in `{each.file}`; the chat needs `{each.name}>={oldest}`"


def _allows(wanted: SpecifierSet, oldest: str) -> bool:
    """Whether some version from `oldest` on is wanted: one of those where a range may begin."""
    bounds = [each.version.removesuffix(".*") for each in wanted]
    begins = [oldest, BEYOND, *bounds, *(f"{bound}.1" for bound in bounds)]
    return any(
        Version(each) >= Version(oldest) and wanted.contains(each, prereleases=True)
        for each in begins
    )
