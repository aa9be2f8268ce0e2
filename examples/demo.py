"""The main job as a person sees it: a task API gets a chat, and the console shows it at work."""

from __future__ import annotations

import argparse
import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import webbrowser
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import BinaryIO

import httpx
from driving import drive
from local_model import NAME, model_server
from rich.console import Console

from chatkit_agent.sandbox.postgres import create_database, postgres

EXAMPLE = Path(__file__).parent / "taskflow"
BOARD = Path(__file__).parent / "task_board.py"
AGENT = Path(sys.executable).with_name("chatkit-agent")
PROMPTS = (
    "Which tasks do I have?",
    "Add a task: water the plants",
    "Show my board",
    "Delete task 1",
)
TASKS = {"alice": ("buy milk", "call the plumber"), "bob": ("book a table",)}
STORY = "Once upon a time there was a small boat, and"
# What a person writes to give the assistant a tool of the application's own, and its button.
PATCH = BOARD.with_suffix(".patch")
SECONDS_TO_START = 60

console = Console(highlight=False)


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--once", action="store_true", help="drive the page once, and end")
    arguments.add_argument("--model", choices=["local"], help="a real open model, on this machine")
    given = arguments.parse_args()
    with ExitStack() as opened:
        try:
            return demonstrate(opened, once=given.once, is_local=given.model == "local")
        except KeyboardInterrupt:
            console.print("\nStopping.")
            return 0


def demonstrate(opened: ExitStack, *, once: bool, is_local: bool) -> int:
    with example(opened) as (project, variables):
        if project is None:
            return 1
        heading("4. The console")
        variables |= local_variables(opened) if is_local else {}
        ports = free_port(), int(variables["API_PORT"])
        command = [
            *(str(AGENT), "dev", ".", "--python", sys.executable, "--port", str(ports[0])),
            *("--app-port", str(ports[1])),
            *(part for prompt in PROMPTS for part in ("--prompt", prompt)),
            "--no-open",
        ]
        with started(command, ports[0], project, variables) as process:
            url = f"http://127.0.0.1:{ports[0]}"
            seed(f"http://127.0.0.1:{ports[1]}", url)
            if once and is_local:
                return ask_once(f"http://127.0.0.1:{ports[1]}")
            if once:
                return drive(url, console.print)
            webbrowser.open(url)
            process.wait()
            return process.returncode


@contextmanager
def example(opened: ExitStack, *more: str) -> Iterator[tuple[Path | None, dict[str, str]]]:
    """The example with its chat, the tools that it calls running, and what it is to be run with."""
    heading("1. A FastAPI application without a chat")
    project = copied(Path(opened.enter_context(temporary())))
    url = create_database(opened.enter_context(postgres()), "taskflow")
    api, tools = free_port(), free_port()
    mcp_url, api_url = f"http://127.0.0.1:{tools}/mcp", f"http://127.0.0.1:{api}"
    write_env(project, {"DATABASE_URL": url, "JWT_SECRET": secrets.token_urlsafe(48)})
    run([sys.executable, "-m", "taskflow.setup"], project)
    console.print(f"Taskflow, a task API of our own, was copied to {project}")

    heading("2. chatkit-agent add")
    command = [str(AGENT), "add", ".", "--yes", "--with", "approvals", "--mcp-url", mcp_url]
    command += ["--python", sys.executable, *more]
    if subprocess.run(command, cwd=project, check=False).returncode:
        console.print("The chat could not be added and checked.", style="red")
        yield None, {}
        return

    heading("3. A tool of its own, which shows a card with buttons")
    customise(project)
    chat = {"TASKFLOW_CHATKIT_DATABASE_URL": url, "MCP_SERVER_URL": mcp_url}
    write_env(project, chat)
    variables = {"TASKFLOW_API_URL": api_url, "API_PORT": str(api)}
    serve = [sys.executable, "-m", "uvicorn", "taskflow_mcp.server:app", "--port", str(tools)]
    log = project.parent / "tools.log"
    with log.open("wb") as output, started(serve, tools, project, variables, output):
        yield project, variables


def customise(project: Path) -> None:
    shutil.copy(BOARD, project / "taskflow" / "services")
    run(["git", "apply", "-C1", str(PATCH)], project)
    console.print(f"{BOARD.name} is new, and a few lines in chat_agent.py and chatkit_server.py.")


