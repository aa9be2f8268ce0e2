"""Where the machinery is a package, what is the user's imports it from there."""

from __future__ import annotations

import pytest

from chatkit_agent.options.runtime_package import documented, imported_from_package, without_runtime


@pytest.mark.parametrize(
    ("path", "line", "expected"),
    [
        (
            "services/chat_agent.py",
            "from ..chatkit_runtime.mcp import UserMCPServer\n",
            "from chatkit_agent_runtime.chatkit_runtime.mcp import UserMCPServer\n",
        ),
        (
            "services/chatkit_server.py",
            "from ..chatkit_store import PostgresStore\n",
            "from chatkit_agent_runtime.chatkit_store import PostgresStore\n",
        ),
        (
            "services/retention.py",
            "from ..chatkit_store.retention import main\n",
            "from chatkit_agent_runtime.chatkit_store.retention import main\n",
        ),
        (
            "chatkit_store/context.py",
            "from .caller import Caller\n",
            "from chatkit_agent_runtime.chatkit_store.caller import Caller\n",
        ),
        (
            "CHATKIT.md",
            "+from ..chatkit_runtime.asking import ask_person\n",
            "+from chatkit_agent_runtime.chatkit_runtime.asking import ask_person\n",
        ),
        *(
            (path, line, line)
            for path, line in (
                ("services/chat_agent.py", "from ..chatkit_store.config import APP_NAME\n"),
                ("services/chat_agent.py", "from ..chatkit_store.context import RequestContext\n"),
                ("services/chat_agent.py", "from .chat_settings import ChatSettings\n"),
                ("services/chat_agent.py", "from agents import Agent\n"),
            )
        ),
    ],
)
def test_what_is_not_here_is_imported_from_the_package(path: str, line: str, expected: str) -> None:
    assert imported_from_package(line, path) == expected


def test_only_what_is_yours_is_left_to_deliver() -> None:
    files = {
        "chatkit_runtime/turn.py": b"",
        "chatkit_store/postgres_store.py": b"",
        "chatkit_store/config.py": b"from .settings import StoreSettings\n",
        "chatkit_page/page.js": b"export {};\n",
        "chatkit_page/views/panel.js": b"export {};\n",
        "services/chat_agent.py": b"from ..chatkit_runtime.mcp import UserMCPServer\n",
    }
    left = without_runtime(files)
    assert set(left) == {
        "chatkit_store/__init__.py",
        "chatkit_store/config.py",
        "chatkit_page/page.js",
        "services/chat_agent.py",
    }
    assert b"chatkit_agent_runtime.chatkit_store.settings" in left["chatkit_store/config.py"]


def test_the_guide_names_the_package_for_what_is_in_it() -> None:
    text = (
        "`app/chatkit_runtime/` and `app/chatkit_store/schema.sql`, `app/chatkit_store/config.py`"
    )
    told = documented(text, "app/")
    assert "`chatkit_agent_runtime/chatkit_runtime/`" in told
    assert "`chatkit_agent_runtime/chatkit_store/schema.sql`" in told
    assert "`app/chatkit_store/config.py`" in told
