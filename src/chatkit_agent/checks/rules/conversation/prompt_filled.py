"""Every placeholder of the system prompt is filled, and braces in it are doubled."""

from __future__ import annotations

import re
from collections.abc import Iterator
from string import Formatter

import libcst as cst

from chatkit_agent.checks.check import PROJECT, Finding, check
from chatkit_agent.evidence.static import Evidence
from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.anatomy import Anatomy
from chatkit_agent.project.source.prompts import prompts
from chatkit_agent.project.source.scope import Scope
from chatkit_agent.project.source.scopes import Call
from chatkit_agent.project.source.values import valued

# No path, no shell, no JSON, no tag and no quoted example has braces like these.
OPEN = re.compile(r"(?<![{$/`\"'\\<>=\[])\{([a-z_]\w*)\}(?![}/`\"'<>\]])")


@check("CK002", needs=PROJECT, symptoms=("stream_error", "silent", "server_error"))
def prompt_filled(evidence: Evidence) -> Iterator[Finding]:
    """Otherwise `format` raises a KeyError, an IndexError or a ValueError in every turn, and the
    person sees a StreamError; or, without `format`, the model reads the placeholder itself.
    """
    chat = evidence.chat
    for call in chat.code.calls:
        if call.method != "format" or call.spreads:
            continue
        for template in _templates(chat, call):
            problem = _problem(template, call)
            if problem:
                yield _finding(chat, call, *problem)
                break
    yield from _of_variables(evidence)
    yield from _left_open(chat)


def _left_open(chat: Anatomy) -> Iterator[Finding]:
    """`instructions="You talk to {name}."`, which nothing fills and the model reads as it is."""
    for scope, given in prompts(chat):
        scope, node = valued(chat.code, scope, given)
        found = [name for text in _plain_parts(chat, scope, node) for name in OPEN.findall(text)]
        if found:
            yield Finding(
                what=f"The model reads `{{{found[0]}}}` as it is written: nothing fills the "
                "placeholder in the prompt.",
                where=chat.code.where(scope, node),
                evidence="The text is no f-string, and no `format` is called on it on its way to "
                "the model.",
                fix=f'Write `f"..."`, or fill it with `.format({found[0]}=...)` for each turn.',
                cause="prompt",
                explains=(),
            )


def _plain_parts(chat: Anatomy, scope: Scope, node: cst.CSTNode, hops: int = 4) -> Iterator[str]:
    """The literals without an `f` that a text is put together of."""
    if isinstance(node, cst.SimpleString):
        yield syntax.text(node) or ""
    elif isinstance(node, cst.ConcatenatedString | cst.BinaryOperation) and hops:
        for each in (node.left, node.right):
            yield from _plain_parts(chat, *valued(chat.code, scope, each), hops - 1)


def _templates(chat: Anatomy, call: Call) -> Iterator[str]:
    """The texts that `PROMPT.format(...)` may fill, where they are literals of the project."""
    for value in _receivers(call):
        symbol = chat.code.resolve(call.scope, syntax.dotted(value))
        for each in (value, chat.code.sources.assigned(symbol)):
            if (text := syntax.text(each)) is not None:
                yield text
                break


def _receivers(call: Call) -> list[cst.BaseExpression]:
    """What `format` is called on; for a name of the function what that was given."""
    if not isinstance(call.node.func, cst.Attribute):
        return []
    value = call.node.func.value
    function = call.scope.function
    own = syntax.assignments(function.node) if function is not None else ()
    given = [each.value for each in own if each.target == syntax.dotted(value)]
    found = [part for each in given for part in _either(each)] or [value]
    return found if len(given) < 2 else [value]


def _either(value: cst.BaseExpression) -> list[cst.BaseExpression]:
    if isinstance(value, cst.BooleanOperation) and isinstance(value.operator, cst.Or):
        return [*_either(value.left), *_either(value.right)]
    return [value]


def _of_variables(evidence: Evidence) -> Iterator[Finding]:
    """A prompt that comes from the environment: `settings.system_prompt or PROMPT`."""
    chat = evidence.chat
    for call in chat.code.calls:
        if call.method != "format" or call.spreads:
            continue
        for value in _receivers(call):
            name = value.attr.value.upper() if isinstance(value, cst.Attribute) else ""
            for each in evidence.settings if name.endswith("PROMPT") else ():
                is_it = each.name.upper().endswith(name) and not each.is_example
                problem = _problem(each.value, call) if is_it and each.value else None
                if problem:
                    yield _unfillable(each.name, each.where, *problem)


def _unfillable(name: str, where: str, error: str, fix: str) -> Finding:
    return Finding(
        what=f"The prompt that `{name}` holds cannot be filled, with {error}.",
        where=where,
        evidence="It asks for more than the code gives to `format`.",
        fix=fix,
        cause="prompt",
        explains=("stream_error", "silent", "server_error", "unavailable"),
    )


def _problem(template: str, call: Call) -> tuple[str, str] | None:
    try:
        fields = [name for _, name, _, _ in Formatter().parse(template) if name is not None]
    except ValueError as error:
        return f"ValueError: {error}", "Double every brace that is meant as one: `{{` and `}}`."
    given = call.keywords
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
        where=call.where,
        evidence=f"`{call.written}` has {_names(call)}, and the text asks for more than that.",
        fix=fix,
        cause="prompt",
    )


def _names(call: Call) -> str:
    names = [f"`{name}`" for name in call.keywords]
    return ", ".join(names) if names else "no names"
