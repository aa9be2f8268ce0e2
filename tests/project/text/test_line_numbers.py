"""A place is told by the line that the owner of the file sees."""

from __future__ import annotations

import pytest

from chatkit_agent.project.text.line_numbers import in_own_lines

RUN = b"import chat\nimport os\n\napp = FastAPI()\napp.include_router(chat)\nos.environ['X']\n"
OWN = b"import os\n\napp = FastAPI()\nos.environ['X']\n"
FILES = {"app/main.py": (RUN, OWN)}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("failed (`app/main.py:6`): KeyError", "failed (`app/main.py:4`): KeyError"),
        (
            'File "/srv/app/main.py", line 6, in <module>',
            'File "/srv/app/main.py", line 4, in <module>',
        ),
        ("app/main.py:5", "app/main.py:3"),
        ("other/main.py:6", "other/main.py:6"),
        ("myapp/main.py:6", "myapp/main.py:6"),
        ("http://localhost:8000/x", "http://localhost:8000/x"),
        ("app/main.py:1", "app/main.py:1"),
    ],
)
def test_the_owners_line(text: str, expected: str) -> None:
    assert in_own_lines(text, FILES) == expected
