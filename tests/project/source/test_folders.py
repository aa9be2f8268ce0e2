"""Side files are told from the application by the names of folders and files alone."""

from __future__ import annotations

import pytest

from chatkit_agent.project.source.folders import is_side_file


@pytest.mark.parametrize(
    ("path", "is_aside"),
    [
        ("tests/app.py", True),
        ("backend/Tests/unit/app.py", True),
        ("docs_src/main.py", True),
        ("app/migrations/0001.py", True),
        ("test_app.py", True),
        ("app/chat_test.py", True),
        ("conftest.py", True),
        ("app/contest.py", False),
        ("app/attest/main.py", False),
        ("app/latest.py", False),
        ("main.py", False),
    ],
)
def test_is_side_file(path: str, is_aside: bool) -> None:
    assert is_side_file(path) is is_aside
