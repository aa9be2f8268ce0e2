"""Reports are files of the kind that their name says."""

from __future__ import annotations

from pathlib import Path

import pytest

from chatkit_agent.errors import BadOption
from chatkit_agent.output.documents import VerifyDocument
from chatkit_agent.output.reports import check_report, write_reports


def test_files_are_written_by_their_suffix(document: VerifyDocument, tmp_path: Path) -> None:
    for name, begins in (("a.md", "# Checks"), ("deep/a.HTML", "<!doctype html>")):
        write_reports(document, tmp_path / name, tmp_path / "junit.xml")
        assert (tmp_path / name).read_text().startswith(begins)
    assert (tmp_path / "junit.xml").read_text().startswith("<?xml")


def test_another_suffix_and_a_folder_are_refused(document: VerifyDocument, tmp_path: Path) -> None:
    with pytest.raises(BadOption, match=r"\.md or \.html"):
        check_report(tmp_path / "report.pdf")
    (tmp_path / "report.md").mkdir()
    with pytest.raises(BadOption, match="cannot be written"):
        write_reports(document, tmp_path / "report.md", None)
