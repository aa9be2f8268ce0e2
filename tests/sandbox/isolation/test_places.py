"""An address that a library's thread asked for is told with the line that names it."""

from __future__ import annotations

from pathlib import Path

import pytest

from chatkit_agent.sandbox.isolation import Attempt
from chatkit_agent.sandbox.isolation.places import with_places


@pytest.mark.parametrize(
    ("target", "by", "wanted"),
    [
        ("db.internal", "python", "python (named in app/db.py:2)"),
        ("10.0.0.7:5432", "python", "python (named in hosts.yaml:1)"),
        ("db.internal", "main.py:9", "main.py:9"),
        ("other.internal", "python", "python"),
        ("127.0.0.1:5432", "python", "python"),
        ("/srv/file", "python", "python"),
    ],
)
def test_the_line_that_names_it(target: str, by: str, wanted: str, tmp_path: Path) -> None:
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "db.py").write_text('OLD = "old-db.internal"\nHOST = "db.internal"\n')
    (tmp_path / "hosts.yaml").write_text("- 10.0.0.7\n- 127.0.0.1\n")
    (found,) = with_places([Attempt("connect", target, by)], tmp_path)
    assert found.by == wanted
