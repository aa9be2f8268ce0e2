"""What opens the chat when the application starts is run."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst
from packaging.version import InvalidVersion
from packaging.version import Version as Number

from chatkit_agent.checks.check import PROJECT, check
from chatkit_agent.checks.finding import Finding
from chatkit_agent.evidence.static import Evidence, Version
from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.anatomy import Anatomy
from chatkit_agent.project.source.scope import Scope
from chatkit_agent.project.source.scopes import Call


@check(
    "CK605",
    "What opens the chat when the application starts is run",
    needs=PROJECT,
    symptoms=("unavailable", "server_error"),
)
def lifespan_runs(evidence: Evidence) -> Iterator[Finding]:
    """What opens the chat when the application starts is run: a mounted application's lifespan
    is not, handlers beside a lifespan are not, and a lifespan that no application is given is
    not.
    """
    chat = evidence.chat
    yield from _of_mounted(chat)
    yield from _beside_handlers(chat)
    yield from _of_nobody(chat)
    yield from _replaced(chat)
    yield from _of_routers(chat, evidence.packages.version("fastapi"))


def _of_mounted(chat: Anatomy) -> Iterator[Finding]:
    """A mounted application's own start-up is never run."""
    mounted = {
        syntax.dotted(call.argument("app", 1)) for call in chat.code.calls if call.method == "mount"
    }
    for call in chat.code.calls_of("fastapi", "FastAPI"):
        name = _name_of(chat, call)
        given = call.argument("lifespan")
        enters = "lifespan_context" in chat.code.sources.code(call.scope.file)
        if given is not None and name in mounted and not enters:
            yield _finding(
                "The chat's store is never opened, and the chat answers 503 or 500: a mounted "
                "application's lifespan is not run.",
                chat.code.where(call.scope, given),
                f"`{name}` has a lifespan, and is mounted in another application.",
                "Include the chat's router in the outer application, and open the store in that "
                "one's lifespan.",
            )


def _name_of(chat: Anatomy, call: Call) -> str | None:
    for each in syntax.assignments(call.scope.node):
        if each.value is call.node:
            return each.target
    return None


def _beside_handlers(chat: Anatomy) -> Iterator[Finding]:
    """`on_event` handlers are dropped where the application has a lifespan."""
    for call in chat.code.calls_of("fastapi", "FastAPI"):
        if call.argument("lifespan") is None:
            continue
        name = _name_of(chat, call)
        for other in chat.code.calls:
            is_handler = other.method in ("on_event", "add_event_handler")
            if is_handler and name and other.receiver in (name, *_routers(chat, other)):
                yield _finding(
                    "What this handler opens is never opened: an application with a lifespan does "
                    "not run handlers.",
                    chat.code.where(other.scope, other.node),
                    f"`{name}` is made with `lifespan=`.",
                    "Move what the handler does into the lifespan.",
                )


def _routers(chat: Anatomy, call: Call) -> list[str | None]:
    """The routers of a file: what they would run is handed to the application."""
    made = chat.code.calls_of("fastapi", "APIRouter")
    return [_name_of(chat, each) for each in made if each.scope.file == call.scope.file]


def _of_routers(chat: Anatomy, fastapi: Version | None) -> Iterator[Finding]:
    """FastAPI runs the lifespan of a router since 0.112.2."""
    for call in chat.code.calls_of("fastapi", "APIRouter"):
        given = call.argument("lifespan")
        if given is not None and fastapi and _is_before(fastapi.text, "0.112.2"):
            yield _finding(
                "What this lifespan opens is never opened: this FastAPI does not run the lifespan "
                "of a router.",
                chat.code.where(call.scope, given),
                f"The router has `lifespan=`, and {fastapi.where} has FastAPI {fastapi.text}.",
                "Give the lifespan to the application, or take FastAPI 0.112.2 or newer.",
            )


def _is_before(version: str, since: str) -> bool:
    try:
        return Number(version) < Number(since)
    except InvalidVersion:
        return False


def _of_nobody(chat: Anatomy) -> Iterator[Finding]:
    """A lifespan that no application is given."""
    for scope in chat.code.functions:
        if _is_lifespan(scope) and not _is_given(chat, scope):
            yield _finding(
                "What this lifespan opens is never opened: no application is given it.",
                chat.code.where(scope),
                f"Nothing names `{scope.name}`.",
                f"Make the application with `FastAPI(lifespan={scope.name})`.",
            )


def _replaced(chat: Anatomy) -> Iterator[Finding]:
    """`app.router.lifespan_context = other`, where the application was given one, and loses it."""
    for call in chat.code.calls_of("fastapi", "FastAPI"):
        name, given = _name_of(chat, call), call.argument("lifespan")
        target = f"{name}.router.lifespan_context"
        for each in syntax.assignments(call.scope.node):
            if given is None or each.target != target:
                continue
            other = syntax.code(each.value)
            inner = (s for s in chat.code.functions if s.name.rpartition(".")[2] == other)
            said = " ".join(syntax.code(one.node) for one in inner)
            if said and syntax.code(given) not in said and "lifespan_context" not in said:
                yield _finding(
                    "What the first lifespan opens is never opened: another one takes its place.",
                    chat.code.where(call.scope, each.value),
                    f"`{name}` is made with `lifespan={syntax.code(given)}`, which `{other}` does "
                    "not enter.",
                    f"Enter `{syntax.code(given)}` in `{other}`, or open both in one lifespan.",
                )


def _is_lifespan(scope: Scope) -> bool:
    if not isinstance(scope.node, cst.FunctionDef) or not scope.is_async:
        return False
    marks = (syntax.code(each.decorator) for each in scope.node.decorators)
    return "lifespan" in scope.name and any("asynccontextmanager" in mark for mark in marks)


def _is_given(chat: Anatomy, scope: Scope) -> bool:
    """Whether the name stands anywhere else, in this file or in another."""
    name = scope.name.rpartition(".")[2]
    found = sum(chat.code.sources.code(file).count(name) for file in chat.code.sources.python)
    return found > chat.code.sources.code(scope.file).count(f"def {name}(")


def _finding(what: str, where: str, evidence: str, fix: str) -> Finding:
    return Finding(
        what=what,
        where=where,
        evidence=evidence,
        fix=fix,
        cause="lifespan",
    )
