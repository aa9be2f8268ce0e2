"""The migrations follow each other without a gap, and end in one."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from chatkit_agent.checks.check import PROJECT, Finding, check
from chatkit_agent.evidence.static import Evidence
from chatkit_agent.project.source.migrations import Revision, heads, revisions
from chatkit_agent.project.source.sources import Sources

ELSEWHERE = re.compile(r"^\s*version_locations\s*=", re.MULTILINE)
ALL_HEADS = re.compile(r"\bheads\b")
COMMANDS = (".py", ".sh", ".yml", ".yaml", ".toml", ".md", ".json", "Makefile", "Dockerfile")


@check(
    "CK405",
    needs=PROJECT,
    severity="warning",
    symptoms=("server_error", "stream_error", "does_not_start", "unavailable"),
)
def migrations_in_line(evidence: Evidence) -> Iterator[Finding]:
    """With a gap Alembic runs none of them, and with two ends `alembic upgrade head` is refused;
    branches that are meant are left out.
    """
    sources = evidence.sources
    found = revisions(sources)
    unread = [each for each in found if each.parents is None]
    names = {each.name for each in found}
    if not found or unread or _are_elsewhere(sources):
        return
    gaps = [
        (each, parent) for each in found for parent in each.parents or () if parent not in names
    ]
    for each, parent in gaps:
        yield _finding(
            "Alembic runs no migration, with a KeyError, so tables and columns that the code "
            "expects are not made: a migration follows one that is not there.",
            each,
            f"It follows `{parent}`, which no file is.",
            f"Bring the file of `{parent}` back, or let `down_revision` name the one before it.",
        )
    for home in sorted({each.home for each in found}) if not gaps else ():
        ends = heads(tuple(each for each in found if each.home == home))
        if len(ends) > 1 and not _are_meant(sources, found, home):
            yield _two_heads(ends)


def _are_elsewhere(sources: Sources) -> bool:
    return any(
        ELSEWHERE.search(sources.text(path)) for path in sources.tree.glob(".ini", "pyproject.toml")
    )


def _are_meant(sources: Sources, found: Sequence[Revision], home: str) -> bool:
    """Branches with labels or folders of their own, and a command that takes all heads."""
    own = [each for each in found if each.home == home]
    if any(each.is_branch for each in own) or len({_folder(each) for each in own}) > 1:
        return True
    texts = (sources.text(path) for path in sources.tree.glob(*COMMANDS))
    return any("alembic" in text and ALL_HEADS.search(text) for text in texts)


def _folder(revision: Revision) -> str:
    return revision.file.rpartition("/")[0]


def _two_heads(ends: Sequence[Revision]) -> Finding:
    files = ", ".join(f"{each.file}:{each.line}" for each in ends)
    return _finding(
        "`alembic upgrade head` is refused (Multiple head revisions), so tables and columns that "
        "the code expects are not made.",
        ends[-1],
        f"Nothing follows any of {files}.",
        "Let one of them follow the other, or join them: `alembic merge heads`.",
    )


def _finding(what: str, revision: Revision, evidence: str, fix: str) -> Finding:
    return Finding(
        what=what,
        where=f"{revision.file}:{revision.line}",
        evidence=evidence,
        fix=fix,
        cause=f"migrations:{revision.home}",
    )
