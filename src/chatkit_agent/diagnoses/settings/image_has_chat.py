"""An image of the application gets the chat's libraries, and its files."""

from __future__ import annotations

from collections.abc import Iterator

from chatkit_agent.evidence.static import Observations
from chatkit_agent.findings import Finding

LIBRARIES = ("openai-chatkit", "openai-agents", "mcp", "asyncpg")


def image_has_chat(observations: Observations) -> Iterator[Finding]:
    yield from _files(observations)
    packaging = observations.project.packaging
    needed = [each for each in LIBRARIES if each in packaging.declared]
    images = observations.project.images if "openai-chatkit" in needed else ()
    for install in (each for image in images for each in image.installs):
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


def _files(observations: Observations) -> Iterator[Finding]:
    chat = observations.chat
    needed = sorted({each.file for each in (*chat.servers, *chat.stores)})
    for copies in (each.copies for each in observations.project.images if each.copies):
        if lacking := [each for each in needed if not copies.hold(each)]:
            yield Finding(
                what="The image is built without the chat's files, and the application does not "
                "start there.",
                where=copies.where,
                evidence=f"What is copied does not include `{lacking[0]}`.",
                fix=f"Copy `{lacking[0].rpartition('/')[0] or lacking[0]}` as well.",
                cause="image files",
                explains=("does_not_start", "unavailable"),
            )
