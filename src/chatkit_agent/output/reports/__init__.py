"""Reports: the document of `verify` as a file for people, or for continuous integration."""

from __future__ import annotations

from pathlib import Path

from chatkit_agent.errors import BadOption
from chatkit_agent.output.documents import VerifyDocument
from chatkit_agent.output.reports.annotations import as_github, as_sarif
from chatkit_agent.output.reports.junit import as_junit
from chatkit_agent.output.reports.markdown import as_markdown
from chatkit_agent.output.reports.page import as_page

__all__ = ["as_github", "as_sarif", "check_report", "write_reports"]

WRITERS = {".md": as_markdown, ".html": as_page}


def check_report(path: Path | None) -> None:
    """Raises BadOption where the suffix is of no report, before anything is booted."""
    if path is not None and path.suffix.lower() not in WRITERS:
        raise BadOption(f"--report {path}: end the name with {' or '.join(WRITERS)}.")


def write_reports(document: VerifyDocument, report: Path | None, junit: Path | None) -> None:
    """Raises BadOption where a file cannot be written."""
    if report is not None:
        _write(report, WRITERS[report.suffix.lower()](document))
    if junit is not None:
        _write(junit, as_junit(document))


def _write(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", errors="replace")
    except OSError as error:
        raise BadOption(f"`{path}` cannot be written: {error.strerror}.") from error
