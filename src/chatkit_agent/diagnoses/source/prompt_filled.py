"""Every placeholder of the system prompt is filled, and braces in it are doubled."""

from __future__ import annotations

from collections.abc import Iterator
from string import Formatter

import libcst as cst

from chatkit_agent.findings import Finding
from chatkit_agent.observations import Observations
from chatkit_agent.reading import syntax
from chatkit_agent.reading.anatomy import Anatomy
from chatkit_agent.reading.scopes import Call


def prompt_filled(observations: Observations) -> Iterator[Finding]:
    chat = observations.chat
    for call in chat.code.calls:
        if call.method != "format" or call.spreads:
            continue
        template = _template(chat, call)
        problem = _problem(template, call) if template else None
        if problem:
            yield _finding(chat, call, *problem)


def _template(chat: Anatomy, call: Call) -> str | None:
    """The text that `PROMPT.format(...)` fills, where it is a literal of the project."""
    if not isinstance(call.node.func, cst.Attribute):
        return None
    value = call.node.func.value
    if (text := syntax.text(value)) is not None:
        return text
    symbol = chat.code.resolve(call.scope, syntax.dotted(value))
    held = chat.code.sources.definition(symbol)
    return syntax.text(held.value) if isinstance(held, syntax.Assignment) else None


def _problem(template: str, call: Call) -> tuple[str, str] | None:
    try:
        fields = [name for _, name, _, _ in Formatter().parse(template) if name is not None]
    except ValueError as error:
        return f"ValueError: {error}", "Double every brace that is meant as one: `{{` and `}}`."
    given = {arg.keyword.value for arg in call.node.args if arg.keyword}
    positional = sum(arg.keyword is None for arg in call.node.args)
    for name in fields:
        head = name.split(".")[0].split("[")[0]
        if (not head or head.isdigit()) and int(head or 0) >= positional:
            why = "IndexError: braces without a name"
            return why, "Double every brace that is meant as one: `{{` and `}}`."
        if head and not head.isdigit() and head not in given:
            return f"KeyError: {head!r}", _fix(name)
    return None


def _fix(name: str) -> str:
    if name.isidentifier():
        return f"Give `{name}=` to `format`, or take `{{{name}}}` out of the text."
    return "Double every brace that is meant as one: `{{` and `}}`."


def _finding(chat: Anatomy, call: Call, error: str, fix: str) -> Finding:
    return Finding(
        what=f"Every turn fails while the prompt is made, with {error}.",
        where=chat.code.where(call.scope, call.node),
        evidence=f"`{call.written}` has {_given(call)}, and the text asks for more than that.",
        fix=fix,
        cause="prompt",
        explains=("stream_error", "silent", "server_error"),
    )


def _given(call: Call) -> str:
    names = [f"`{arg.keyword.value}`" for arg in call.node.args if arg.keyword]
    return ", ".join(names) if names else "no names"
