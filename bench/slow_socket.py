"""How long a server of nothing but uvicorn and Starlette takes to learn that a slow reader is gone.

    python bench/slow_socket.py

The reader pauses until the socket is full, reads a little, and closes. Prints the delay, and the
kernel's timer of the server's socket at that moment: a probe of the closed window, or a repetition.
"""

from __future__ import annotations

import asyncio
import queue
import socket
import threading
import time
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import StreamingResponse
from starlette.routing import Route

TIMERS = {"01": "repetition", "04": "probe"}
SEND_BUFFER = 16 * 1024
ended: queue.Queue[float] = queue.Queue()


async def flood(request: Request) -> StreamingResponse:
    async def lines() -> AsyncIterator[bytes]:
        try:
            while True:
                yield b"x" * 3000 + b"\n"
                await asyncio.sleep(0.02)
        finally:
            ended.put(time.monotonic())

    return StreamingResponse(lines())


def timer(port: int) -> str:
    """Of the server's socket that has something to send."""
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        fields = line.split()
        kind, ticks = fields[5].split(":")
        if fields[1].endswith(f":{port:04X}") and kind in TIMERS:
            return f"{TIMERS[kind]} in {int(ticks, 16) / 100:.2f} s"
    return "none"


async def delay(url: str, pause: float, buffer: int | None) -> tuple[float, str]:
    options = [(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)] if buffer else []
    transport = httpx.AsyncHTTPTransport(socket_options=options)
    async with httpx.AsyncClient(transport=transport, timeout=60) as http:
        async with http.stream("GET", url) as answer:
            lines = answer.aiter_lines()
            for number in range(12):
                await anext(lines)
                if number == 9:
                    await asyncio.sleep(pause)
        closed = time.monotonic()
    left = timer(httpx.URL(url).port or 0)
    return await asyncio.to_thread(ended.get) - closed, left


def main() -> None:
    app = Starlette(routes=[Route("/", flood)])
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning"))
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        threading.Thread(target=server.run, args=[[listener]], daemon=True).start()
        for buffer in (4096, None):
            for pause in (1, 3, 6, 12):
                seconds, left = asyncio.run(delay(url, pause, buffer))
                size = f"{buffer} bytes" if buffer else "as usual"
                print(f"buffer {size}, paused {pause} s: {seconds:.2f} s later, timer: {left}")


if __name__ == "__main__":
    main()
