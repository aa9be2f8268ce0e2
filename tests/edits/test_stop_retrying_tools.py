"""Every attempt that is more than one goes, and nothing else changes."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from chatkit_agent.edits.stop_retrying_tools import stop_retrying_tools

CHAT = """\
from agents.mcp import MCPServerStreamableHttp
from chatkit.server import ChatKitServer


def open_tools(url):
    return MCPServerStreamableHttp(
        params={"url": url},  # ours
        max_retry_attempts={value},
    )


tools = open_tools(1)
"""


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("value", ["3", "-1", "RETRIES"])
def test_transformed(fixed: Callable[..., dict[str, str]], value: str, newline: str) -> None:
    chat = CHAT.replace("{value}", value)
    changed = fixed(stop_retrying_tools, {"chat.py": chat}, newline)
    assert changed == {"chat.py": CHAT.replace("{value}", "0").replace("\n", newline)}


@pytest.mark.parametrize(
    "chat",
    [CHAT.replace("{value}", "0"), CHAT.replace("        max_retry_attempts={value},\n", "")],
)
def test_noop(fixed: Callable[..., dict[str, str]], chat: str) -> None:
    assert fixed(stop_retrying_tools, {"chat.py": chat}) == {}
