"""Answers of Chat Completions models get ids of their own."""

from __future__ import annotations

from collections.abc import Iterator

from chatkit_agent.checks.check import SOURCE, Finding, check
from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.anatomy import Anatomy
from chatkit_agent.project.source.code import Call
from chatkit_agent.project.source.meaning import entries_of, names_meant, says, truth_of
from chatkit_agent.project.source.scope import Scope

MODELS = ("OpenAIChatCompletionsModel", "LitellmModel", "AnyLLMModel")
PREFIXES = ("litellm/", "any-llm/")
RESPONSES_OFF = ("use_responses", "openai_use_responses")
IDS = ("id", "item_id")
FAKE, NAMED = "__fake_id__", "FAKE_RESPONSES_ID"


@check("CK409", needs=SOURCE, severity="warning", symptoms=("mixed_up", "stream_error", "forgets"))
def completion_ids_replaced(chat: Anatomy) -> Iterator[Finding]:
    """With them the SDK gives every item the id `__fake_id__`, and answers overwrite each other."""
    streams = any(call.method == "stream_agent_response" for call in chat.code.calls)
    if not chat.responders or not streams or _is_replaced(chat):
        return
    for call in [each for each in chat.code.calls if _completes(each)][:1]:
        yield Finding(
            what="From the second answer on, answers overwrite each other or fail to be stored: "
            "with Chat Completions the SDK gives every item the same id.",
            where=call.where,
            evidence=f"`{call.method}` is used, and nothing replaces `__fake_id__`.",
            fix="Give each item an id of the store, the same in its added, updated and done "
            "events, and put the thread into the primary key.",
            cause="fake ids",
        )


def _completes(call: Call) -> bool:
    """Whether it makes or chooses a model that is asked by Chat Completions."""
    if call.symbol is None or not call.code.is_from(call.symbol, "agents", call.method):
        return False
    off = (truth_of(call.code, call.scope, call.argument(each)) for each in RESPONSES_OFF)
    return (
        call.method in MODELS
        or (call.method == "set_default_openai_api" and call.text("api", 0) == "chat_completions")
        or False in off
        or (call.text("model") or "").startswith(PREFIXES)
    )


def _is_replaced(chat: Anatomy) -> bool:
    """Whether ids of what streams, or of what the store is given, are set or compared."""
    used = [e for e in chat.code.functions if e.owner is not None or chat.is_referred_to(e)]
    for call in chat.code.calls:
        if call.scope.function is not None and call.scope.function not in used:
            continue
        changed = entries_of(chat.code, call.scope, call.argument("update"))
        is_set = call.method == "setattr" and call.text("name", 1) in IDS
        texts = (chat.code.text(call.scope, each) for each in call.given)
        if is_set or FAKE in texts or not changed.keys().isdisjoint(IDS):
            return True
    return any(_renames(chat, each) for each in used)


def _renames(chat: Anatomy, function: Scope) -> bool:
    names = names_meant(chat.code, function, function.node)
    if NAMED in names or says(function.node, FAKE):
        return True
    is_store = function.owner in chat.stores
    for each in syntax.assignments(function.node):
        base, _, last = each.target.rpartition(".")
        is_one = base in function.parameters or not is_store
        if last in IDS and base and base.partition(".")[0] != "self" and is_one:
            return True
    return False
