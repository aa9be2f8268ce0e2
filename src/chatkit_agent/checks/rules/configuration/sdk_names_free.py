"""No module of the project has the name of a library that the chat imports."""

from __future__ import annotations

from collections.abc import Iterator

from chatkit_agent.checks.check import PROJECT, Finding, check
from chatkit_agent.evidence.static import Evidence


@check("CK702", needs=PROJECT, symptoms=("does_not_start", "unavailable", "stream_error"))
def sdk_names_free(evidence: Evidence) -> Iterator[Finding]:
    """`agents.py`, `chatkit/` or `mcp.py` where the application is started hide the SDKs."""
    for path in evidence.project.shadows:
        name = path.removesuffix("/__init__.py").removesuffix(".py").rpartition("/")[2]
        yield Finding(
            what=f"`{path}` hides the installed library `{name}`, so whatever imports that gets "
            "this module instead.",
            where=path,
            evidence=f"It stands where the application is started, before `{name}` in the search.",
            fix=f"Rename it and the imports of it, for example to `our_{name}`.",
            cause=f"shadow:{name}",
        )
