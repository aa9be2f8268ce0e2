"""The application under load: the delivered chat, and what a process of it holds at the moment."""

from __future__ import annotations

import asyncio
import logging
import os
import socket
import sys
from collections import Counter
from typing import Any

import psutil  # type: ignore[import-untyped]
import uvicorn
from fastapi import FastAPI
from uvicorn.supervisors import Multiprocess

from chatkit_agent.reference.services.chatkit_server import create_chatkit_router
from chatkit_agent.reference.services.current_user import VerifiedUser

# Small, so that a slow reader is felt: it is inherited by every connection.
SEND_BUFFER = 16 * 1024


class OneLine(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        return super().format(record).replace("\n", " | ")


console = logging.StreamHandler()
console.setFormatter(OneLine("%(asctime)s %(levelname)s %(name)s %(message)s"))
logging.basicConfig(level=logging.WARNING, handlers=[console])
logging.getLogger("chatkit_agent").setLevel(logging.INFO)
app = FastAPI()
app.include_router(create_chatkit_router(current_user=VerifiedUser()))


@app.get("/held")
async def held() -> dict[str, Any]:
    """For the soak only: an application that people use shows this to nobody."""
    process = psutil.Process()
    tasks = Counter(getattr(task.get_coro(), "__qualname__", "?") for task in asyncio.all_tasks())
    peers = Counter(one.raddr.port for one in process.net_connections() if one.raddr)
    return {
        "pid": os.getpid(),
        "tasks": tasks,
        "rss": process.memory_info().rss,
        "files": process.num_fds(),
        "peers": peers,
    }


def main(descriptor: int, workers: int) -> None:
    config = uvicorn.Config(
        "soak_server:app",
        workers=workers,
        log_config=None,
        access_log=False,
        timeout_worker_healthcheck=60,  # a busy machine takes more than 5 seconds to start one
    )
    listener = socket.socket(fileno=descriptor)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)
    if workers == 1:
        uvicorn.Server(config).run(sockets=[listener])
    else:
        Multiprocess(config, sockets=[listener]).run()


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
