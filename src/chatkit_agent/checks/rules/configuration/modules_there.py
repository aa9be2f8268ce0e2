"""Every module that the application imports at its start is there, and has what is asked of it."""

from __future__ import annotations

from collections.abc import Iterator

from chatkit_agent.checks.check import PROJECT, Finding, check
from chatkit_agent.evidence.static import Evidence
from chatkit_agent.project.source.broken_imports import broken_imports


@check("CK716", needs=PROJECT, symptoms=("does_not_start", "not_found", "server_error"))
def modules_there(evidence: Evidence) -> Iterator[Finding]:
    """A module of the project that was renamed, moved or deleted, a name that another one has, and
    a file that is no Python: the application does not start. Silent on what a build may make, on
    libraries, and on imports under a condition or in a `try`.
    """
    app = evidence.project.app
    for broken in broken_imports(evidence.sources, app.file) if app else ():
        what = "an import of its own modules fails" if broken.written else "a file is not Python"
        yield Finding(
            what=f"The application does not start: {what}.",
            where=broken.where,
            evidence=f"`{broken.written}`: {broken.why}." if broken.written else f"{broken.why}.",
            fix=broken.fix,
            cause=f"import:{broken.where}",
        )
