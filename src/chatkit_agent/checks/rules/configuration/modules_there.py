"""Every module that the application imports at its start is there, and has what is asked of it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import get_close_matches

import libcst as cst

from chatkit_agent.checks.check import PROJECT, Finding, check
from chatkit_agent.evidence.static import Evidence
from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.broken_imports import broken_imports
from chatkit_agent.project.source.folders import upwards
from chatkit_agent.project.source.installed import installed_names
from chatkit_agent.project.source.walking import last_name, within_node

DISTRIBUTIONS = {"openai_chatkit": "chatkit", "openai_agents": "agents"}
SQL = re.compile(r"[\w-]+\.sql")


@check("CK716", needs=PROJECT, symptoms=("does_not_start", "not_found", "server_error"))
def modules_there(evidence: Evidence) -> Iterator[Finding]:
    """A module of the project that was renamed, moved or deleted, a name that another one has, a
    file of SQL that is gone, and one that is no Python: the application does not start; nor with a
    name that the SDKs, where they are installed beside it, do not have. Silent on what a build may
    make, on other libraries, and on imports under a condition or in a `try`.
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
    yield from _absent_of_sdks(evidence)
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


def _absent_of_sdks(evidence: Evidence) -> Iterator[Finding]:
    """Names that the installed SDKs do not have, imported at the top of a module."""
    code, app = evidence.chat.code, evidence.project.app
    folders = upwards(app.file) if app else ()
    for module in code.modules:
        assert isinstance(module.node, cst.Module)
        rows = [each for each in module.node.body if isinstance(each, cst.SimpleStatementLine)]
        lines = (each for row in rows for each in row.body)
        for line in (each for each in lines if isinstance(each, cst.ImportFrom)):
            name = syntax.dotted(line.module) or ""
            is_sdk = name.partition(".")[0] in DISTRIBUTIONS.values() and not line.relative
            if not is_sdk or evidence.sources.file_of(module.file, name.partition(".")[0]):
                continue
            known = installed_names(evidence.sources.tree, folders, name)
            aliases = line.names if not isinstance(line.names, cst.ImportStar) else ()
            for each in aliases if known is not None else ():
                asked = last_name(each.name)
                if known is not None and asked not in known:
                    near = get_close_matches(asked, known, 1, 0.6)
                    yield Finding(
                        what=f"The application does not start: `{name}` has no `{asked}`.",
                        where=code.where(module, line),
                        evidence=f"`{syntax.code(line)[:100]}`: the installed version has no such "
                        "name" + (f", but `{near[0]}`." if near else "."),
                        fix="Import what it has, or install the version that the code is for.",
                        cause=f"import:{code.where(module, line)}",
                    )


def _is_there(evidence: Evidence, name: str) -> bool:
    return bool(evidence.sources.tree.glob(f"/{name}")) or evidence.sources.tree.exists(name)
