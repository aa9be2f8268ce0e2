"""Where a turn's processor time goes: the stack is looked at after each millisecond of it."""

from __future__ import annotations

import signal
from collections import Counter
from collections.abc import Iterator
from types import FrameType
from typing import Any

from fastapi import APIRouter

EVERY = 0.001
# From the outermost name that fits: what is done, and in whose code. The first row wins.
KINDS = (
    ("the event loop", ("uvicorn/_compat.py", "uvicorn/server.py")),
    ("reading the model's events into types", "openai/_models.py"),
    ("reading the model's stream", "openai/_streaming.py"),
    ("the model's request, its client", "openai/"),
    ("HTTP to the model and the tools' server", ("httpx", "httpcore")),
    ("tools: MCP", ("mcp/", "agents/mcp/", "mcp_types/")),
    ("statements to the database", "asyncpg/"),
    ("the store", "chatkit_store/"),
    ("events to JSON, and from the SDK's types", "chatkit/"),
    ("sending to the client", ("uvicorn", "starlette", "fastapi")),
    ("the chat's runtime", ("chatkit_runtime/", "services/")),
    ("the run of the agent", "agents/"),
)

router = APIRouter(prefix="/bench")
samples: Counter[str] = Counter()
lines: Counter[str] = Counter()


def kind_of(frame: FrameType | None) -> str:
    """The innermost frame whose file says what is done."""
    while frame is not None:
        path = frame.f_code.co_filename
        for kind, parts in KINDS:
            names = (parts,) if isinstance(parts, str) else parts
            if any(f"/{name}" in path for name in names):
                return kind
        frame = frame.f_back
    return "else"


def look(number: int, frame: FrameType | None) -> None:
    samples[kind_of(frame)] += 1
    places = list(filter(None, (_place(one) for one in _stack(frame))))
    lines.update(dict.fromkeys(places, 1))
    lines[f"itself {places[0]}" if places else "else"] += 1


def _stack(frame: FrameType | None) -> Iterator[FrameType]:
    while frame is not None:
        yield frame
        frame = frame.f_back


def _place(frame: FrameType) -> str:
    path = frame.f_code.co_filename
    _, _, name = path.rpartition("site-packages/" if "site-packages" in path else "/reference/")
    name = name if name != path else ""
    return name and f"{name}:{getattr(frame.f_code, 'co_qualname', frame.f_code.co_name)}"


@router.post("/profile/{seconds}")
async def begin(seconds: float) -> None:
    """0 stops it."""
    samples.clear()
    lines.clear()
    signal.signal(signal.SIGPROF, look)
    signal.setitimer(signal.ITIMER_PROF, seconds, seconds)


@router.get("/profile")
async def found() -> dict[str, Any]:
    signal.setitimer(signal.ITIMER_PROF, 0)
    return {"kinds": samples, "lines": dict(lines.most_common(400))}
