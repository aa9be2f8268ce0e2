"""Added code: what was put in is taken out wherever it stands by now, and nothing else is."""

from __future__ import annotations

import pytest

from chatkit_agent.project.text.added_code import take_out

BEFORE = "import os\n\napp = make()\n"
AFTER = "import os\nfrom chat import add_chat\n\napp = make()\nadd_chat(app)\n"

TAKEN = [
    (AFTER, BEFORE),
    (AFTER + "more = 1\n", BEFORE + "more = 1\n"),
    (
        "from chat import add_chat\nimport os\n\napp = make()\nadd_chat(app)\n",
        BEFORE,
    ),
    (
        "from chat import add_chat\n\nimport os\n\napp = make()\nadd_chat(\n    app,\n)\n",
        "\nimport os\n\napp = make()\n",
    ),
    (
        "import os\nfrom chat import add_chat, other\n\napp = make()\nadd_chat(app)\n",
        "import os\nfrom chat import other\n\napp = make()\n",
    ),
    (
        "import os\nfrom chat import (\n    add_chat,\n    other,\n)\n\n"
        "app = make()\nadd_chat(app)\n",
        "import os\nfrom chat import (\n    other,\n)\n\napp = make()\n",
    ),
]


@pytest.mark.parametrize(("now", "left"), TAKEN)
def test_what_was_added_goes_and_the_rest_stays(now: str, left: str) -> None:
    found = take_out("main.py", AFTER.encode(), now.encode(), BEFORE.encode(), None)
    assert not found.overlaps
    assert [line for line in found.content.decode().splitlines() if line] == [
        line for line in left.splitlines() if line
    ]


def test_what_they_had_themselves_stays() -> None:
    """The same call stood there before: one of two goes."""
    before, after = "run()\na = 1\n", "run()\na = 1\nrun()\n"
    found = take_out("main.py", after.encode(), after.encode(), before.encode(), None)
    assert found.content.decode() == before


@pytest.mark.parametrize(
    ("before", "after", "now", "left"),
    [
        ("b\na\n", "b\na\nours\n", "a\nb\nours\n", "a\nb\n"),
        ("b\nz\n", "b\nz\nours\n", "b\nours\nz\n", "b\nz\n"),
        ("b\n", "b\nours\n", "b\n", "b\n"),
        ("b\n", "b\nours\n", "b\nours\nmore\n", "b\nmore\n"),
    ],
)
def test_lines_of_another_file_are_found_where_they_were_moved(
    before: str, after: str, now: str, left: str
) -> None:
    found = take_out("requirements.txt", after.encode(), now.encode(), before.encode(), None)
    assert (found.content.decode(), bool(found.overlaps)) == (left, False)
