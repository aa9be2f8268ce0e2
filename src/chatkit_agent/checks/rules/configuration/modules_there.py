"""Every module that the application imports at its start is there, and has what is asked of it."""

from __future__ import annotations

import re
from collections.abc import Iterator

import libcst as cst

from chatkit_agent.checks.check import PROJECT, Finding, check
from chatkit_agent.evidence.static import Evidence
from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.broken_imports import broken_imports
from chatkit_agent.project.source.walking import last_name, within_node

DISTRIBUTIONS = {"openai_chatkit": "chatkit", "openai_agents": "agents"}
SQL = re.compile(r"[\w-]+\.sql")


@check("CK716", needs=PROJECT, symptoms=("does_not_start", "not_found", "server_error"))
def modules_there(evidence: Evidence) -> Iterator[Finding]:
    """A module of the project that was renamed, moved or deleted, a name that another one has, a
    file of SQL that is gone, and one that is no Python: the application does not start. Silent on
    what a build may make, on libraries, and on imports under a condition or in a `try`.
    """
    app = evidence.project.app
    hiding = evidence.project.shadows
    for broken in broken_imports(evidence.sources, app.file, hiding) if app else ():
        what = "an import of its own modules fails" if broken.written else "a file is not Python"
        yield Finding(
            what=f"The application does not start: {what}.",
            where=broken.where,
            evidence=f"`{broken.written}`: {broken.why}." if broken.written else f"{broken.why}.",
            fix=broken.fix,
            cause=f"import:{broken.where}",
        )
    for module in evidence.chat.code.modules:
        for line in within_node(module.node, cst.ImportFrom, cst.Import):
            name = last_name(line.names[0].name) if isinstance(line, cst.Import) else ""
            head = (syntax.dotted(getattr(line, "module", None)) or name).partition(".")[0]
            if head in DISTRIBUTIONS and evidence.sources.file_of(module.file, head) is None:
                yield Finding(
                    what=f"The application does not start: there is no module `{head}`.",
                    where=evidence.chat.code.where(module, line),
                    evidence=f"`{syntax.code(line)}`: that is what pip calls it, with a hyphen.",
                    fix=f"Import it from `{DISTRIBUTIONS[head]}`.",
                    cause=f"import:{evidence.chat.code.where(module, line)}",
                )
    for call in evidence.chat.code.calls if app else ():
        named = [syntax.text(each) or "" for each in call.given]
        gone = [each for each in named if SQL.fullmatch(each) and not _is_there(evidence, each)]
        if gone and isinstance(call.scope.node, cst.Module):
            yield Finding(
                what=f"The application does not start: `{gone[0]}` is not there.",
                where=call.where,
                evidence=f"`{syntax.code(call.node)[:100]}` reads it when the module is imported.",
                fix="Put the file back, or name it right.",
                cause=f"import:{call.where}",
            )


def _is_there(evidence: Evidence, name: str) -> bool:
    return bool(evidence.sources.tree.glob(f"/{name}")) or evidence.sources.tree.exists(name)
