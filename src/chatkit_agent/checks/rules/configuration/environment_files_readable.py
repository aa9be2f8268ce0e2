"""Environment files are written in the encoding in which they are read."""

from __future__ import annotations

import codecs
from collections.abc import Iterator

from chatkit_agent.checks.check import PROJECT, Finding, check
from chatkit_agent.evidence.static import Evidence

CHOSEN = rb"encoding\"?\s*[=:]\s*[\"']utf[-_]?(?:8[-_]sig|16)"
WIDE = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


@check("CK704", needs=PROJECT, symptoms=("unavailable", "does_not_start", "server_error", "silent"))
def environment_files_readable(evidence: Evidence) -> Iterator[Finding]:
    """Environment files are in UTF-8 without a mark at the beginning. Nothing is read of
    UTF-16, and a mark becomes part of the first variable's name.
    """
    sources = evidence.sources
    if sources.mentioning(CHOSEN, b"encoding"):
        return
    for file in evidence.project.env_files:
        content = sources.tree.read(file.path) if not file.is_example else b""
        if content.startswith(WIDE) or b"\0" in content[:200]:
            shown = "It is written in UTF-16, as older PowerShells do with `>`."
            what = f"Nothing of `{file.path}` can be read, so its variables are not set."
            yield _finding(what, file.path, shown)
        elif content.startswith(codecs.BOM_UTF8):
            first = (
                content.removeprefix(codecs.BOM_UTF8).partition(b"=")[0].decode(errors="replace")
            )
            if first.isidentifier():
                what = f"`{first}` is not set, though `{file.path}` begins with it."
                shown = "A byte order mark stands before it and becomes part of its name."
                yield _finding(what, f"{file.path}:1", shown)


def _finding(what: str, where: str, evidence: str) -> Finding:
    return Finding(
        what=what,
        where=where,
        evidence=evidence,
        fix="Save the file as UTF-8, without a byte order mark.",
        cause="env encoding",
    )
