"""The model is offered tools under names that its provider takes."""

from __future__ import annotations

from collections.abc import Iterator

from chatkit_agent.checks.check import BOOT, Finding, check
from chatkit_agent.evidence.static import Evidence


@check("CK219", needs=BOOT, symptoms=("stream_error",))
def tool_names_taken(evidence: Evidence) -> Iterator[Finding]:
    """With `doctor --boot --own-services` the tools at the configured address are listed; those of
    the sandbox have the same names, and it is looked at what reaches the model.
    """
    offered = evidence.trial.refused_names if evidence.trial else ()
    for service in evidence.services:
        if refused := [each for each in service.refused_names if each in offered]:
            named = ", ".join(f"`{each[:80]}`" for each in refused[:5])
            yield Finding(
                what="Tools have names that OpenAI refuses, and the chat hands them on: each turn "
                "ends with HTTP 400.",
                where=service.place,
                evidence=f"The model is offered {named}; a name has letters, digits, `_` and `-`, "
                "and 64 of them at most.",
                fix="Rename them at the MCP server, or offer them under a name that fits and call "
                "them by their own, as a chat of `chatkit-agent add` does.",
                explains=("stream_error", "silent"),
                cause="tool names",
            )
