"""The traps in another way of writing: SQLAlchemy, helpers, routers and settings as dataclasses."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from chatkit_agent.checks.rules import CHECKS
from chatkit_agent.evidence.static.gathering import Looking, observe

MAPPED = Path(__file__).parent / "mapped"
FOUND = {
    "caller_verified": "app/api/deps.py",
    "tool_calls_not_repeated": "app/chat/agent.py",
    "threads_of_their_users": "app/chat/store.py",
    "tools_given_time": "app/chat/agent.py",
    "partial_answer_kept": "app/chat/server.py",
    "chat_works_without_tools": "app/chat/server.py",
    "failures_are_no_messages": "app/chat/server.py",
    "one_turn_at_a_time": "app/chat/store.py",
    "newest_items_given": "app/chat/server.py",
    "tool_results_remembered": "app/chat/agent.py",
    "items_go_with_thread": "app/core/models.py",
    "tables_made_once": "app/main.py",
    "text_storable": "app/core/models.py",
    "items_ordered_by_sequence": "app/chat/store.py",
    "ids_long_enough": "app/chat/store.py",
    "completion_ids_replaced": "app/chat/agent.py",
    "rows_of_their_users": "app/chat/store.py",
    "bad_requests_refused": "app/api/chat.py",
    "stream_begins_with_event": "app/api/streaming.py",
    "session_given_back": "app/core/db.py",
    "errors_kept_inside": "app/api/chat.py",
    "instructions_of_ours": "app/chat/agent.py",
    "tool_logs_quiet": "app/main.py",
    "invented_tools_survived": "app/chat/server.py",
    "tracing_chosen": "app/chat/server.py",
    "body_limited": "app/api/chat.py",
    "times_have_zone": "app/core/models.py",
    "tls_context_shared": "app/chat/agent.py",
    "claims_not_from_client": "app/chat/agent.py",
    "items_of_their_turn": "app/chat/server.py",
}


@pytest.fixture
def mapped(tmp_path: Path) -> Callable[..., dict[str, str]]:
    """Which checks find something in the sample, with a text of it changed, and in which file."""

    def look(file: str = "", old: str = "", new: str = "") -> dict[str, str]:
        copy = Path(shutil.copytree(MAPPED, tmp_path / "mapped"))
        if file:
            text = (copy / file).read_text()
            assert old in text
            (copy / file).write_text(text.replace(old, new))
        seen = observe(copy, Looking())
        each = ((check, finding) for check in CHECKS for finding in check.over(seen))
        return {check.name: finding.where.partition(":")[0] for check, finding in each}

    return look


def test_found(mapped: Callable[..., dict[str, str]]) -> None:
    assert mapped() == FOUND


LOCK = 'await conn.execute(text("select pg_advisory_xact_lock(1)")); await conn.run_sync('
FOR_UPDATE = "select(ThreadRow).with_for_update()"
KEY = 'ForeignKey("chat_threads.id")'
IDS = "class SqlStore(Store[dict]):\n    def generate_thread_id(self, *_): return uuid4().hex\n"
IDS += "    generate_item_id = generate_thread_id\n"


@pytest.mark.parametrize(
    ("check", "file", "old", "new"),
    [
        (
            "one_turn_at_a_time",
            "app/chat/store.py",
            "select(ThreadRow)",
            "select().with_for_update()",
        ),
        (
            "items_go_with_thread",
            "app/core/models.py",
            "index=True",
            KEY,
        ),
        ("tables_made_once", "app/main.py", "await conn.run_sync(", LOCK),
        ("text_storable", "app/core/models.py", "JSONB", "JSON"),
        ("items_ordered_by_sequence", "app/chat/store.py", ".created_at", ".position"),
        ("ids_long_enough", "app/chat/store.py", "class SqlStore(Store[dict]):\n", IDS),
        ("stream_begins_with_event", "app/api/streaming.py", "Response(result,", "Response(begun,"),
        ("tls_context_shared", "app/chat/agent.py", "timeout=30", "httpx_client_factory=shared"),
        ("instructions_of_ours", "app/chat/agent.py", "            history,\n", ""),
        ("caller_verified", "app/api/deps.py", 'x_user_id or "anonymous"', "verified(x_user_id)"),
    ],
    ids=str,
)
def test_quiet(
    mapped: Callable[..., dict[str, str]], check: str, file: str, old: str, new: str
) -> None:
    assert check not in mapped(file, old, new)
