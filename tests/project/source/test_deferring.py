"""Calls that are made later, by the name of what they call."""

from __future__ import annotations

from pathlib import Path

import libcst as cst
import pytest

from chatkit_agent.project.source.deferring import deferred
from chatkit_agent.project.source.sources import Sources
from chatkit_agent.project.tree import Tree

IMPORTS = "from functools import partial as later\nimport functools\nfrom other import partial\n"


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("later(make, 1)", "make"),
        ("functools.partial(shop.make, debug=True)", "shop.make"),
        ("lambda: make(1)", "make"),
        ("lambda debug: make(debug)", None),
        ("lambda: 1", None),
        ("partial(make, 1)", None),
        ("later()", None),
        ("make(1)", None),
        ("make", None),
    ],
)
def test_what_is_called_later(tmp_path: Path, code: str, name: str | None) -> None:
    (tmp_path / "main.py").write_text(IMPORTS)
    sources = Sources(Tree(tmp_path))
    assert deferred(sources, "main.py", cst.parse_expression(code)) == name
