"""New files: yours one by one, machinery by its folder, and none left out."""

from __future__ import annotations

from io import StringIO

import pytest
from rich.console import Console

from chatkit_agent.output.terminal.files import by_folder, is_machinery, new_files


@pytest.mark.parametrize(
    ("path", "is_it"),
    [
        ("app/chatkit_runtime/turn.py", True),
        ("app/chatkit_runtime/deep/turn.py", True),
        ("chatkit_store/queries.sql", True),
        ("app/chatkit_store/config.py", False),
        ("app/chatkit_store/context.py", False),
        ("app/services/chat_agent.py", False),
        ("app/chatkit_runtime", False),
        ("app/chatkit_runtime_too/turn.py", False),
        ("chatkit_runtime.py", False),
    ],
)
def test_whose_a_file_is(path: str, is_it: bool) -> None:
    assert is_machinery(path) is is_it


def test_a_folder_is_named_once_where_its_first_file_would_be() -> None:
    paths = [
        "app/chatkit_runtime/a.py",
        "app/main.py",
        "app/chatkit_runtime/b.py",
        "chatkit_page/x",
    ]
    assert list(by_folder(paths)) == [
        "app/chatkit_runtime/ (2 files)",
        "app/main.py",
        "chatkit_page/x",
    ]


def test_lines_are_summed_where_they_are_known() -> None:
    out = StringIO()
    console = Console(file=out, width=100)
    files = [("app/chatkit_runtime/a.py", 1200), ("app/chatkit_runtime/b.py", None)]
    for each in new_files(
        [*files, ("app/chatkit_store/config.py", 10), ("x/chatkit_page/p", None)]
    ):
        console.print(each)
    shown = out.getvalue()
    assert "2 files, 1,200 lines: machinery" in shown
    assert "1 file: the page" in shown
    assert "new   app/chatkit_store/config.py" in shown
