"""A conversation as it is saved: what was asked and seen, what the model and the tools said."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from chatkit_agent.sandbox import completions_api, responses_api
from chatkit_agent.sandbox.mcp_server import Call
from chatkit_agent.sandbox.model import ModelRequest

Json = dict[str, Any]


def saved_conversation(
    steps: Sequence[Json],
    requests: Sequence[ModelRequest],
    calls: Sequence[Call],
    tools: Sequence[Json],
) -> Json:
    """`steps` have a request with its events, and between which times they were."""
    return {
        "steps": [{"request": each["request"], "events": each["events"]} for each in steps],
        "model": [_answer(each) for each in requests if _is_of(steps, each.began) and each.reply],
        "tools": list(tools),
        "calls": [
            {
                "tool": each.tool,
                "arguments": each.arguments,
                "result": each.result,
                "failed": each.failed,
            }
            for each in calls
            if _is_of(steps, each.began)
        ],
    }


def _is_of(steps: Sequence[Json], time: float) -> bool:
    return any(each["began"] <= time <= each["ended"] for each in steps)


def _answer(request: ModelRequest) -> Json:
    assert request.reply is not None
    streams = bool(request.body.get("stream"))
    if request.answered:
        return {"stream": streams, "text": request.answered, "asked": request.body}
    api = responses_api if request.path.endswith("/responses") else completions_api
    frames: Iterator[Any] = api.events(request.body, request.reply)
    text = "".join(frame.text for frame in frames) if streams else None
    whole = text or json.dumps(api.answer(request.body, request.reply))
    return {"stream": streams, "text": whole, "asked": request.body}
