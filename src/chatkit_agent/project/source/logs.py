"""Logs: which calls write to one, and which loggers the code sets to which level, however named."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import libcst as cst

from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.code import Call, Code
from chatkit_agent.project.source.kinds import package_kind
from chatkit_agent.project.source.meaning import entries_of, number_of, resolves_to, texts_of
from chatkit_agent.project.source.scope import Scope
from chatkit_agent.project.source.walking import receiver_of, within_node

DEBUG = 10


@dataclass(frozen=True)
class Level:
    """What a call sets a logger to; the name of the root is empty."""

    call: Call
    logger: str
    is_debug: bool
    given: cst.BaseExpression


def levels(code: Code) -> Iterator[Level]:
    for call in code.calls:
        if resolves_to(code, call.scope, call.written, "logging.basicConfig"):
            yield from _level(code, call, "", call.argument("level"))
        elif call.method == "dictConfig":
            yield from _levels_of_dict(code, call)
        elif call.method == "setLevel":
            for name in _loggers(code, call):
                yield from _level(code, call, name, call.argument("level", 0))


def _level(code: Code, call: Call, name: str, given: cst.BaseExpression | None) -> Iterator[Level]:
    if given is not None:
        yield Level(call, name, _is_debug(code, call.scope, given), given)


def _is_debug(code: Code, scope: Scope, given: cst.BaseExpression) -> bool:
    """`logging.DEBUG`, `"debug"`, `10`, also as one of two."""
    if isinstance(given, cst.IfExp):
        return any(_is_debug(code, scope, each) for each in (given.body, given.orelse))
    held = code.value(scope, given)
    number = number_of(code, scope, held)
    if number is not None:
        return 0 < number <= DEBUG
    text = code.text(scope, held) or ""
    return text.upper() == "DEBUG" or resolves_to(code, scope, held, "logging.DEBUG")


def _loggers(code: Code, call: Call) -> list[str]:
    """The names of the logger that a level is set on; of a loop all that it goes through."""
    func = call.node.func
    owner = func.value if isinstance(func, cst.Attribute) else None
    if isinstance(func, cst.Call) and func.args and syntax.dotted(func.func) == "getattr":
        owner = func.args[0].value
    made = code.call_of(code.value(call.scope, owner))
    if made is None or not resolves_to(code, made.scope, made.written, "logging.getLogger"):
        return []
    given = made.argument("name", 0)
    if given is None:
        return [""]
    if (text := code.text(made.scope, given)) is not None:
        return [text]
    for loop in within_node(call.scope.node, cst.For):
        if syntax.dotted(loop.target) == syntax.dotted(given):
            return texts_of(code, call.scope, loop.iter) or []
    return []


def _levels_of_dict(code: Code, call: Call) -> Iterator[Level]:
    """`dictConfig({"root": {"level": "DEBUG"}, "loggers": {"mcp": {...}}})`"""
    config = entries_of(code, call.scope, call.argument("config", 0))
    loggers = entries_of(code, call.scope, config.get("loggers"))
    root = config.get("root")
    for name, value in (*loggers.items(), *((("", root),) if root is not None else ())):
        level = entries_of(code, call.scope, value).get("level")
        yield from _level(code, call, name, level)


LEVELS = {"debug", "info", "warning", "warn", "error", "exception", "critical", "log", "trace"}
LIBRARIES = ("logging", "structlog", "loguru", "logfire")
# Of a logger that is handed over there is nothing but its name.
LOGGER = re.compile(r"(?:^|[._])(?:get_?)?log(?:ger|ging|s)?(?:\(\))?$", re.IGNORECASE)
SHOWING = {"print", "pprint.pprint", "sys.stderr.write", "sys.stdout.write"}


def log_calls(code: Code) -> Iterator[Call]:
    return (call for call in code.calls if _is_log(code, call))


def _is_log(code: Code, call: Call) -> bool:
    package = call.name.partition(".")[0] if call.symbol and not call.symbol.path else ""
    if call.name in SHOWING and (package or call.symbol is None):
        return True
    if call.method not in LEVELS or package in LIBRARIES:
        return call.method in LEVELS
    owner = receiver_of(call.node.func)
    kind = package_kind(code, call.scope, owner) if owner is not None else None
    if kind is not None:
        return kind.name.partition(".")[0] in LIBRARIES
    return LOGGER.search(call.receiver) is not None
