"""A database session of the application is given back before the answer is streamed."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst
from packaging.specifiers import SpecifierSet

from chatkit_agent.checks.check import PROJECT, Finding, check
from chatkit_agent.evidence.static import Evidence
from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.anatomy import Anatomy
from chatkit_agent.project.source.injection import injected_function, targets_of
from chatkit_agent.project.source.kinds import package_kind
from chatkit_agent.project.source.meaning import reaches
from chatkit_agent.project.source.scope import Scope
from chatkit_agent.project.source.scopes import Call, Code
from chatkit_agent.project.source.walking import within_node

EARLY = SpecifierSet(">=0.106,<0.118", prereleases=True)
"""With these, what depends is ended before anything is sent."""

DATABASES = {
    "sqlalchemy",
    "sqlmodel",
    "asyncpg",
    "psycopg",
    "psycopg2",
    "psycopg_pool",
    "databases",
}
DATABASES |= {"aiosqlite", "sqlite3", "tortoise", "pymongo", "motor"}


TAKEN = ("acquire", "getconn")
OPENED = {f"{name}.connect" for name in ("aiosqlite", "asyncpg", "psycopg", "psycopg2", "pymysql")}
OPENED |= {"asyncpg.create_pool", "psycopg.AsyncConnection.connect", "psycopg.Connection.connect"}
OPENED |= {"sqlalchemy.ext.asyncio.AsyncSession", "sqlalchemy.orm.Session", "sqlmodel.Session"}
GIVING = ("release", "putconn", "close", "aclose", "dispose", "terminate", "remove")
NEVER = " for good"


@check("CK413", needs=PROJECT, severity="warning", symptoms=("slow", "server_error", "cut_off"))
def session_given_back(evidence: Evidence) -> Iterator[Finding]:
    """A dependency that yields is ended after the response, unless it says `scope="function"`. What
    is taken of a pool without `async with` has to be given back in a `finally`.
    """
    chat = evidence.chat
    yield from _never_given_back(chat)
    fastapi = evidence.packages.version("fastapi")
    if fastapi and fastapi.text in EARLY:
        return
    for endpoint in chat.endpoints:
        held = next(_sessions(evidence, endpoint.file, endpoint.node), None)
        if held:
            where, name, line = held
            yield Finding(
                what="Each answer holds a database session for as long as it streams: as many "
                "answers as the pool has sessions stop the rest of the application.",
                where=f"{where}:{line}",
                evidence=f"`{endpoint.name}` depends on `{name}`, which gives its session back "
                "when the response has ended.",
                fix='Write `Depends(..., scope="function")`, or open the session where it is '
                "needed.",
                cause="session held",
            )


def _never_given_back(chat: Anatomy) -> Iterator[Finding]:
    """What a request takes of a pool, or opens, and gives back to nobody, or not where it fails."""
    stores = [each for each in chat.code.functions if each.owner in chat.stores]
    methods = [each for each in stores if each.last_name != "__init__"]
    near = set(reaches(chat.code, [*chat.turning, *chat.injected, *methods]))
    for call in chat.code.calls:
        function = call.scope.function
        if function is None or function not in near or not _takes(chat, call):
            continue
        for user, taken in _users(chat, function, call):
            if problem := _how_kept(chat, user, taken):
                yield Finding(
                    what=f"A request keeps a connection to the database{problem}: when as many are "
                    "gone as there are, nobody gets an answer.",
                    where=taken.where,
                    evidence=f"`{syntax.code(taken.node)[:80]}` in `{user.name}`.",
                    fix="Write `async with` around its use, or `try` and give it back in "
                    "`finally`.",
                    severity="warning" if problem != NEVER else "error",
                    cause=f"connection kept:{user.name}",
                    explains=("slow", "unavailable", "server_error", "silent"),
                )


def _takes(chat: Anatomy, call: Call) -> bool:
    made = chat.code.value(call.scope, call.node.func)
    maker = chat.code.call_of(made)
    is_session = maker is not None and maker.method in ("async_sessionmaker", "sessionmaker")
    return is_session or call.method in TAKEN or call.package_name in OPENED


def _users(
    chat: Anatomy, function: Scope, call: Call, hops: int = 3
) -> Iterator[tuple[Scope, Call]]:
    """Who has what is taken: the function, or those who call it where it returns that."""
    names = {each.target for each in syntax.assignments(function.node) if _is_it(each.value, call)}
    given = syntax.returned(function.node)
    if any(_is_it(each, call) or syntax.dotted(each) in names for each in given):
        for around in chat.code.called_by.get(function, ()) if hops else ():
            if around.scope.function is not None:
                yield from _users(chat, around.scope.function, around, hops - 1)
    else:
        yield function, call


def _is_it(value: cst.CSTNode | None, call: Call) -> bool:
    inner = value.expression if isinstance(value, cst.Await) else value
    return inner is call.node


def _how_kept(chat: Anatomy, function: Scope, call: Call) -> str:
    """How what is taken is kept; empty where it is given back, or not told what becomes of it."""
    node = function.node
    items = [item.item for block in within_node(node, cst.With) for item in block.items]
    if any(call.node in within_node(each, cst.Call) for each in items):
        return ""
    if any(_is_it(each.value, call) for each in within_node(node, cst.Attribute)):
        return NEVER  # `(await pool.acquire()).fetch(...)`
    name = next((e.target for e in syntax.assignments(node) if _is_it(e.value, call)), "")
    read = [e for e in within_node(node, cst.Attribute) if syntax.dotted(e.value) == name]
    is_used = call.method not in TAKEN or any(each.attr.value not in GIVING for each in read)
    if any(syntax.dotted(e.value) == name and "." in e.target for e in syntax.assignments(node)):
        return ""  # kept for whoever comes next
    if not name or "." in name or not is_used or any(syntax.dotted(e) == name for e in items):
        return ""
    giving = [e for e in chat.code.inside(function) if _gives(chat, e, name)]
    calls = [one for one in chat.code.inside(function) if one not in giving]
    if not giving:
        handed = (arg for one in calls for arg in one.given if chat.code.called(one) is None)
        return "" if any(syntax.dotted(each) == name for each in handed) else NEVER
    ends = [e.finalbody for e in within_node(node, cst.Try) if e.finalbody]
    is_safe = any(e.node in within_node(part, cst.Call) for part in ends for e in giving)
    is_safe = is_safe or any("callback" in one.method for one in giving)
    return "" if is_safe else " when something fails in between"


def _gives(chat: Anatomy, call: Call, name: str) -> bool:
    """`connection.close()`, `pool.release(connection)`, also in a helper or by a callback."""
    if call.receiver == name and call.method in GIVING:
        return True
    if name not in {name_.value for each in call.given for name_ in within_node(each, cst.Name)}:
        return False
    called = chat.code.called(call)
    inner = chat.code.inside(called) if called else ()
    is_helper = any(each.method in GIVING for each in inner)
    return call.method in GIVING or "callback" in call.method or is_helper


def _sessions(
    evidence: Evidence, file: str, node: cst.CSTNode, depth: int = 5
) -> Iterator[tuple[str, str, int]]:
    """The dependencies that yield, through those that they depend on."""
    sources, code = evidence.sources, evidence.chat.code
    if not isinstance(node, cst.FunctionDef) or not depth:
        return
    early = _early(code, node)
    given = [
        (param.name.value, target)
        for param in syntax.parameters(node)
        for target in targets_of(sources, file, param)
    ]
    for name, target in given:
        symbol = sources.resolve(target.file, syntax.dotted(target.value))
        inner = injected_function(sources, symbol)
        if inner is None or syntax.code(target.value) in early:
            continue
        path, function = inner
        if _keeps_session(code, path, function) and not _is_closed(node, name):
            yield path, function.name.value, code.line(path, function.name)
        yield from _sessions(evidence, path, function, depth - 1)


def _keeps_session(code: Code, path: str, function: cst.FunctionDef) -> bool:
    """Whether it yields what it opened of a database, as far as that is told."""
    given = {syntax.dotted(each.value) for each in within_node(function.body, cst.Yield)}
    scope = code.scope_at(function) or Scope(path, function)
    opened = [
        item.item
        for item in within_node(function.body, cst.WithItem)
        if item.asname and syntax.dotted(item.asname.name) in given
    ]
    opened += [
        each.value
        for each in syntax.assignments(function)
        if each.target in given and _is_closed(function, each.target)
    ]
    kinds = [package_kind(code, scope, each) for each in opened]
    return any(each is None or each.name.partition(".")[0] in DATABASES for each in kinds)


def _is_closed(function: cst.FunctionDef, name: str) -> bool:
    calls = (syntax.dotted(each.func) for each in within_node(function.body, cst.Call))
    return any(each in (f"{name}.close", f"{name}.aclose") for each in calls)


def _early(code: Code, function: cst.FunctionDef) -> set[str]:
    """What stands in `Depends(..., scope="function")`."""
    marks = [each for each in code.calls_in(function.params) if each.text("scope") == "function"]
    given = (each.argument("dependency", 0) for each in marks)
    return {syntax.code(each) for each in given if each is not None}
