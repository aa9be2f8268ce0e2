"""What opens the chat when the application starts is run."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from chatkit_agent.checks.check import PROJECT, Finding, check
from chatkit_agent.evidence.static import Evidence, Version
from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.anatomy import Anatomy
from chatkit_agent.project.source.code import Call
from chatkit_agent.project.source.folders import is_side_file
from chatkit_agent.project.source.in_front import is_context_manager
from chatkit_agent.project.source.meaning import names_meant, names_used, reaches
from chatkit_agent.project.source.routers import made_by
from chatkit_agent.project.source.scope import Scope
from chatkit_agent.project.source.walking import receiver_of, within_node

ENTERING = "lifespan_context"


@check("CK605", needs=PROJECT, symptoms=("unavailable", "server_error"))
def lifespan_runs(evidence: Evidence) -> Iterator[Finding]:
    """Neither a mounted application's lifespan is run, nor handlers beside a lifespan, nor a
    lifespan that no application is given.
    """
    chat = evidence.chat
    yield from _of_mounted(chat)
    yield from _beside_handlers(chat)
    yield from _of_nobody(chat)
    yield from _of_replacement(chat)
    yield from _of_routers(chat, evidence.packages.version("fastapi"))


def _lifespan(call: Call | None) -> cst.BaseExpression | None:
    """What an application or a router is given for it."""
    given = call.argument("lifespan") if call else None
    return None if call and syntax.dotted(call.value("lifespan")) == "None" else given


def _of_mounted(chat: Anatomy) -> Iterator[Finding]:
    """A mounted application's own start-up is never run."""
    code = chat.code
    enters = any(ENTERING in names_used(each.node) for each in code.modules)
    for mount in (each for each in code.calls if each.method in ("mount", "Mount")):
        made = made_by(code, mount.scope, mount.argument("app", 1))
        given = _lifespan(made)
        own = _function(chat, made.scope, given) if made else None
        is_run = enters or (own is not None and bool(chat.code.called_by.get(own)))
        if made is not None and made.method == "FastAPI" and given is not None and not is_run:
            yield _finding(
                "The chat's store is never opened, and the chat answers 503 or 500: a mounted "
                "application's lifespan is not run.",
                code.where(made.scope, given),
                f"`{syntax.code(mount.argument('app', 1) or given)}` has a lifespan, and is "
                "mounted in another application.",
                "Include the chat's router in the outer application, and open the store in that "
                "one's lifespan.",
            )


def _function(chat: Anatomy, scope: Scope, given: cst.BaseExpression | None) -> Scope | None:
    return chat.code.scope_of(chat.code.resolve(scope, syntax.dotted(given)))


def _beside_handlers(chat: Anatomy) -> Iterator[Finding]:
    """`on_event` handlers are dropped where the application has a lifespan."""
    code = chat.code
    applications = [each for each in code.calls_of("fastapi", "FastAPI") if _lifespan(each)]
    for call in code.calls:
        if call.method not in ("on_event", "add_event_handler"):
            continue
        owner = receiver_of(call.node.func)
        made = made_by(code, call.scope, owner)
        # What a router would run is handed to the application.
        is_router = made is not None and made.method == "APIRouter" and bool(applications)
        if owner is not None and (made in applications or is_router):
            yield _finding(
                "What this handler opens is never opened: an application with a lifespan does "
                "not run handlers.",
                call.where,
                f"`{syntax.code(owner)}` has handlers beside a `lifespan=`.",
                "Move what the handler does into the lifespan.",
            )


def _of_routers(chat: Anatomy, fastapi: Version | None) -> Iterator[Finding]:
    """FastAPI runs the lifespan of a router since 0.112.2."""
    for call in chat.code.calls_of("fastapi", "APIRouter"):
        given = _lifespan(call)
        if given is not None and fastapi and fastapi.is_before("0.112.2"):
            yield _finding(
                "What this lifespan opens is never opened: this FastAPI does not run the lifespan "
                "of a router.",
                chat.code.where(call.scope, given),
                f"The router has `lifespan=`, and {fastapi.where} has FastAPI {fastapi.text}.",
                "Give the lifespan to the application, or take FastAPI 0.112.2 or newer.",
            )


def _of_nobody(chat: Anatomy) -> Iterator[Finding]:
    """A lifespan that no application is given."""
    for scope in chat.code.functions:
        if _is_lifespan(chat, scope) and not _is_used(chat, scope):
            yield _finding(
                "What this lifespan opens is never opened: no application is given it.",
                chat.code.where(scope),
                f"Nothing names `{scope.name}`.",
                f"Make the application with `FastAPI(lifespan={scope.name})`.",
            )


def _of_replacement(chat: Anatomy) -> Iterator[Finding]:
    """`app.router.lifespan_context = other`, where the application was given one, and loses it."""
    for scope in chat.code.scopes:
        for each in syntax.assignments(scope.node):
            name, _, last = each.target.rpartition(".router.")
            made = made_by(chat.code, scope, cst.Name(name)) if name.isidentifier() else None
            given, other = _lifespan(made), _function(chat, scope, each.value)
            if last != ENTERING or made is None or given is None or other is None:
                continue
            own = _function(chat, made.scope, given)
            near = reaches(chat.code, [other])
            if own not in near and not any(ENTERING in names_used(one.node) for one in near):
                yield _finding(
                    "What the first lifespan opens is never opened: another one takes its place.",
                    chat.code.where(scope, each.value),
                    f"`{name}` is made with `lifespan={syntax.code(given)}`, which `{other.name}` "
                    "does not enter.",
                    f"Enter `{syntax.code(given)}` in `{other.name}`, or open both in one "
                    "lifespan.",
                )


def _is_lifespan(chat: Anatomy, scope: Scope) -> bool:
    """An async context manager that is given an application, or is called so."""
    if not scope.is_async or not is_context_manager(chat.code, scope):
        return False
    said = [each.annotation for each in scope.params if each.annotation]
    is_given = {"FastAPI", "Starlette"} & names_meant(chat.code, scope, *said)
    return bool(is_given) or "lifespan" in scope.name


def _is_used(chat: Anatomy, scope: Scope) -> bool:
    """Whether the name stands anywhere but where it is defined or imported."""
    sources, name = chat.code.sources, scope.last_name
    for file in sources.holding(name.encode()):
        module = sources.module(file)
        aside = {
            each
            for node in within_node(module, cst.Import, cst.ImportFrom)
            for each in within_node(node, cst.Name)
        }
        aside |= {each.name for each in within_node(module, cst.FunctionDef)}
        names = (each for each in within_node(module, cst.Name) if each.value == name)
        if not is_side_file(file) and any(each not in aside for each in names):
            return True
    return False


def _finding(what: str, where: str, evidence: str, fix: str) -> Finding:
    return Finding(
        what=what,
        where=where,
        evidence=evidence,
        fix=fix,
        cause="lifespan",
    )
