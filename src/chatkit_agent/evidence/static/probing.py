"""Probing: requests to a running application from outside, harmless ones only, each once."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import httpx

from chatkit_agent.errors import BadOption
from chatkit_agent.evidence.run import LONG, LONG_ID, Reply
from chatkit_agent.evidence.run.client import exchange, message, operation
from chatkit_agent.evidence.static import Probe, Running
from chatkit_agent.evidence.static.logs import without_secrets
from chatkit_agent.project.source.cors import HEADERS

UNKNOWN_USER = "chatkit-agent-doctor-nobody"
GARBAGE = "not.a.token"
ORIGIN = "https://frontend.example"
ASKED_HEADERS = ",".join((*(each.lower() for each in HEADERS), "content-type"))
USUAL = ("/chatkit", "/api/chatkit", "/api/v1/chatkit")
LARGE = 8 * 1024 * 1024
SECONDS = 30.0
MOST = 200_000
"""Characters that are kept of an answer."""
THREAD = "thr_chatkit_agent_doctor"


@dataclass(frozen=True)
class Asking:
    """One request that is going to be made."""

    name: str
    method: str
    path: str
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    shown: str = ""


def probe(url: str, paths: Sequence[str], token: str | None) -> Running:
    """What the application at `url` answers. With a `token`, one short turn is run as well.

    Raises:
        BadOption: `url` is none.
    """
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise BadOption(
            f"--url {url}: give the URL of the application, such as `http://localhost:8000`."
        )
    base = url.rstrip("/")
    with httpx.Client(timeout=SECONDS, follow_redirects=False) as client:
        path = _path_of(client, base, parts.path, paths)
        base = base.removesuffix(path)
        asked = [*_without_sign_in(path), *(_signed_in(path, token) if token else ())]
        replies = [_ask(client, base, each) for each in asked]
        if token and (thread := replies[-1].thread):
            signed = _json(Authorization=f"Bearer {token}")
            delete = Asking("", "POST", path, _request("threads.delete", thread_id=thread), signed)
            _ask(client, base, delete)
        return Running(f"{base}{path}", tuple(map(_probe, asked, replies)))


def _path_of(client: httpx.Client, base: str, given: str, paths: Sequence[str]) -> str:
    """The chat's path: as given, as written in the source, or the first usual one that is there."""
    if given.rstrip("/"):
        return given.rstrip("/")
    for path in dict.fromkeys([*paths, *USUAL]):
        reply = _ask(client, base, Asking("", "POST", path, b"{}", _json()))
        if reply.status is None or reply.status not in (404, 405):
            return path
    return next(iter(paths), USUAL[0])


def _json(**more: str) -> dict[str, str]:
    return {"Content-Type": "application/json", **more}


def _request(type_: str, **params: Any) -> bytes:
    return operation(type_, params)


LIST = _request("threads.list", limit=1, order="desc")


def _without_sign_in(path: str) -> Iterator[Asking]:
    yield Asking(
        "preflight",
        "OPTIONS",
        path,
        headers={
            "Origin": ORIGIN,
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": ASKED_HEADERS,
        },
    )
    yield Asking("health", "GET", f"{path}/health")
    yield Asking("anonymous", "POST", path, LIST, _json())
    spoofed = _json(Authorization=f"Bearer {GARBAGE}", **{"X-User-ID": UNKNOWN_USER})
    yield Asking("spoofed", "POST", path, LIST, spoofed, "threads.list as somebody else")


def _signed_in(path: str, token: str) -> Iterator[Asking]:
    signed = _json(Authorization=f"Bearer {token}")
    yield Asking("signed in", "POST", path, LIST, signed)
    yield Asking("no object", "POST", path, b"null", signed)
    yield Asking("no type", "POST", path, b"{}", signed)
    yield Asking("no json", "POST", path, b"{", signed)
    unknown = _request("threads.get_by_id", thread_id=THREAD)
    yield Asking("unknown thread", "POST", path, unknown, signed)
    long = _request("threads.get_by_id", thread_id="t" * LONG_ID)
    yield Asking("long id", "POST", path, long, signed, LONG)
    yield Asking("nonsense limit", "POST", path, _request("threads.list", limit=-1), signed)
    asked = message("?")
    into_nothing = _request("threads.add_user_message", thread_id=THREAD, input=asked)
    yield Asking("message into nothing", "POST", path, into_nothing, signed)
    padded = json.dumps({"type": "threads.list", "params": {}, "metadata": {"x": "a" * LARGE}})
    yield Asking("large body", "POST", path, padded.encode(), signed, f"{LARGE} bytes")
    yield Asking(
        "turn", "POST", path, _request("threads.create", input=message("Say hello.")), signed
    )


def _ask(client: httpx.Client, base: str, asking: Asking) -> Reply:
    url = base + asking.path
    with exchange(client, asking.method, url, asking.body, asking.headers) as reply:
        return reply


def _probe(asking: Asking, reply: Reply) -> Probe:
    shown = asking.shown or asking.body[:80].decode()
    return Probe(
        asking.name,
        f"{asking.method} {asking.path} {shown}".strip(),
        reply.status,
        reply.headers,
        without_secrets(reply.everything.strip()[:MOST]),
        (reply.error or "").rstrip(": ") or None,
        tuple(each.at for each in reply.frames),
    )
