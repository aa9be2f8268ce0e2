"""The messages of Chat Completions in the order that strict providers ask for."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Sequence
from hashlib import sha256
from typing import Any

from .redaction import whole
from .tool_names import plain_name

Message = dict[str, Any]

# What OpenAI takes in Chat Completions.
LONGEST_CALL_ID = 40
SHORT_ID = re.compile(r"[a-zA-Z0-9]{9}")
NO_ANSWER = "(There was no answer.)"
NO_TEXT = "(It answered with something that is no text.)"
# The Agents SDK's words for it.
OMITTED = "[tool output omitted]"
EARLIER = "(The conversation began earlier.)"


def in_order(messages: Iterable[Any]) -> list[Message]:
    """User and assistant take turns, the user begins, and an answer follows what a tool said."""
    ordered: list[Message] = []
    for message in map(dict, messages):
        if "content" in message:
            message["content"] = _plain(message["content"])
        if message["role"] == "tool":
            is_text = message.get("content") not in (None, "", [], OMITTED)
            message["content"] = message["content"] if is_text else NO_TEXT
        if calls := message.get("tool_calls"):
            message["tool_calls"] = [_fitted_call(call) for call in calls]
        message = with_ids(message, _fitted_id)
        last = ordered[-1]["role"] if ordered else "system"
        if last in {"system", "developer"} and message["role"] in {"assistant", "tool"}:
            ordered.append({"role": "user", "content": EARLIER})
        elif last == "tool" and message["role"] == "user":
            ordered.append({"role": "assistant", "content": NO_ANSWER})
        if message["role"] == last and last in {"user", "assistant"}:
            ordered[-1] = _join(ordered[-1], message)
        else:
            ordered.append(message)
    return ordered


def _fitted_call(call: Message) -> Message:
    """What the model made up comes back to it in a form that its own provider takes."""
    if "function" not in call:
        return call
    name, text = call["function"]["name"], call["function"]["arguments"]
    fitted = text if is_object(text) else json.dumps(arguments_of(text))
    made = {"name": plain_name(name), "arguments": fitted}
    return {**call, "function": {**call["function"], **made}}


def _fitted_id(call_id: str) -> str:
    return call_id if len(call_id) <= LONGEST_CALL_ID else short_id(call_id)


def arguments_of(text: str) -> dict[str, Any]:
    """A call's arguments, whatever the model wrote."""
    values = value_of(text)
    values = {} if values is None else values
    return values if isinstance(values, dict) else {"not_an_object": values}


def is_object(text: str) -> bool:
    return isinstance(value_of(text), dict)


def fitted_arguments(given: Any) -> str:
    """The arguments that a model wrote: nothing as no arguments, and only what every JSON has."""
    text = json.dumps(given) if isinstance(given, dict) else given or ""
    values = value_of(text)
    inner = value_of(values) if isinstance(values, str) else values
    if inner is None and text.strip() in {"", "null"}:
        return "{}"
    if not isinstance(inner, dict):
        return text
    fitted = whole(json.dumps(inner, ensure_ascii=False))
    return text if json.loads(fitted) == json.loads(text) else fitted


def value_of(text: str) -> Any:
    """What the JSON says: NaN and its like are none; the text itself, where it is no JSON."""
    try:
        return json.loads(text or "null", parse_constant=lambda _: None)
    except (ValueError, RecursionError):
        return text


def _plain(content: Any) -> Any:
    """One text where there are texts only: some providers refuse a list, or pass over it."""
    parts = content if isinstance(content, list) else []
    texts = [part["text"] for part in parts if part.get("type") == "text"]
    return "\n".join(texts) if parts and len(texts) == len(parts) else content


def _join(first: Message, second: Message) -> Message:
    joined = {**first, **second, "content": _together(first["content"], second.get("content"))}
    calls = [*(first.get("tool_calls") or ()), *(second.get("tool_calls") or ())]
    return {**joined, "tool_calls": calls} if calls else joined


def _together(first: Any, second: Any) -> Any:
    if not (first and second):
        return first or second
    if isinstance(first, str) and isinstance(second, str):
        return f"{first}\n\n{second}"
    return [*_parts(first), *_parts(second)]


def _parts(content: Any) -> Sequence[Any]:
    return [{"type": "text", "text": content}] if isinstance(content, str) else content


def short_id(call_id: str) -> str:
    """Nine letters and digits, which every provider takes."""
    return call_id if SHORT_ID.fullmatch(call_id) else sha256(call_id.encode()).hexdigest()[:9]


def with_ids(message: Message, fit: Callable[[str], str]) -> Message:
    """The message with each id of a call fitted, and that of whose result it is."""
    fitted = dict(message)
    if message.get("tool_call_id"):
        fitted["tool_call_id"] = fit(message["tool_call_id"])
    if calls := message.get("tool_calls"):
        fitted["tool_calls"] = [{**call, "id": fit(call["id"])} for call in calls]
    return fitted
