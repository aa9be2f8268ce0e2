"""An application that cannot start without a service of its owner's: it is named, and both ways on
lead to checks that pass."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.sandbox.isolation.test_confinement import Listener

MAIN = """
import os
import socket
from contextlib import asynccontextmanager

from dotenv import load_dotenv
from fastapi import FastAPI

load_dotenv()


@asynccontextmanager
async def lifespan(app):
    url = os.environ["QUEUE_URL"]
    if url != "memory://":
        host, _, port = url.removeprefix("amqp://").partition(":")
        with socket.create_connection((host, int(port)), timeout=5) as queue:
            queue.sendall(b"AMQP")
    yield


app = FastAPI(lifespan=lifespan)
"""
NEEDED = ("--python", sys.executable, "--auth", "none", "--tools", "none")


def ran(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "chatkit_agent", *arguments, str(root), *NEEDED]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def queue() -> Iterator[Listener]:
    with closing(Listener()) as one:
        yield one


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory, queue: Listener) -> Path:
    root = tmp_path_factory.mktemp("ways") / "shop"
    root.mkdir()
    (root / "main.py").write_text(MAIN)
    (root / ".env").write_text(f"QUEUE_URL=amqp://127.0.0.1:{queue.port}\n")
    (root / "requirements.txt").write_text("fastapi\nuvicorn\npython-dotenv\n")
    added = ran(root, "add", "--yes", "--no-verify", "--allow-dirty")
    assert added.returncode == 0, added.stderr
    return root


def test_what_it_cannot_start_without_is_named_with_two_ways_on(
    shop: Path, queue: Listener
) -> None:
    done = ran(shop, "verify")
    told = " ".join(done.stdout.split())
    assert done.returncode == 4, told
    assert "It was refused `QUEUE_URL`" in told
    assert "--env-file FILE" in told
    assert "--own-services QUEUE_URL" in told
    assert queue.came == 0


def test_an_environment_that_needs_none_of_it(shop: Path, queue: Listener, tmp_path: Path) -> None:
    (tmp_path / "throwaway.env").write_text("QUEUE_URL=memory://\n")
    done = ran(shop, "verify", "--env-file", str(tmp_path / "throwaway.env"))
    assert done.returncode == 0, done.stdout
    assert "inconclusive" not in done.stdout
    assert queue.came == 0


def test_own_services_are_asked_for_and_then_reached(shop: Path, queue: Listener) -> None:
    unasked = ran(shop, "verify", "--own-services", "QUEUE_URL")
    assert unasked.returncode != 0
    assert queue.came == 0
    done = ran(shop, "verify", "--own-services", "QUEUE_URL", "--yes")
    assert done.returncode == 0, done.stdout
    assert queue.came > 0
