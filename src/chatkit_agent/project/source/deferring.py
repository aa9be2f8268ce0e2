"""Deferring: calls that are written down now and made later, such as `partial(make, settings)`."""

from __future__ import annotations

import libcst as cst

from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.sources import Sources, Symbol

PARTIAL = Symbol(None, "functools.partial")


def deferred(sources: Sources, file: str, value: cst.BaseExpression) -> str | None:
    """`make` for `partial(make, settings)` and `lambda: make(settings)`."""
    if isinstance(value, cst.Lambda):
        called = value.body if isinstance(value.body, cst.Call) else None
        return syntax.dotted(called.func) if called and not value.params.params else None
    if not isinstance(value, cst.Call) or not value.args:
        return None
    is_partial = sources.resolve(file, syntax.dotted(value.func)) == PARTIAL
    return syntax.dotted(value.args[0].value) if is_partial else None
