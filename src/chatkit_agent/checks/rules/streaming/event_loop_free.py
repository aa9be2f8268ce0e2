"""Nothing in the chat's coroutines holds up everybody else."""

from __future__ import annotations

import re
from collections.abc import Iterator

import libcst as cst

from chatkit_agent.checks.check import SOURCE, Finding, check
from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.anatomy import Anatomy
from chatkit_agent.project.source.code import Call
from chatkit_agent.project.source.in_front import decorated_by, starts_application
from chatkit_agent.project.source.kinds import package_kind
from chatkit_agent.project.source.scope import Scope
from chatkit_agent.project.source.walking import receiver_of, within_node

WEB = ("get", "post", "put", "patch", "delete", "request", "head", "options", "stream")
BLOCKING = {
    "time": ("sleep",),
    "requests": WEB,
    "httpx": WEB,
    "urllib": ("urlopen",),
    "psycopg2": ("connect",),
    "psycopg": ("connect",),
    "pymysql": ("connect",),
    "os": ("system",),
    "subprocess": ("run", "check_output", "check_call", "call"),
}
CLIENTS = {
    "openai": ("OpenAI", "AzureOpenAI"),
    "requests": ("Session", "session"),
    "httpx": ("Client",),
    "redis": ("Redis", "from_url", "StrictRedis"),
    "jwt": ("PyJWKClient",),
    "sqlalchemy": ("Session", "sessionmaker", "scoped_session"),
    "sqlmodel": ("Session",),
}
KEYS = ("get_signing_key_from_jwt", "get_signing_key", "get_signing_keys", "get_jwk_set")
MODELS = ("create", "list", "retrieve", "parse")
ROWS = ("execute", "scalar", "scalars", "query", "exec", "commit", "refresh", "flush")
ASKS = {*WEB, *KEYS, *MODELS, *ROWS, "set", "exists", "incr", "hget", "hset", "publish"}
INSTEAD = {
    "sleep": "`await asyncio.sleep(...)`",
    "connect": "an asynchronous driver such as asyncpg",
    "run_sync": "`await Runner.run(...)`",
    **dict.fromkeys(MODELS, "`AsyncOpenAI`"),
    **dict.fromkeys(ROWS, "`AsyncSession`, or `await run_in_threadpool(...)`"),
    "get_signing_key_from_jwt": "`await asyncio.to_thread(client.get_signing_key_from_jwt, token)`",
}
ONCE = re.compile(r"^(?:a?lru_)?cache|^once|ttl", re.IGNORECASE)


@check("CK505", needs=SOURCE, severity="warning", symptoms=("slow", "cut_off"))
def event_loop_free(chat: Anatomy) -> Iterator[Finding]:
    """`time.sleep`, `requests`, synchronous clients and drivers hold them up, and so does the
    fetching of keys that verify tokens with `PyJWKClient`. What the functions do that a coroutine
    of a request calls is looked at as well.
    """
    for call in chat.code.calls:
        function = call.scope.function
        if (
            function is None
            or not _blocks(chat, call)
            or _is_deferred(call)
            or _is_once(chat, call)
        ):
            continue
        if function.is_async:
            yield _finding(chat, call, f"It is called in `async def {function.last_name}`.")
        elif (waiting := _coroutine_of(chat, function)) is not None:
            yield _finding(
                chat,
                call,
                f"`{function.last_name}` does it, which `async def {waiting.last_name}` calls.",
            )


def _finding(chat: Anatomy, call: Call, evidence: str) -> Finding:
    instead = INSTEAD.get(call.method, "`httpx.AsyncClient`, or `asyncio.to_thread(...)`")
    return Finding(
        what=f"While `{call.written}` runs, nobody else gets an answer: it blocks the "
        "event loop of the whole worker.",
        where=call.where,
        evidence=evidence,
        fix=f"Use {instead}.",
        cause=f"blocking:{call.where}",
    )


def _coroutine_of(chat: Anatomy, function: Scope, hops: int = 2) -> Scope | None:
    """The coroutine of a request that calls a function, or calls what calls it."""
    # What is fetched once holds everybody up once.
    marks = decorated_by(chat.code, function)
    if any(ONCE.search(each.rpartition(".")[2]) for each in marks):
        return None
    for call in chat.code.called_by.get(function, ()):
        caller = call.scope.function
        if caller is None:
            continue
        if caller.is_async:
            if caller in chat.sign_ins or caller.owner in (*chat.servers, *chat.stores):
                return caller
        elif hops and (found := _coroutine_of(chat, caller, hops - 1)) is not None:
            return found
    return None


def _blocks(chat: Anatomy, call: Call) -> bool:
    symbol = call.symbol
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


def _is_client(chat: Anatomy, call: Call) -> bool:
    """`client.responses.create(...)`, where `client = OpenAI()`, and `Session().get(...)`."""
    receiver = receiver_of(call.node.func)
    if call.method not in ASKS or receiver is None:
        return False
    made = package_kind(chat.code, call.scope, receiver)
    if made is None and call.method in KEYS and chat.code.called(call) is None:
        return bool(chat.code.calls_of("jwt", "PyJWKClient"))  # which is kept somewhere
    return any(chat.code.is_from(made, package, *names) for package, names in CLIENTS.items())


def _is_once(chat: Anatomy, call: Call) -> bool:
    """What is done where the application starts, or kept: `if KEYS is None: KEYS = get()`."""
    function = call.scope.function
    assert function is not None
    tests = (
        (syntax.code(block.test), block.body)
        for block in within_node(function.node, cst.If)
        if call.node in syntax.walk(block.body)
    )
    return starts_application(chat.code, function) or any(
        syntax.code(one.target) in test and call.node in syntax.walk(each)
        for test, body in tests
        for each in within_node(body, cst.Assign)
        for one in each.targets
        if _is_kept(function, syntax.code(one.target))
    )


def _is_kept(function: Scope, target: str) -> bool:
    """Whether a name outlives the call: a global one, or an attribute."""
    named = {n.name.value for g in within_node(function.node, cst.Global) for n in g.names}
    return "." in target or "[" in target or target in named


def _is_deferred(call: Call) -> bool:
    """What is awaited, and what is in a lambda, which may be run in a thread."""
    around = (*within_node(call.scope.node, cst.Await), *within_node(call.scope.node, cst.Lambda))
    return any(call.node in within_node(each, cst.Call) for each in around)
