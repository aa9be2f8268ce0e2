"""A real nginx before the chat: what is silent it cuts, what is said it passes."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

NGINX = shutil.which("nginx", path="/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin")
pytestmark = pytest.mark.skipif(NGINX is None, reason="needs nginx: apt-get install nginx-light")

SILENCE = 2
CONFIGURATION = """
daemon off;
worker_processes 1;
pid {folder}/pid;
error_log {folder}/error.log;
events {{}}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    server {{
        listen unix:{folder}/socket;
        location / {{
            proxy_pass {url};
            proxy_http_version 1.1;
            proxy_set_header Host $proxy_host;
            proxy_read_timeout {seconds}s;
        }}
    }}
}}
"""


@pytest.fixture
def proxy(chat_url: str) -> Iterator[Path]:
    """The socket of an nginx before the chat, with its usual buffering."""
    folder = Path(tempfile.mkdtemp(prefix="nginx-"))
    file = folder / "nginx.conf"
    file.write_text(CONFIGURATION.format(folder=folder, url=chat_url, seconds=SILENCE))
    process = subprocess.Popen(
        [str(NGINX), "-c", str(file), "-e", str(folder / "error.log")], stdin=subprocess.DEVNULL
    )
    while not (folder / "socket").exists():
        assert process.poll() is None
        time.sleep(0.05)
    yield folder / "socket"
    process.terminate()
    process.wait()
    shutil.rmtree(folder)


@pytest.fixture
def alice(proxy: Path, person: Callable[..., Any]) -> Any:
    alice = person()
    alice.http.close()
    alice.http = httpx.Client(
        transport=httpx.HTTPTransport(uds=str(proxy)),
        base_url="http://chat",
        headers=alice.http.headers,
        timeout=30,
    )
    return alice


def test_a_model_that_thinks_for_longer_than_a_proxy_waits(
    alice: Any, offline_model: Any, configured: Callable[..., None]
) -> None:
    configured(KEEPALIVE_SECONDS="0.5")
    offline_model.script(["At last."])
    offline_model.behave(first_token_delay=SILENCE * 2)
    assert alice.say("Hello").text == "At last."


def test_without_anything_said_meanwhile_the_proxy_cuts(alice: Any, offline_model: Any) -> None:
    offline_model.behave(first_token_delay=SILENCE * 2)
    with pytest.raises(httpx.RemoteProtocolError):
        alice.say("Hello")


def test_words_pass_as_they_are_said(alice: Any, offline_model: Any) -> None:
    offline_model.script(["One two three."])
    offline_model.behave(hold_after=1)
    seen = []
    with alice.saying("Count") as events:
        for event in events:
            seen.append(event["type"])
            if event["type"] == "thread.item.updated":
                offline_model.release()
    assert "thread.item.done" in seen[seen.index("thread.item.updated") :]
