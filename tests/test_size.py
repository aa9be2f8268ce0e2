"""The table of sizes names every file of the core, and its numbers are about right."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from chatkit_agent.edits.deliver_backend import REFERENCE
from chatkit_agent.options.features import FEATURES, MODULES

DOCUMENT = (Path(__file__).resolve().parent.parent / "docs/size.md").read_text()
CHOSEN = DOCUMENT.partition("With it arrives")[2]
ROWS = dict(re.findall(r"^\| `([\w/.]+)` \| (\d+) \|", DOCUMENT, re.MULTILINE))
OPTIONAL = {file for extra in FEATURES for file in extra.files}
BESIDE = {"main.py", "sign_in.py"}
ALL = BESIDE | {
    path
    for package in ("chatkit_store", "services")
    for file in (REFERENCE / package).iterdir()
    if file.suffix in {".py", ".sql"} and (path := f"{package}/{file.name}") not in OPTIONAL
}


def test_every_file_is_named() -> None:
    assert set(ROWS) == ALL


def test_what_only_some_get_is_not_counted_as_core() -> None:
    chosen = set(re.findall(r"^\| `([\w/.]+)` \| \d+ \|", CHOSEN, re.MULTILINE))
    by_choice = {file for extra in MODULES for file in extra.files} - OPTIONAL
    assert chosen == by_choice | BESIDE | {"services/current_user.py"}
    stated = int(
        re.findall(r"the core that everybody gets\s+has ([\d,]+)", DOCUMENT)[0].replace(",", "")
    )
    counted = sum(len((REFERENCE / path).read_text().splitlines()) for path in ALL - chosen)
    assert abs(counted - stated) < 30, f"the core has {counted} lines"


@pytest.mark.parametrize("path", sorted(ROWS))
def test_a_number_is_about_right(path: str) -> None:
    lines = len((REFERENCE / path).read_text().splitlines())
    assert abs(lines - int(ROWS[path])) <= max(25, lines / 5), f"{path} has {lines} lines"


def test_optional_modules_are_known() -> None:
    table = DOCUMENT.partition("| `--with` |")[2].partition("## ")[0]
    named = set(re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE))
    assert named == {extra.name for extra in FEATURES}
