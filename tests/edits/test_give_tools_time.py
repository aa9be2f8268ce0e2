"""A minute is given where the SDK's five seconds would count, in the call's own style."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from chatkit_agent.edits.give_tools_time import give_tools_time

CHAT = """\
from agents.mcp import MCPServerStreamableHttp, MCPServerStdio
from chatkit.server import ChatKitServer

one = MCPServerStreamableHttp(params=P{more})
two = MCPServerStreamableHttp(
    params={{"url": U}},{also}
)
"""
NOW = "\n    client_session_timeout_seconds=60,"


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_transformed(fixed: Callable[..., dict[str, str]], newline: str) -> None:
    before = CHAT.format(more="", also="")
    after = CHAT.format(more=", client_session_timeout_seconds=60", also=NOW)
    changed = fixed(give_tools_time, {"chat.py": before}, newline)
    assert changed == {"chat.py": after.replace("\n", newline)}


def test_noop(fixed: Callable[..., dict[str, str]]) -> None:
    chat = CHAT.format(more=", client_session_timeout_seconds=9", also="\n    **OPTIONS,")
    assert fixed(give_tools_time, {"chat.py": chat}) == {}
