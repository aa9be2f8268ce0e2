"""What is laid out holds at any width: no letter per line, and nothing is lost."""

from __future__ import annotations

import io

import pytest
from rich.console import Console, Group, RenderableType
from rich.text import Text

from chatkit_agent.output.terminal.files import by_folder, new_files
from chatkit_agent.output.terminal.layout import grid, table

LONG = "A_VERY_LONG_NAME_OF_AN_APPLICATION_CHATKIT_ATTACHMENTS_MAX_BYTES"
SAID = "What it is for, in a sentence that is longer than a narrow terminal is wide"


def shown(part: RenderableType, width: int) -> str:
    output = io.StringIO()
    Console(file=output, width=width).print(part, crop=False)
    return output.getvalue()


@pytest.mark.parametrize("width", [20, 40, 60, 80, 120])
@pytest.mark.parametrize("label", ["where", "set  " + LONG[:24], LONG])
def test_a_value_has_room(label: str, width: int) -> None:
    rows = grid()
    rows.add_row(Text(label), Text(SAID))
    text = shown(rows, width)
    assert " ".join(text.split()).replace(" ", "") == (label + SAID).replace(" ", "")
    widest = max(len(line.strip()) for line in text.splitlines())
    assert widest > min(width, 60) * 0.35
    assert len(text.splitlines()) <= 2 + len(label + SAID) / (width * 0.3)


def test_beside_where_there_is_room_and_below_where_not() -> None:
    wide, narrow = (shown(table([("users", SAID)]), width) for width in (120, 30))
    assert wide.splitlines()[0].startswith("  users  What it is for")
    assert shown(table([(LONG, SAID)]), 80).splitlines()[0].strip() == LONG
    assert "users  What" in narrow


def test_machinery_is_one_line_and_yours_are_listed() -> None:
    files: list[tuple[str, int | None]] = [
        ("CHATKIT.md", 200),
        ("app/services/chat_agent.py", 90),
        ("app/chatkit_store/config.py", 30),
        ("app/chatkit_store/pool.py", 100),
        *((f"app/chatkit_page/views/{number}.js", 1000) for number in range(60)),
    ]
    lines = shown(Group(*new_files(files)), 120).splitlines()
    assert len(lines) == 5
    assert "app/chatkit_page/   60 files, 60,000 lines: the page" in lines[-1]
    assert "  new   app/chatkit_store/config.py" in lines
    unknown = shown(Group(*new_files((path, None) for path, _ in files)), 120)
    assert "60 files: the page" in unknown


def test_what_goes_is_told_by_folder() -> None:
    page = ["app/chatkit_page/a.js", "app/chatkit_page/b.js"]
    paths = ["CHATKIT.md", *page, "app/chatkit_store/x.py"]
    assert list(by_folder(paths)) == [
        "CHATKIT.md",
        "app/chatkit_page/ (2 files)",
        "app/chatkit_store/x.py",
    ]
