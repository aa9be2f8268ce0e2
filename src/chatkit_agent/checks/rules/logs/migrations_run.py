"""The log has no table or column missing that a migration, or a script of the project, makes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from chatkit_agent.checks.check import LOG, Finding, check
from chatkit_agent.checks.known_errors import Known, known_errors
from chatkit_agent.evidence.static import Evidence
from chatkit_agent.project.source.migrations import Revision, heads, revisions
from chatkit_agent.project.source.tables import Made, tables_made

KNOWN = Known(
    r"relation \"[^\"]+\" does not exist|UndefinedTable\w*|no such table: \w+"
    r"|column \"?[\w.]+\"? (?:of relation \"[^\"]+\" )?does not exist|UndefinedColumn\w*"
    r"|no such column: \w+|has no column named \w+",
    "The tables of the database are not those that the code expects: a migration is missing.",
    "Run the pending migrations against the database that this application connects to.",
    "schema",
    ("unavailable", "server_error", "stream_error", "silent"),
)
BEHIND = Known(
    r"alembic_version is at (?P<at>.+), and the migrations end at (?P<end>.+)",
    "The database is at the migration `{at}`, and the project's end at `{end}`: what lies between "
    "has not been run.",
    "Run `alembic upgrade head` with the database URL of this application, and wherever it is "
    "deployed, before it starts.",
    "schema",
    ("unavailable", "server_error", "stream_error", "silent"),
    command="alembic upgrade head",
)
MISSING = re.compile(
    r"(?:column \"?(?:\w+\.)?(?P<column>\w+)\"? (?:of relation \"(?P<of>[^\"]+)\" )?"
    r"|relation \"(?P<table>[^\"]+)\" )does not exist"
    r"|no such table: (?:\w+\.)?(?P<lite_table>\w+)"
    r"|no such column: (?:\w+\.)?(?P<lite_column>\w+)"
    r"|table (?P<lite_of>\w+) has no column named (?P<named>\w+)"
)


@dataclass(frozen=True)
class Lacking:
    """A table that is missing, or a column of one. The table is empty where it is not said."""

    table: str
    column: str

    @property
    def said(self) -> str:
        of_it = f" of `{self.table}`" if self.table else ""
        return f"the column `{self.column}`{of_it}" if self.column else f"the table `{self.table}`"

    def is_made_by(self, made: Made) -> bool:
        if self.table and made.table != self.table:
            return False
        return self.column in (made.columns or ()) if self.column else made.is_new


@check("CK904", needs=LOG)
def migrations_run(evidence: Evidence) -> Iterator[Finding]:
    """The log has no table or column missing. The migration that makes it, or the script, is
    named, and so is a model for which there is no migration. With `doctor --boot` the revision
    in each configured database's `alembic_version` is compared with the last one of the
    project.
    """
    for finding in known_errors(evidence.log, (KNOWN, BEHIND)) if evidence.log else ():
        found = MISSING.search(finding.evidence)
        yield _with_maker(evidence, finding, _lacking(found)) if found else finding


def _lacking(found: re.Match[str]) -> Lacking:
    table = found["table"] or found["of"] or found["lite_table"] or found["lite_of"] or ""
    column = found["column"] or found["lite_column"] or found["named"] or ""
    return Lacking(table.rpartition(".")[2].lower(), column.lower())


def _with_maker(evidence: Evidence, finding: Finding, lacking: Lacking) -> Finding:
    """The finding with what makes the missing table or column, where that is in the project."""
    every = tables_made(evidence.sources)
    made = sorted((each for each in every if lacking.is_made_by(each)), key=lambda one: one.is_new)
    if not lacking.table and len({each.table for each in made}) > 1:
        return finding
    known = revisions(evidence.sources)
    by_migration = [each for each in made if _file(each) in {one.file for one in known}]
    scripts = [each for each in made if each not in by_migration and not each.is_model]
    models = [each for each in made if each.is_model]
    if by_migration and _is_in_sandbox(evidence):
        return _not_seen(finding, lacking, by_migration[0])
    if by_migration:
        return _pending(finding, lacking, by_migration[0], known)
    if scripts:
        return _not_applied(finding, lacking, scripts[0])
    if models and known:
        return _no_migration(finding, lacking, models[0], heads(known))
    return finding


def _file(made: Made) -> str:
    return made.where.rpartition(":")[0]


def _is_in_sandbox(evidence: Evidence) -> bool:
    """Its database is new, and where none of the project's is behind that says nothing of them."""
    log = evidence.log
    is_behind = any(re.search(BEHIND.pattern, each.answer or "") for each in evidence.services)
    return not is_behind and bool(log and log in evidence.more_logs and not log.place)


def _not_seen(finding: Finding, lacking: Lacking, made: Made) -> Finding:
    return replace(
        finding,
        what=f"The sandbox's new database lacks {lacking.said}: a migration makes it, and the "
        "application does not run its migrations when it starts. Whether your database has it "
        "was not seen.",
        evidence=f"{finding.evidence}; {made.where} makes it.",
        fix="See with `alembic current` whether your database is at the last migration, and run "
        "`alembic upgrade head` where it is not. The sandbox proves nothing else.",
        command="alembic current",
    )


def _pending(finding: Finding, lacking: Lacking, made: Made, known: Sequence[Revision]) -> Finding:
    name = next(each.name for each in known if each.file == _file(made))
    return replace(
        finding,
        what=f"The database lacks {lacking.said}: the migration `{name}` that makes it has not "
        "been run.",
        evidence=f"{finding.evidence}; {made.where} makes it.",
        fix="Run `alembic upgrade head` with the database URL of this application, and wherever "
        "it is deployed, before it starts.",
        command="alembic upgrade head",
    )


def _not_applied(finding: Finding, lacking: Lacking, made: Made) -> Finding:
    fix = (
        "`create table if not exists` adds nothing to a table that is there: add the column with "
        "`alter table`."
        if lacking.column
        else "Run it against the database that this application connects to."
    )
    return replace(
        finding,
        what=f"The database lacks {lacking.said}: what makes it has not been run there.",
        evidence=f"{finding.evidence}; {made.where} makes it.",
        fix=fix,
    )


def _no_migration(
    finding: Finding, lacking: Lacking, made: Made, ends: Sequence[Revision]
) -> Finding:
    return replace(
        finding,
        what=f"The database lacks {lacking.said}: a model has it, and no migration makes it.",
        evidence=f"{finding.evidence}; the model is {made.where}, and the last migration "
        f"{ends[-1].file if ends else 'none'}.",
        fix='Make it with `alembic revision --autogenerate -m "..."`, read what that writes, and '
        "run `alembic upgrade head`.",
    )
