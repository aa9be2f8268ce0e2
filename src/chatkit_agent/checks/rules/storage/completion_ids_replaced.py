"""Answers of Chat Completions models get ids of their own."""

from __future__ import annotations

import re
from collections.abc import Iterator

import libcst as cst

from chatkit_agent.checks.check import SOURCE, check
from chatkit_agent.checks.finding import Finding
from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.anatomy import Anatomy

MODELS = ("OpenAIChatCompletionsModel", "LitellmModel", "AnyLLMModel")
# By the constant, or by setting the ids of what streams.
REPLACING = re.compile(
    r"__fake_id__|FAKE_\w*ID|\bitem\.id = |item_id = |update=\{\"(?:item_)?id\"|new_id"
)


@check(
    "CK409",
    "Answers of Chat Completions models get ids of their own",
    needs=SOURCE,
    severity="warning",
    symptoms=("mixed_up", "stream_error", "forgets"),
)
def completion_ids_replaced(chat: Anatomy) -> Iterator[Finding]:
    """Answers of Chat Completions models get ids of their own: with them the SDK gives every
    item the id `__fake_id__`, and answers overwrite each other.
    """
    if not chat.responders or REPLACING.search(chat.texts):
        return
    calls = [
        *chat.code.calls_of("agents", *MODELS),
        *(c for c in chat.code.calls_of("agents", "set_default_openai_api") if _is_chat(c.node)),
    ]
    streams = any(call.method == "stream_agent_response" for call in chat.code.calls)
    for call in calls[:1] if streams else ():
        yield Finding(
            what="From the second answer on, answers overwrite each other or fail to be stored: "
            "with Chat Completions the SDK gives every item the same id.",
            where=chat.code.where(call.scope, call.node),
            evidence=f"`{call.method}` is used, and nothing replaces `__fake_id__`.",
            fix="Give each item an id of the store, the same in its added, updated and done "
            "events, and put the thread into the primary key.",
            cause="fake ids",
        )


def _is_chat(node: cst.Call) -> bool:
    return "chat_completions" in syntax.code(node)
