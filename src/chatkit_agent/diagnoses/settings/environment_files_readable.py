"""Environment files are written in the encoding in which they are read."""

from __future__ import annotations

import codecs
from collections.abc import Iterator

from chatkit_agent.evidence.static import Observations
from chatkit_agent.findings import Finding

CHOSEN = rb"encoding\"?\s*[=:]\s*[\"']utf[-_]?(?:8[-_]sig|16)"
WIDE = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def environment_files_readable(observations: Observations) -> Iterator[Finding]:
    """python-dotenv and pydantic-settings read UTF-8, and take a mark at its beginning for text."""
    sources = observations.sources
    if sources.mentioning(CHOSEN, b"encoding"):
        return
    for file in observations.project.env_files:
        content = sources.tree.read(file.path) if not file.is_example else b""
        if content.startswith(WIDE) or b"\0" in content[:200]:
            evidence = "It is written in UTF-16, as older PowerShells do with `>`."
            what = f"Nothing of `{file.path}` can be read, so its variables are not set."
            yield _finding(what, file.path, evidence)
        elif content.startswith(codecs.BOM_UTF8):
            first = (
                content.removeprefix(codecs.BOM_UTF8).partition(b"=")[0].decode(errors="replace")
            )
            if first.isidentifier():
                what = f"`{first}` is not set, though `{file.path}` begins with it."
                evidence = "A byte order mark stands before it and becomes part of its name."
                yield _finding(what, f"{file.path}:1", evidence)


def _finding(what: str, where: str, evidence: str) -> Finding:
    return Finding(
        what=what,
        where=where,
        evidence=evidence,
        fix="Save the file as UTF-8, without a byte order mark.",
        cause="env encoding",
        explains=("unavailable", "does_not_start", "server_error", "silent"),
    )
