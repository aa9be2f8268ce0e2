"""The pages name what is there: tests, files, targets of `make`, and each other."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
README = ROOT / "README.md"
PAGES = [
    README,
    ROOT / "CONTRIBUTING.md",
    ROOT / "AGENTS.md",
    *sorted((ROOT / "docs").rglob("*.md")),
]
TARGETS = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
# What the map of the architecture calls by its folder.
HOMES = ("", "src/chatkit_agent/", "src/chatkit_agent/reference/", "tests/")


def promised() -> Iterator[str]:
    """The tests of the promises; a bare name stands in the folder of the one before it."""
    for row in re.findall(r"^\| .+ \| (`tests/.+`) \|$", README.read_text(), re.MULTILINE):
        folder = ""
        for name in re.findall(r"`([^`]+)`", row):
            folder = name.rpartition("/")[0] if "/" in name else folder
            yield name if "/" in name else f"{folder}/{name}"


def test_the_first_page_is_short() -> None:
    assert len(README.read_text().splitlines()) <= 150


def test_each_promise_has_its_test() -> None:
    found = list(promised())
    assert len(found) >= 9
    assert not [name for name in found if not (ROOT / name).exists()]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)#\s]+)[^)]*\)", page.read_text())
    gone = [each for each in links if ":" not in each and not (page.parent / each).exists()]
    assert not gone


def test_the_index_reaches_every_page() -> None:
    linked = set(re.findall(r"\(([\w.-]+\.md)", (ROOT / "docs" / "index.md").read_text()))
    pages = {each.name for each in (ROOT / "docs").glob("*.md")}
    assert pages - linked == {"index.md"}


def test_the_architecture_names_every_target() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text()
    named = set(re.findall(r"`(?:make )?([a-z-]+)(?: [A-Z]+=[^`]*)?`", text))
    assert named >= TARGETS


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_targets_are_in_the_makefile(page: Path) -> None:
    assert set(re.findall(r"`make ([a-z-]+)", page.read_text())) <= TARGETS


@pytest.mark.parametrize("name", ["architecture", "traps", "size", "benchmarks"])
def test_files_are_there(name: str) -> None:
    text = (ROOT / "docs" / f"{name}.md").read_text()
    paths = re.findall(r"`((?:bench|checks|edits|options|output|project|frontends)/[\w./]+)`", text)
    named = [each for each in paths if "NAME" not in each and "TOPIC" not in each]
    assert not [each for each in named if not any((ROOT / home / each).exists() for home in HOMES)]


def test_no_example_has_a_served_module_where_bundlers_look_for_it() -> None:
    """Vite and esbuild resolve a literal in `import()`, and stop: a variable is left alone."""
    places = [ROOT / "docs/frontend.md", ROOT / "src/chatkit_agent/guide/operations.py"]
    for text in (each.read_text() for each in places):
        assert "import(" in text
        assert re.findall(r"""import\([^)]*["'][^)]*\)""", text) == []
