"""Reports escape whatever they are given, and have the shape that their readers expect."""

from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import pytest

from chatkit_agent.errors import BadOption
from chatkit_agent.output.documents import CheckPart, FindingPart, SpanPart, VerifyDocument
from chatkit_agent.output.reports import check_report, write_reports
from chatkit_agent.output.reports.junit import as_junit
from chatkit_agent.output.reports.markdown import as_markdown
from chatkit_agent.output.reports.page import as_page, drawn

HOSTILE = "<script>alert(1)</script> & \"'| `a<b` *not bold* \x00\x1b[31m \ud800"

OUTCOMES = {"error": "failed", "inconclusive": "inconclusive"}


def check(name: str, *severities: str, text: str = "it broke") -> CheckPart:
    findings = tuple(
        FindingPart(what=text, where=text, evidence=text, fix=text, severity=each, edit=None)
        for each in severities
    )
    ok = all(each == "info" for each in severities)
    outcome = next((OUTCOMES[each] for each in OUTCOMES if each in severities), "passed")
    title = f"Title of {name}"
    return CheckPart(
        code="CK501", name=name, title=title, ok=ok, outcome=outcome, findings=findings
    )


@pytest.fixture
def document() -> VerifyDocument:
    return VerifyDocument(
        ok=False,
        outcome="failed",
        checks=(
            check("streams"),
            check("boots", "error", text=HOSTILE),
            check("isolated", "warning"),
            check("restart", "inconclusive"),
            check("health", "info"),
        ),
        notes=(f"Ran on {HOSTILE}",),
        timeline=(
            SpanPart(lane="browser", what="first event", begin=0.1, end=0.1),
            SpanPart(lane="browser", what="the answer", begin=0.2, end=1.0),
            SpanPart(lane="model", what="a request", begin=0.15, end=0.9),
            SpanPart(lane="tools", what=HOSTILE, begin=0.3, end=0.9),
        ),
    )


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.seen: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attributes)))
        if tag not in ("meta", "link"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_startendtag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attributes)))


def test_the_page_is_whole_safe_and_needs_nothing(document: VerifyDocument) -> None:
    page = as_page(document)
    tags = Tags()
    tags.feed(page)
    assert tags.open == []
    assert "script" not in {tag for tag, _ in tags.seen}
    assert not [1 for _, attributes in tags.seen if {"src", "href"} & attributes.keys()]
    assert "url(" not in page
    assert "@import" not in page
    for word in (
        "passed",
        "failed",
        "inconclusive",
        "warned",
        "not applicable",
        "1 of 4 checks passed",
    ):
        assert word in page


def test_the_drawing_is_xml_with_all_spans_inside(document: VerifyDocument) -> None:
    root = ElementTree.fromstring(drawn(document.timeline[:3]))
    width = float(root.attrib["viewBox"].split()[2])
    boxes = root.findall("rect")
    assert [box.attrib["class"] for box in boxes] == ["browser", "browser", "model"]
    assert all(float(box.attrib["x"]) + float(box.attrib["width"]) <= width for box in boxes)
    assert drawn(()) == ""


def test_markdown_keeps_its_table_and_shows_no_markup(document: VerifyDocument) -> None:
    text = as_markdown(document)
    assert "<script>" not in text
    rows = [line for line in text.splitlines() if line.startswith("| Title of")]
    assert [row.count("|") for row in rows] == [3, 3, 3, 3, 3]
    assert "**1 of 4 checks passed, 1 failed, 1 inconclusive, 1 with warnings.**" in text
    assert "| 0.20 to 1.00 | browser | the answer |" in text


def test_junit_has_the_shape_that_is_read(document: VerifyDocument) -> None:
    root = ElementTree.fromstring(as_junit(document).encode("utf-8", "replace"))
    (suite,) = root.findall("testsuite")
    assert root.tag == "testsuites"
    assert [suite.attrib[each] for each in ("tests", "failures", "errors", "skipped")] == [
        "5",
        "1",
        "1",
        "1",
    ]
    kinds = {case.attrib["name"]: [each.tag for each in case] for case in suite.iter("testcase")}
    assert kinds == {
        "streams": [],
        "boots": ["failure"],
        "isolated": ["system-out"],
        "restart": ["error"],
        "health": ["skipped"],
    }
    assert all(case.attrib["classname"] for case in suite.iter("testcase"))
    assert "alert(1)" in str(suite.find("testcase/failure").text)  # type: ignore[union-attr]


def test_nothing_seen_is_an_error_to_junit() -> None:
    root = ElementTree.fromstring(
        as_junit(VerifyDocument(ok=False, outcome="inconclusive", checks=(), notes=("No Python",)))
    )
    assert (root.attrib["failures"], root.attrib["errors"]) == ("0", "1")
    assert "No Python" in str(root.find("testsuite/testcase/error").text)  # type: ignore[union-attr]


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
