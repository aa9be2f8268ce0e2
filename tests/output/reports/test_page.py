"""The page is whole, safe and needs nothing else."""

from __future__ import annotations

from html.parser import HTMLParser
from xml.etree import ElementTree

from chatkit_agent.output.documents import VerifyDocument
from chatkit_agent.output.reports.page import as_page, drawn


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
