"""An image of the application gets the chat's libraries."""

from __future__ import annotations

from collections.abc import Iterator

from chatkit_agent.findings import Finding
from chatkit_agent.observations import Observations

LIBRARIES = ("openai-chatkit", "openai-agents", "mcp", "asyncpg")


def image_has_libraries(observations: Observations) -> Iterator[Finding]:
    packaging = observations.project.packaging
    needed = [each for each in LIBRARIES if each in packaging.declared]
    for install in observations.project.installs if "openai-chatkit" in needed else ():
        lacking = [each for each in needed if each not in install.declared]
        if lacking:
            yield Finding(
                what="The image is built without the chat's libraries, and the application does "
                "not start there.",
                where=install.where,
                evidence=f"It installs `{install.file}`, which does not have "
                f"{', '.join(lacking)}; these are declared in `{packaging.file}`.",
                fix=f"Add them to `{install.file}`, make that anew where it is made from "
                f"`{packaging.file}`, or let the image install the project itself.",
                edit="declare_dependencies" if observations.project.chat.applied else None,
                cause="image requirements",
                explains=("does_not_start", "unavailable"),
            )
