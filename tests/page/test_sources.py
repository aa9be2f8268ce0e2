"""The element's sources: typed, linted, small, and named as the official element's are."""

from __future__ import annotations

import gzip
import hashlib
import json
import re
import subprocess
from pathlib import Path

import pytest

HERE = Path(__file__).parent
PAGE = HERE.parents[1] / "src" / "chatkit_agent" / "reference" / "chatkit_page"
MOST_BYTES = 75_900
MOST_LINES = 400


def sources() -> list[Path]:
    """What is ours of the delivered files."""
    kinds = {".js", ".css", ".ts"}
    found = (path for path in PAGE.rglob("*") if path.suffix in kinds)
    return sorted(path for path in found if path.parent.name != "vendor")


def test_no_source_is_long() -> None:
    lengths = {path.name: len(path.read_text().splitlines()) for path in sources()}
    assert {name: length for name, length in lengths.items() if length > MOST_LINES} == {}


def test_each_script_says_its_idea_first() -> None:
    for path in sources():
        assert path.read_text().startswith("/*"), path


def test_the_vendored_libraries_are_what_they_say() -> None:
    vendored = json.loads((PAGE / "vendor" / "vendored.json").read_text())
    files = {path.name for path in (PAGE / "vendor").glob("*.js")}
    assert {one["file"] for one in vendored} == files
    licences = (PAGE / "LICENSES.txt").read_text()
    for one in vendored:
        digest = hashlib.sha256((PAGE / "vendor" / one["file"]).read_bytes()).hexdigest()
        assert digest == one["sha256"], one["file"]
        assert re.fullmatch(r"\d+\.\d+\.\d+", one["version"])
        for name in one["includes"]:
            assert f"== {name}," in licences


def test_the_whole_element_is_small() -> None:
    """Every file that a browser may load, each compressed by itself as a server sends it."""
    files = [path for path in PAGE.rglob("*") if path.suffix in {".js", ".css"}]
    files = [path for path in files if path.stem != "page"]  # the page around it
    locales = sorted((PAGE / "locales").glob("*.js"), key=lambda path: path.stat().st_size)
    loaded = [path for path in files if path not in locales[:-1]]
    assert sum(len(gzip.compress(path.read_bytes(), 9)) for path in loaded) <= MOST_BYTES


def modules_of(module: Path, known: set[Path]) -> set[Path]:
    """A module and all that it imports at once."""
    if module not in known:
        known.add(module)
        for name in re.findall(r'^(?:im|ex)port [^;]*?from "(\.[^"]+)";', module.read_text(), re.M):
            modules_of((module.parent / name).resolve(), known)
    return known


def test_the_page_asks_at_once_for_what_the_element_begins_with() -> None:
    """Else a browser would find out one import after the other, a round trip each.

    Markdown is not drawn with at first, but loaded at once.
    """
    text = (PAGE / "page.html").read_text()
    asked = re.findall(r'<link rel="(?:module)?preload"[^>]* href="chat/static/([^"]+)">', text)
    element = PAGE / "chatkit-panel.js"
    sheets = re.findall(r'"(\w+)"', re.findall(r"const STYLES = (\[.*\]);", element.read_text())[0])
    known = modules_of(element, set()) | modules_of(PAGE / "markdown.js", set())
    modules = {str(path.relative_to(PAGE)) for path in known}
    assert set(asked) == modules | {f"styles/{name}.css" for name in sheets}


def test_every_language_says_everything() -> None:
    english = set(re.findall(r"^  (\w+):", (PAGE / "words.js").read_text(), re.MULTILINE))
    for path in (PAGE / "locales").glob("*.js"):
        said = set(re.findall(r"^  (\w+):", path.read_text(), re.MULTILINE))
        assert said == english, path.name


@pytest.mark.parametrize("script", ["check", "lint"])
def test_the_sources_hold_to_their_rules(npm_packages: Path, script: str) -> None:
    """`check`: strict types, compared with the official element's; `lint`: ESLint."""
    done = subprocess.run(
        ["npm", "run", "--silent", script], cwd=HERE, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
