"""The tables of sizes are what the files say, and what is the user's stays small."""

from __future__ import annotations

import re
import runpy
from pathlib import Path

from chatkit_agent.edits.deliver_backend import REFERENCE
from chatkit_agent.options.features import FEATURES

ROOT = Path(__file__).resolve().parent.parent
SIZE = runpy.run_path(str(ROOT / "bench/size.py"))
DOCUMENT = (ROOT / "docs/size.md").read_text()


def test_the_page_says_what_was_counted() -> None:
    assert SIZE["BEGIN"] + SIZE["tables"]() + SIZE["END"] in DOCUMENT, "run: make size WRITE=1"


def test_every_file_says_in_its_first_line_what_it_is_for() -> None:
    assert all(SIZE["purpose"](path) for path in SIZE["delivered"]())


def test_what_is_yours_stands_alone() -> None:
    services = {f"services/{path.name}" for path in (REFERENCE / "services").glob("*.py")}
    assert services - set(SIZE["YOURS"]) == {"services/__init__.py"} | {
        path for path in SIZE["OPTIONAL"] if path.startswith("services/")
    }


def test_features_are_known() -> None:
    table = DOCUMENT.partition("| `--with` |")[2].partition("## ")[0]
    named = set(re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE))
    assert named == {feature.name for feature in FEATURES}
