"""Functions that may give None."""

from __future__ import annotations

import pytest

from chatkit_agent.project.source.endings import none_given
from tests.project.source.conftest import Project

HEAD = """\
KEPT = {}
def find(key):
    return KEPT.get(key)
def sure(key):
    return KEPT[key]
def run(key, row, db):
"""


@pytest.mark.parametrize(
    ("body", "is_none"),
    [
        ("return None", True),
        ("return", True),
        ("if row:\n        return row", True),
        ("for each in row:\n        return each", True),
        ("return row if row else None", True),
        ("return KEPT.get(key)", True),
        ("found = KEPT.get(key)\n    return found", True),
        ("return find(key)", True),
        ("if row is None:\n        return None\n    return row", True),
        ("try:\n        return row\n    except KeyError:\n        pass", True),
        ("return row", False),
        ("raise KeyError", False),
        ("return sure(key)", False),
        ("return KEPT.get(key, row)", False),
        ("return db.get(key)", False),
        (
            "row = KEPT.get(key)\n    if row is None:\n        raise KeyError\n    return row",
            False,
        ),
        ("if row:\n        return row\n    raise KeyError", False),
        ("if row:\n        return row\n    else:\n        raise KeyError", False),
        ("with db:\n        return row", False),
        ("try:\n        return row\n    except KeyError:\n        raise ValueError", False),
        ("def inner():\n        return None\n    return inner()  # None", True),
        ("def inner():\n        return None\n    return map(inner, row)", False),
        ("while True:\n        row = db.next()", False),
    ],
)
def test_none(project: Project, body: str, is_none: bool) -> None:
    code = project({"main.py": f"{HEAD}    {body}\n"})
    function = next(each for each in code.functions if each.name == "run")
    assert (none_given(code, function) is not None) is is_none
