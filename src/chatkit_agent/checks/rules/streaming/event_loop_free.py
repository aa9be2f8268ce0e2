"""Nothing in the chat's coroutines holds up everybody else."""

from __future__ import annotations

import re
from collections.abc import Iterator

import libcst as cst

from chatkit_agent.checks.check import SOURCE, check
from chatkit_agent.checks.finding import Finding
from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.anatomy import Anatomy
from chatkit_agent.project.source.scope import Scope
from chatkit_agent.project.source.scopes import Call
from chatkit_agent.project.source.walking import within_node

BLOCKING = {
    "time": ("sleep",),
    "requests": ("get", "post", "put", "patch", "delete", "request"),
    "httpx": ("get", "post", "put", "patch", "delete", "request"),
    "urllib": ("urlopen",),
    "psycopg2": ("connect",),
    "psycopg": ("connect",),
    "subprocess": ("run", "check_output", "check_call", "call"),
}
CLIENTS = {
    "openai": ("OpenAI", "AzureOpenAI"),
    "requests": ("Session", "session"),
    "httpx": ("Client",),
}
ASKS = {"create", "list", "retrieve", "parse", *BLOCKING["requests"]}
INSTEAD = {
    "sleep": "`await asyncio.sleep(...)`",
    "connect": "an asynchronous driver such as asyncpg",
    "run_sync": "`await Runner.run(...)`",
    **dict.fromkeys(("create", "list", "retrieve", "parse"), "`AsyncOpenAI`"),
    "get_signing_key_from_jwt": "`await asyncio.to_thread(client.get_signing_key_from_jwt, token)`",
}


KEYS = ("get_signing_key_from_jwt", "get_signing_key", "get_signing_keys", "get_jwk_set")
ONCE = re.compile(r"\b(?:lru_)?cached?\b|\bonce\b|ttl", re.IGNORECASE)


@check(
    "CK505",
    "Nothing in the chat's coroutines holds up everybody else",
    needs=SOURCE,
    severity="warning",
    symptoms=("slow", "cut_off"),
)
def event_loop_free(chat: Anatomy) -> Iterator[Finding]:
    """Nothing in the chat's coroutines holds up everybody else: `time.sleep`, `requests`,
    synchronous clients and drivers do, and so does the fetching of keys that verify tokens with
    `PyJWKClient`. What the functions do that a coroutine of a request calls is looked at as
    well.
    """
    for call in chat.code.calls:
        function = call.scope.function
        if function is None or not _blocks(chat, call) or _is_deferred(call):
            continue
        if function.is_async:
            yield _finding(chat, call, f"It is called in `async def {_name(function)}`.")
        elif (waiting := _awaited(chat, function)) is not None:
            yield _finding(
                chat,
                call,
                f"`{_name(function)}` does it, which `async def {_name(waiting)}` calls.",
            )


def _finding(chat: Anatomy, call: Call, evidence: str) -> Finding:
    instead = INSTEAD.get(call.method, "`httpx.AsyncClient`, or `asyncio.to_thread(...)`")
    return Finding(
        what=f"While `{call.written}` runs, nobody else gets an answer: it blocks the "
        "event loop of the whole worker.",
        where=chat.code.where(call.scope, call.node),
        evidence=evidence,
        fix=f"Use {instead}.",
        cause=f"blocking:{chat.code.where(call.scope, call.node)}",
    )


def _name(function: Scope) -> str:
    return function.name.rpartition(".")[2]


def _awaited(chat: Anatomy, function: Scope, hops: int = 2) -> Scope | None:
    """The coroutine of a request that calls a function, or calls what calls it."""
    marks = function.node.decorators if isinstance(function.node, cst.FunctionDef) else ()
    # What is fetched once holds everybody up once.
    if any(ONCE.search(syntax.code(each)) for each in marks):
        return None
    for call in chat.called_by.get(function, ()):
        caller = call.scope.function
        if caller is None:
            continue
        if caller.is_async:
            if caller in chat.sign_ins or caller.owner in (*chat.servers, *chat.stores):
                return caller
        elif hops and (found := _awaited(chat, caller, hops - 1)) is not None:
            return found
    return None


def _blocks(chat: Anatomy, call: Call) -> bool:
    if call.method in KEYS and _fetches_keys(chat, call):
        return True
    symbol = chat.code.resolve(call.scope, call.written)
    if symbol is None or symbol.path is not None:
        return _is_client(chat, call)
    package = symbol.name.partition(".")[0]
    if call.method == "run_sync" and package == "agents":
        return True
    # What a class of such a package offers may be asynchronous; its plain functions are not.
    is_plain = symbol.name.count(".") == 1 or package == "urllib"
    if is_plain and call.method in BLOCKING.get(package, ()):
        return True
    return _is_client(chat, call)


def _fetches_keys(chat: Anatomy, call: Call) -> bool:
    """PyJWT's client, which fetches with urllib; a file that makes one holds one."""
    is_own = not call.receiver or chat.code.called(call) is not None
    return not is_own and bool(chat.code.calls_of("jwt", "PyJWKClient"))


def _is_deferred(call: Call) -> bool:
    """What is awaited, and what is in a lambda, which may be run in a thread."""
    around = (*within_node(call.scope.node, cst.Await), *within_node(call.scope.node, cst.Lambda))
    return any(call.node in within_node(each, cst.Call) for each in around)


def _is_client(chat: Anatomy, call: Call) -> bool:
    """`client.responses.create(...)`, where `client = OpenAI()`, and `Session().get(...)`."""
    if call.method not in ASKS:
        return False
    maker = _maker(chat, call) if call.receiver else None
    made = chat.code.resolve(call.scope, maker) if maker else None
    return any(chat.code.is_from(made, package, *names) for package, names in CLIENTS.items())


def _maker(chat: Anatomy, call: Call) -> str | None:
    """What made the object that a call goes to, as it is written."""
    if "()" in call.written:
        return call.written.partition("()")[0]
    value = chat.code.value(call.scope, cst.Name(call.receiver.partition(".")[0]))
    return syntax.dotted(value.func) if isinstance(value, cst.Call) else None
