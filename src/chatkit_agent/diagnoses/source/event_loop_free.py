"""Nothing in the chat's coroutines holds up everybody else."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from chatkit_agent.findings import Finding
from chatkit_agent.observations import Observations
from chatkit_agent.reading import syntax
from chatkit_agent.reading.anatomy import Anatomy
from chatkit_agent.reading.scopes import Call

BLOCKING = {
    "time": ("sleep",),
    "requests": ("get", "post", "put", "patch", "delete", "request"),
    "httpx": ("get", "post", "put", "patch", "delete", "request"),
    "urllib": ("urlopen",),
    "psycopg2": ("connect",),
    "psycopg": ("connect",),
    "subprocess": ("run", "check_output", "check_call", "call"),
}
INSTEAD = {
    "sleep": "`await asyncio.sleep(...)`",
    "connect": "an asynchronous driver such as asyncpg",
    "run_sync": "`await Runner.run(...)`",
    "create": "`AsyncOpenAI`",
}


def event_loop_free(observations: Observations) -> Iterator[Finding]:
    chat = observations.chat
    for call in chat.code.calls:
        function = call.scope.function
        if function and function.is_async and _blocks(chat, call):
            instead = INSTEAD.get(call.method, "`httpx.AsyncClient`, or `asyncio.to_thread(...)`")
            yield Finding(
                what=f"While `{call.written}` runs, nobody else gets an answer: it blocks the "
                "event loop of the whole worker.",
                where=chat.code.where(call.scope, call.node),
                evidence=f"It is called in `async def {function.node.name.value}`."
                if isinstance(function.node, cst.FunctionDef)
                else "It is called in a coroutine.",
                fix=f"Use {instead}.",
                severity="warning",
                cause=f"blocking:{chat.code.where(call.scope, call.node)}",
                explains=("slow", "cut_off"),
            )


def _blocks(chat: Anatomy, call: Call) -> bool:
    symbol = chat.code.resolve(call.scope, call.written)
    if symbol is None or symbol.path is not None:
        return _is_client(chat, call)
    package = symbol.name.partition(".")[0]
    if call.method == "run_sync" and package == "agents":
        return True
    # What a class of such a package offers may be asynchronous; its plain functions are not.
    is_plain = symbol.name.count(".") == 1 or package == "urllib"
    return is_plain and call.method in BLOCKING.get(package, ())


def _is_client(chat: Anatomy, call: Call) -> bool:
    """`client.responses.create(...)`, where `client = OpenAI()`."""
    if call.method != "create" or not call.receiver:
        return False
    held = chat.code.sources.definition(chat.code.resolve(call.scope, call.receiver.split(".")[0]))
    if not isinstance(held, syntax.Assignment) or not isinstance(held.value, cst.Call):
        return False
    made = chat.code.resolve(call.scope, syntax.dotted(held.value.func))
    return chat.code.is_from(made, "openai", "OpenAI", "AzureOpenAI")