def seed(api: str, console_url: str = "") -> None:
    """A few tasks for each of the two, by Taskflow's own API; and both are signed in."""
    wait_for(api)
    if console_url:
        httpx.get(f"{console_url}/_console/about", timeout=30).raise_for_status()
    for name, titles in TASKS.items():
        form = {"username": name, "password": f"{name}-likes-lists"}
        token = httpx.post(f"{api}/token", data=form).raise_for_status().json()["access_token"]
        for title in titles:
            headers = {"Authorization": f"Bearer {token}"}
            httpx.post(f"{api}/tasks", json={"title": title}, headers=headers).raise_for_status()
        if console_url:
            signed_in = httpx.post(f"{console_url}/_console/sign_in", json=form, timeout=30)
            assert not signed_in.json()["error"], signed_in.text


def ask_once(api: str) -> int:
    """Nobody foresees what a base model says, but its answer is words, or why there are none."""
    form = {"username": "alice", "password": "alice-likes-lists"}
    token = httpx.post(f"{api}/token", data=form).raise_for_status().json()["access_token"]
    said = {"content": [{"type": "input_text", "text": STORY}], "attachments": []}
    asked = {
        "type": "threads.create",
        "params": {"input": {**said, "inference_options": {}}},
    }
    console.print(f"Alice says: {STORY}")
    began = time.monotonic()
    headers = {"Authorization": f"Bearer {token}"}
    answer = httpx.post(f"{api}/chatkit", json=asked, headers=headers, timeout=600)
    lines = answer.raise_for_status().text.splitlines()
    events = [json.loads(line[6:]) for line in lines if line.startswith("data: ")]
    words = "".join(each.get("update", {}).get("delta", "") for each in events).strip()
    errors = [each["message"] for each in events if each["type"] == "error"]
    console.print(f"After {time.monotonic() - began:.1f} s: {' / '.join([words, *errors])}")
    return 0 if words or errors else 1


def local_variables(opened: ExitStack) -> dict[str, str]:
    url = opened.enter_context(model_server(4096, chat_format="chatml-function-calling"))
    console.print(f"The model is {NAME}, which runs on this machine.")
    settings = {"MODEL_API": "chat_completions", "MODEL": NAME, "MAX_OUTPUT_TOKENS": "200"}
    prefixed = {f"TASKFLOW_CHATKIT_{name}": value for name, value in settings.items()}
    return {"OPENAI_API_KEY": "local", "OPENAI_BASE_URL": url, **prefixed}


@contextmanager
def temporary() -> Iterator[str]:
    with tempfile.TemporaryDirectory(prefix="taskflow-", ignore_cleanup_errors=True) as folder:
        yield folder


def copied(folder: Path) -> Path:
    project = folder / "taskflow"
    shutil.copytree(EXAMPLE, project, ignore=shutil.ignore_patterns("__pycache__", ".*_cache"))
    (project / ".gitignore").write_text(".env\n__pycache__/\n")
    identity = ("-c", "user.name=Alice", "-c", "user.email=alice@example.com")
    for command in (("init", "-q"), ("add", "-A"), ("commit", "-qm", "Taskflow")):
        run(["git", *identity, *command], project)
    return project


def write_env(project: Path, variables: dict[str, str]) -> None:
    with (project / ".env").open("a") as file:
        file.writelines(f"{name}={value}\n" for name, value in variables.items())


def run(command: list[str], folder: Path) -> None:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)} failed:\n{done.stdout}{done.stderr}")


@contextmanager
def started(
    command: list[str],
    port: int,
    project: Path,
    variables: dict[str, str],
    output: BinaryIO | None = None,
) -> Iterator[subprocess.Popen[bytes]]:
    environment = {**os.environ, **variables}
    process = subprocess.Popen(command, cwd=project, env=environment, stdout=output, stderr=output)
    try:
        wait_for(f"http://127.0.0.1:{port}", process)
        yield process
    finally:
        process.terminate()
        process.wait(20)


def wait_for(url: str, process: subprocess.Popen[bytes] | None = None) -> None:
    address = ("127.0.0.1", httpx.URL(url).port or 80)
    for _ in range(SECONDS_TO_START * 10):
        with socket.socket() as probe:
            if probe.connect_ex(address) == 0:
                return
        if process is not None and process.poll() is not None:
            raise SystemExit("A part of the demo did not start; what it said stands above.")
        time.sleep(0.1)
    raise SystemExit(f"A part of the demo did not start within {SECONDS_TO_START} seconds.")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def heading(text: str) -> None:
    console.print()
    console.rule(f"[bold]{text}", align="left")


if __name__ == "__main__":
    sys.exit(main())
