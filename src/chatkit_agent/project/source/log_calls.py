"""Log calls: which calls write to the log, however the logger and its methods are called here."""

from __future__ import annotations

import re
from collections.abc import Iterator

from chatkit_agent.project.source.kinds import package_kind
from chatkit_agent.project.source.scopes import Call, Code
from chatkit_agent.project.source.walking import receiver_of

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
