"""The router of the chat is included once under each path."""

from __future__ import annotations

from collections.abc import Iterator

from chatkit_agent.checks.check import SOURCE, Finding, check
from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.anatomy import Anatomy
from chatkit_agent.project.source.scopes import Call


@check("CK617", needs=SOURCE, severity="warning", symptoms=("repeats", "server_error"))
def router_included_once(chat: Anatomy) -> Iterator[Finding]:
    """Included twice under one path, the router's start-up runs twice, its second route is never
    asked, and the OpenAPI document warns of duplicate ids. With two prefixes it is meant so.
    """
    seen: dict[tuple[str, str, str, str], Call] = {}
    files = {each.file for each in chat.endpoints}
    for call in chat.code.calls:
        given = call.argument("router", 0)
        if call.method != "include_router" or given is None:
            continue
        symbol = chat.code.resolve(call.scope, syntax.dotted(given))
        if symbol is None or symbol.path is None or not _is_of_chat(chat, symbol.path, files):
            continue
        prefix = call.text("prefix") or ""
        key = (call.receiver, symbol.path, symbol.name, prefix)
        first = seen.setdefault(key, call)
        if first is not call and first.scope.file == call.scope.file:
            yield Finding(
                what="The chat's router is included twice under the same path.",
                where=call.where,
                evidence=f"`{syntax.code(given)}` is included there, and at {first.where}.",
                fix="Remove one of the two lines.",
                cause="router twice",
            )


def _is_of_chat(chat: Anatomy, path: str, files: set[str]) -> bool:
    return path in files or path in chat.files
