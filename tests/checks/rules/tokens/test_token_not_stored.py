"""A token in a thread or in a hidden item is found; in the context of a request it is not."""

from __future__ import annotations

import pytest

from chatkit_agent.checks.rules.tokens.token_not_stored import token_not_stored
from tests.checks.rules.conftest import Findings, spelled

SERVER = """\
from chatkit.server import ChatKitServer
from chatkit.types import HiddenContextItem
class Server(ChatKitServer[dict]):
    async def respond(self, thread, item, context):
        {line}
        yield item
"""


@pytest.mark.parametrize(
    "line",
    [
        'thread.metadata = {"token": context.token}',
        'thread.metadata["access_token"] = access_token',
        "thread.metadata.update(token=context.token)",
        'item = HiddenContextItem(content=f"token {context.token}")',
    ],
)
def test_found(findings: Findings, line: str) -> None:
    (finding,) = findings(token_not_stored, {"app/server.py": SERVER.replace("{line}", line)})
    assert finding.where == "app/server.py:5"


@pytest.mark.parametrize(
    "line",
    [
        'thread.metadata = {"project": context.project}',
        'context = Context(metadata={"access_token": context.token})',
        'thread.metadata["signed_in"] = bool(context.token)',
    ],
)
def test_quiet(findings: Findings, line: str) -> None:
    assert not findings(token_not_stored, {"app/server.py": SERVER.replace("{line}", line)})


SPELLINGS: list[tuple[str, dict[str, str], bool]] = [
    ("straight", spelled('thread.metadata["access_token"] = context.access_token'), True),
    ("renamed thread", spelled('t = thread\n        t.metadata["x"] = context.access_token'), True),
    ("renamed token", spelled('v = context.access_token\n        thread.metadata["x"] = v'), True),
    ("update dict", spelled('thread.metadata.update({"x": context.access_token})'), True),
    (
        "metadata var",
        spelled('meta = thread.metadata\n        meta["x"] = context.access_token'),
        True,
    ),
    ("setdefault", spelled('thread.metadata.setdefault("x", context.access_token)'), True),
    ("merged", spelled('thread.metadata = {**thread.metadata, "x": context.access_token}'), True),
    ("ormerge", spelled('thread.metadata |= {"x": context.access_token}'), True),
    (
        "item positional alias",
        spelled(
            'x = Hidden(id="1", thread_id=thread.id, created_at=now, content=context.access_token)',
            imports="from chatkit.types import HiddenContextItem as Hidden",
        ),
        True,
    ),
    (
        "module",
        spelled(
            'x = types.HiddenContextItem(content=f"{context.access_token}")',
            imports="from chatkit import types",
        ),
        True,
    ),
    (
        "sdk hidden",
        spelled(
            "x = SDKHiddenContextItem(content=context.access_token)",
            imports="from chatkit.types import SDKHiddenContextItem",
        ),
        True,
    ),
    (
        "assistant message",
        spelled(
            'x = AssistantMessageItem(content=[AssistantMessageContent(text=f"{context.access_token}")])',
            imports="from chatkit.types import AssistantMessageItem, AssistantMessageContent",
        ),
        True,
    ),
    (
        "helper",
        spelled(
            "keep(thread, context.access_token)",
            more='def keep(thread, value):\n    thread.metadata["x"] = value',
        ),
        True,
    ),
    (
        "helper file",
        spelled(
            "keep(thread, context.access_token)",
            imports="from app.keeping import keep",
            **{
                "app/keeping.py": 'def keep(conversation, value):\n    conversation.metadata["x"] = value\n'
            },
        ),
        True,
    ),
    (
        "thread ctor",
        spelled(
            'x = ThreadMetadata(id="1", created_at=now, metadata={"t": context.access_token})',
            imports="from chatkit.types import ThreadMetadata",
        ),
        True,
    ),
    ("comment", spelled('pass  # thread.metadata["token"] = context.token'), False),
    ("bool", spelled('thread.metadata["x"] = bool(context.access_token)'), False),
    ("context metadata", spelled('context.metadata["x"] = context.access_token'), False),
    (
        "request metadata",
        spelled('call = Context(metadata={"access_token": context.token})'),
        False,
    ),
    ("usage tokens", spelled('thread.metadata["tokens"] = len(tokens)'), False),
    ("looked up", spelled('thread.metadata["user"] = (await find_user(context.token)).id'), False),
    (
        "own class",
        spelled(
            "x = HiddenContextItem(context.token)",
            top="class HiddenContextItem:\n    def __init__(self, token): pass",
        ),
        False,
    ),
]


@pytest.mark.parametrize(("name", "files", "is_found"), SPELLINGS, ids=[e[0] for e in SPELLINGS])
def test_spelled_otherwise(
    findings: Findings, name: str, files: dict[str, str], is_found: bool
) -> None:
    assert bool(findings(token_not_stored, files)) == is_found
