"""What the model and the tools were asked, as values that can be shown."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import takewhile
from typing import Any

from chatkit_agent.development.people import People, fingerprint
from chatkit_agent.sandbox.mcp_server import Call
from chatkit_agent.sandbox.model import ModelRequest

Json = dict[str, Any]


def model_calls(requests: Sequence[ModelRequest], began: float) -> Iterator[Json]:
    """Each call with what it was sent, and how that differs from the one it goes on from."""
    before: list[Json] = []
    for number, request in enumerate(tuple(requests)):
        if isinstance(request.body, dict):
            sent = _request_of(request.body)
            yield {"number": number, **_times(request.began, request.ended, began), **sent} | {
                "changed": _change(sent, before),
                "reply": _reply(request),
                "problem": request.problem,
                "usage": _usage(request.usage),
                "hung_up": request.hung_up,
            }
            before.append(sent)


def _request_of(body: Json) -> Json:
    given = body.get("input", body.get("messages")) or []
    tools = [each for each in body.get("tools") or [] if isinstance(each, dict)]
    return {
        "model": body.get("model"),
        "instructions": body.get("instructions") or "",
        "input": [{"role": "user", "content": given}] if isinstance(given, str) else given,
        "tools": [(each.get("function") or each).get("name") for each in tools],
    }


def _change(sent: Json, before: Sequence[Json]) -> Json | None:
    """How many items are those of the latest call that this one goes on from; None without one."""
    for one in reversed(before):
        same = _same(sent["input"], one["input"])
        if same:
            return {
                "same": same,
                "dropped": len(one["input"]) - same,
                "instructions": sent["instructions"] != one["instructions"],
                "tools": sent["tools"] != one["tools"],
            }
    return None


def _same(now: Sequence[Any], then: Sequence[Any]) -> int:
    pairs = zip(now, then, strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))


def _reply(request: ModelRequest) -> Json | None:
    if request.reply is None:
        return None
    calls = [{"name": each.name, "arguments": each.arguments} for each in request.reply.calls]
    return {"text": request.reply.text, "calls": calls}


def _usage(usage: Json) -> Json:
    given = usage.get("input_tokens", usage.get("prompt_tokens"))
    made = usage.get("output_tokens", usage.get("completion_tokens"))
    return {"input": given, "output": made}


def tool_calls(calls: Sequence[Call], began: float, people: People) -> Iterator[Json]:
    """Each call with whose token came with it: a fingerprint, and never the token."""
    for number, call in enumerate(tuple(calls)):
        token = (call.authorization or "").partition(" ")[2].strip()
        mark = fingerprint(token) if token else None
        yield {
            "number": number,
            "tool": call.tool,
            "arguments": call.arguments,
            "result": call.result,
            "failed": call.failed,
            "token": mark,
            "person": people.owner(mark) if mark else None,
            **_times(call.began, call.ended, began),
        }


def _times(start: float, end: float | None, began: float) -> Json:
    return {
        "at": round(start - began, 4),
        "ms": None if end is None else round((end - start) * 1e3),
    }
