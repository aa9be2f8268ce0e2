"""A sample application is run as its owner would, asked one question, and its log is kept."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import httpx
import jwt

SECRET = "a-secret-of-the-sample-that-is-long-enough"
QUESTION = {
    "type": "threads.create",
    "params": {
        "input": {
            "content": [{"type": "input_text", "text": "Please add a task: buy milk"}],
            "attachments": [],
            "inference_options": {},
        }
    },
}


@contextmanager
def running(
    project: Path, ref: str, variables: Mapping[str, str], log: Path
) -> Iterator[str | None]:
    """The application's URL; None where it did not start. What it writes goes to `log`."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    own = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    command = [sys.executable, "-m", "uvicorn", ref, "--port", str(port)]
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            cwd=project,
            env={**own, **variables, "PYTHONUNBUFFERED": "1", "PYTHONDONTWRITEBYTECODE": "1"},
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        try:
            yield f"http://127.0.0.1:{port}" if _is_up(port, process) else None
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _is_up(port: int, process: subprocess.Popen[bytes]) -> bool:
    for _ in range(600):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return True
        if process.poll() is not None:
            return False
        time.sleep(0.1)
    return False


def ask(url: str) -> str:
    """One question, and the whole answer as it came; an error is part of what came."""
    try:
        headers = {"Authorization": f"Bearer {_token(url)}"}
        answer = httpx.post(f"{url}/chatkit", json=QUESTION, headers=headers, timeout=40)
    except httpx.HTTPError as error:
        return f"{type(error).__name__}: {error}"
    return f"{answer.status_code}\n{answer.text}"


def _token(url: str) -> str:
    """Taskflow signs its people in; of the sample by hand we know the secret."""
    form = {"username": "alice", "password": "alice-likes-lists"}
    signed_in = httpx.post(f"{url}/token", data=form)
    if signed_in.status_code == 200:
        return str(signed_in.json()["access_token"])
    return token()


def token() -> str:
    """What Alice's sign-in would give her."""
    claims = {"sub": "alice", "exp": int(time.time()) + 3600}
    return jwt.encode(claims, SECRET, algorithm="HS256")
