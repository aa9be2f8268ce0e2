"""One line below the one that sets the level, and nothing where that is done already."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from chatkit_agent.edits.quiet_tool_logs import LINE, quiet_tool_logs
from chatkit_agent.errors import CannotEdit

CHAT = """\
import logging
from chatkit.server import ChatKitServer


def set_up():
    logging.basicConfig(
        level=logging.DEBUG,
    )
{line}    start()
"""


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_transformed(fixed: Callable[..., dict[str, str]], newline: str) -> None:
    changed = fixed(quiet_tool_logs, {"chat.py": CHAT.format(line="")}, newline)
    assert changed == {"chat.py": CHAT.format(line=f"    {LINE}\n").replace("\n", newline)}


@pytest.mark.parametrize(
    "chat", [CHAT.format(line=f"    {LINE}\n"), "import chatkit\nimport logging\n"]
)
def test_noop(fixed: Callable[..., dict[str, str]], chat: str) -> None:
    assert fixed(quiet_tool_logs, {"chat.py": chat}) == {}


def test_blocked(fixed: Callable[..., dict[str, str]]) -> None:
    chat = CHAT.format(line="").replace("logging.basicConfig", "log.basicConfig")
    with pytest.raises(CannotEdit) as caught:
        fixed(quiet_tool_logs, {"chat.py": chat})
    assert caught.value.snippet == LINE
