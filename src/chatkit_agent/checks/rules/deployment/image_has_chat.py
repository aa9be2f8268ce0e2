"""An image of the application gets the chat's libraries, and its files."""

from __future__ import annotations

from collections.abc import Iterator

from chatkit_agent.checks.check import PROJECT, Finding, check
from chatkit_agent.evidence.static import Evidence

LIBRARIES = ("openai-chatkit", "openai-agents", "mcp", "asyncpg")


@check("CK805", needs=PROJECT, symptoms=("does_not_start", "unavailable"))
def image_has_chat(evidence: Evidence) -> Iterator[Finding]:
    """The requirements file that its Dockerfile installs has the libraries, where another file
    declares them, and what it copies is all of the chat.
    """
    yield from _files(evidence)
    packaging = evidence.project.packaging
    needed = [each for each in LIBRARIES if each in packaging.declared]
    images = evidence.project.images if "openai-chatkit" in needed else ()
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
                edit="declare_dependencies" if evidence.project.chat.applied else None,
                cause="image requirements",
            )


def _files(evidence: Evidence) -> Iterator[Finding]:
    chat = evidence.chat
    needed = sorted({each.file for each in (*chat.servers, *chat.stores)})
    for copies in (each.copies for each in evidence.project.images if each.copies):
        if lacking := [each for each in needed if not copies.hold(each)]:
            yield Finding(
                what="The image is built without the chat's files, and the application does not "
                "start there.",
                where=copies.where,
                evidence=f"What is copied does not include `{lacking[0]}`.",
                fix=f"Copy `{lacking[0].rpartition('/')[0] or lacking[0]}` as well.",
                cause="image files",
            )
