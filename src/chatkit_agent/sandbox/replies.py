"""Decides what the offline model replies: a tool whose words match, or an honest sentence."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any

from chatkit_agent.sandbox.tool_arguments import Missing, fill
from chatkit_agent.sandbox.turns import Reply, Tool, ToolCall, ToolResult, Turn

WHO = "This is the offline model of the ChatKit sandbox: it matches words and does not think."
STOP_WORDS = frozenset(
    """
    a about all an and any are as at be been by can could do does for from had has have he her him
    his how i if in into is it its just let me my of on or our please she so that the their them
    then there these they this to up us was we were what when where which who will with would you
    your user users
    """.split()  # noqa: SIM905
)
WORD_OF_NAME, WORD_OF_DESCRIPTION = 3, 1
# What a tool that asks first gives instead of a result.
WAITS = "it waits for the person"
# One word of a name is enough to match, or as many words of a description.
ENOUGH = 3
MOST_SAID = 500
"""Characters of a message that are said again, word by word."""


def decide(turn: Turn) -> Reply:
    """The reply to a turn; the same turn always gets the same."""
    if turn.results:
        return _reply(turn, "\n\n".join(map(_report, turn.results)))
    tool = _choice(turn)
    if tool is None:
        return _reply(turn, _small_talk(turn))
    try:
        arguments = fill(tool.parameters, turn.message, turn.instructions)
    except Missing as missing:
        return _reply(turn, f"`{tool.name}` needs `{missing}`. Please name it in your message.")
    return Reply(calls=(ToolCall(tool.name, arguments),))


def _reply(turn: Turn, text: str) -> Reply:
    return Reply(f"{text}\n\n*{WHO}*" if turn.is_first else text)


def _report(result: ToolResult) -> str:
    text = _readable(result.text).strip()
    if WAITS in text:
        return "I need your approval for that first: please answer below."
    found = _data(text)
    if found is not None:
        return _markdown(result.tool, found)
    if "\n" not in text:
        return text if text.endswith((".", "!", "?")) else f"{text}."
    lines = "\n".join(f"- {line.strip()}" for line in text.splitlines() if line.strip())
    return f"Here is what `{result.tool}` found:\n\n{lines}"


def _data(text: str) -> Any:
    """A list or an object that a text is; None where it is none."""
    try:
        found = json.loads(text) if text.startswith(("{", "[")) else None
    except ValueError:
        return None
    return found if isinstance(found, list | dict) else None


def _markdown(tool: str, found: Any) -> str:
    """A table of objects that are alike, or a list of what else there is."""
    if not found:
        return f"`{tool}` found nothing."
    begin = f"Here is what `{tool}` found:\n\n"
    if isinstance(found, dict):
        return begin + "\n".join(f"- {name}: {_cell(value)}" for name, value in found.items())
    names = list(found[0]) if isinstance(found[0], dict) else []
    if not names or any(not isinstance(each, dict) or list(each) != names for each in found):
        return begin + "\n".join(f"- {_cell(each)}" for each in found)
    rows = [names, ["---"] * len(names), *([_cell(one) for one in each.values()] for each in found)]
    return begin + "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _cell(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return " ".join(text.split()).replace("|", "\\|")


def _readable(result: str) -> str:
    # The Agents SDK hands a tool's text over as the JSON of a content part.
    try:
        part = json.loads(result)
    except ValueError:
        return result
    if isinstance(part, dict) and part.get("type") in {"text", "input_text"}:
        return str(part.get("text", ""))
    return result


def _small_talk(turn: Turn) -> str:
    text = turn.message.strip()
    heard = text if len(text) <= MOST_SAID else f"{text[:MOST_SAID]}…"
    said = f"You said: {heard}" if text else "You said nothing."
    if not turn.tools:
        return f"{said}\n\nI was given no tools."
    names = "\n".join(f"- `{tool.name}`" for tool in turn.tools)
    return f"{said}\n\nI call a tool when your words match it:\n\n{names}"


def _choice(turn: Turn) -> Tool | None:
    if turn.choice == "none":
        return None
    named = [tool for tool in turn.tools if tool.name == turn.choice]
    ranked = named or sorted(turn.tools, key=lambda tool: _rank(tool, turn.message), reverse=True)
    if not ranked:
        return None
    forced = bool(named) or turn.choice == "required"
    return ranked[0] if forced or _score(ranked[0], turn.message) >= ENOUGH else None


def _rank(tool: Tool, message: str) -> tuple[int, int]:
    # Of equal tools, the one that asks for less: `list_tasks` before `delete_task`.
    return _score(tool, message), -len(tool.parameters.get("required", ()))


def _score(tool: Tool, message: str) -> int:
    said = _stems(message)
    name = _stems(re.sub(r"([a-z])([A-Z])", r"\1 \2", tool.name))
    described = _stems(_summary(tool.description)) - name
    return WORD_OF_NAME * len(said & name) + WORD_OF_DESCRIPTION * len(said & described)


def _summary(description: str) -> str:
    return re.split(r"\n\s*\n|\bArgs:|\bReturns:", description.strip())[0]


def _stems(text: str) -> set[str]:
    words: Iterable[str] = re.findall(r"[^\W\d_]+", text.lower())
    return {_stem(word) for word in words if word not in STOP_WORDS}


def _stem(word: str) -> str:
    for suffix in ("ing", "ied", "ies", "ed", "es", "s", "e", "y"):
        if word.endswith(suffix) and len(word) - len(suffix) >= 3:
            return word[: -len(suffix)]
    return word
