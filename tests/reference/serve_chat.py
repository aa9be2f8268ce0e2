"""Serves the delivered chat in a process of its own: `serve_chat.py PACKAGE SOCKET_FD [SERVER]`."""

from __future__ import annotations

import asyncio
import importlib
import logging
import socket
import sys

import uvicorn
from fastapi import FastAPI
from hypercorn.asyncio import serve
from hypercorn.config import Config

logging.basicConfig(level=logging.INFO, format="%(name)s %(message)s")
services = importlib.import_module(f"{sys.argv[1]}.services.chatkit_server")
verifier = importlib.import_module(f"{sys.argv[1]}.services.current_user")
app = FastAPI()
app.include_router(services.create_chatkit_router(current_user=verifier.VerifiedUser()))


@app.get("/tasks")
async def tasks() -> list[str]:
    """What runs in the event loop at the moment, to see that nothing is left behind."""
    return sorted(str(task.get_coro()) for task in asyncio.all_tasks())


if __name__ == "__main__":
    descriptor = int(sys.argv[2])
    if sys.argv[3:] == ["hypercorn"]:
        config = Config()
        config.bind = [f"fd://{descriptor}"]
        asyncio.run(serve(app, config))
    else:
        server = uvicorn.Server(uvicorn.Config(app, log_config=None))
        server.run(sockets=[socket.socket(fileno=descriptor)])
