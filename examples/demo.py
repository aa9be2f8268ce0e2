"""The main job as a person sees it: a task API gets a chat, the chat is checked, and it answers."""

from __future__ import annotations

import argparse
import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx
from local_model import NAME, model_server
from rich.console import Console
from talk import Conversation

from chatkit_agent.sandbox.model import OfflineModel
from chatkit_agent.sandbox.postgres import create_database, postgres

EXAMPLE = Path(__file__).parent / "taskflow"
AGENT = Path(sys.executable).with_name("chatkit-agent")
QUESTIONS = ("Add a task: buy milk", "Which tasks do I have?")

console = Console(highlight=False)


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--once", action="store_true", help="end after the conversation")
    arguments.add_argument("--model", choices=["local"], help="a real open model, on this machine")
    given = arguments.parse_args()
    with ExitStack() as opened:
        try:
            return demonstrate(opened, once=given.once, is_local=given.model == "local")
        except KeyboardInterrupt:
            console.print("\nStopping.")
            return 0


def demonstrate(opened: ExitStack, *, once: bool, is_local: bool) -> int:
    heading("1. A FastAPI application without a chat")
    project = copied(Path(opened.enter_context(temporary())))
    server = opened.enter_context(postgres())
    url = create_database(server, "taskflow")
    api, tools = free_port(), free_port()
    write_env(project, {"DATABASE_URL": url, "JWT_SECRET": secrets.token_urlsafe(48)})
    run([sys.executable, "-m", "taskflow.setup"], project)
    console.print(f"Taskflow, a task API of our own, was copied to {project}")

    heading("2. chatkit-agent add")
    mcp_url = f"http://127.0.0.1:{tools}/mcp"
    command = [str(AGENT), "add", ".", "--yes", "--mcp-url", mcp_url, "--python", sys.executable]
    if status := subprocess.run(command, cwd=project, check=False).returncode:
        console.print("The chat could not be added and checked.", style="red")
        return status

    heading("3. A real conversation")
    write_env(
        project,
        {
            "TASKFLOW_CHATKIT_DATABASE_URL": url,
            "MCP_SERVER_URL": mcp_url,
            **(local_variables(opened) if is_local else model_variables(opened)),
        },
    )
    opened.enter_context(serving("taskflow_mcp.server:app", tools, project, api))
    opened.enter_context(serving("taskflow.main:app", api, project, api))
    return converse(f"http://127.0.0.1:{api}", once=once, is_real=is_local)


def converse(base: str, *, once: bool, is_real: bool) -> int:
    signed_in = httpx.post(
        f"{base}/token", data={"username": "alice", "password": "alice-likes-lists"}
    )
    token = signed_in.raise_for_status().json()["access_token"]
    console.print("Signed in to Taskflow as Alice.")
    conversation = Conversation(f"{base}/chatkit", token, console)
    answers = [ask(conversation, question) for question in QUESTIONS]
    tasks = httpx.get(f"{base}/tasks", headers={"Authorization": f"Bearer {token}"}).json()
    console.print(f"\nTaskflow's own API now says: {[task['title'] for task in tasks]}")
    if is_real:
        console.print("It is a base model: what it says need not make sense, nor do what is asked.")
    elif "buy milk" not in answers[-1] or "buy milk" not in str(tasks):
        console.print("The conversation did not add the task.", style="red")
        return 1
    if not once:
        stay(base, token, conversation)
    return 0


def ask(conversation: Conversation, question: str) -> str:
    console.print(f"\n[bold]Alice:[/bold] {question}")
    return conversation.ask(question)


def stay(base: str, token: str, conversation: Conversation) -> None:
    heading("It is running")
    console.print(f"Chat endpoint   {base}/chatkit\nThe API's page  {base}/docs")
    console.print(f"Alice's token   {token}", soft_wrap=True)
    if not sys.stdin.isatty():
        console.print("Ctrl-C stops it.")
        while True:
            time.sleep(3600)
    console.print("Ask something; Ctrl-C stops it.")
    while True:
        try:
            question = console.input("\n[bold]You:[/bold] ")
        except EOFError:
            return
        if question.strip():
            conversation.ask(question)


def model_variables(opened: ExitStack) -> dict[str, str]:
    key = os.environ.get("OPENAI_API_KEY")
    if key:
        base = os.environ.get("OPENAI_BASE_URL", "")
        console.print(f"The model is the one behind your OPENAI_API_KEY {base}".rstrip())
        return {"OPENAI_API_KEY": key, **({"OPENAI_BASE_URL": base} if base else {})}
    console.print("The model is an offline stand-in: it picks a tool by its words, and says so.")
    model = opened.enter_context(OfflineModel(seconds_per_word=0.04))
    return {"OPENAI_API_KEY": "offline", "OPENAI_BASE_URL": model.url}


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
def serving(app: str, port: int, project: Path, api: int) -> Iterator[None]:
    environment = {**os.environ, "TASKFLOW_API_URL": f"http://127.0.0.1:{api}"}
    command = [sys.executable, "-m", "uvicorn", app, "--port", str(port), "--log-level", "warning"]
    log = project.parent / f"{app.partition(':')[0]}.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, cwd=project, env=environment, stdout=output, stderr=subprocess.STDOUT
        )
        try:
            wait_for(port, process, log)
            yield
        finally:
            process.terminate()
            process.wait(10)


def wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(300):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        if process.poll() is not None:
            raise SystemExit(f"A server of the demo did not start:\n{log.read_text()}")
        time.sleep(0.1)
    raise SystemExit(f"A server of the demo did not start within 30 seconds:\n{log.read_text()}")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def heading(text: str) -> None:
    console.print()
    console.rule(f"[bold]{text}", align="left")


if __name__ == "__main__":
    sys.exit(main())
