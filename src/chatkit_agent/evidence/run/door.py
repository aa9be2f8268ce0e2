"""The door: how a request gets past what stands in front of the chat, and what keeps it out."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal
from urllib.parse import urlsplit

from chatkit_agent.evidence.run import Boot, Reply

Kind = Literal["https", "host", "csrf", "origin", "rate", "credentials", "front"]

REDIRECTS = (301, 302, 303, 307, 308)
HOST = re.compile(r"\b(?:invalid|unknown|disallowed|untrusted|bad|allowed)\b.{0,20}\bhost", re.I)
CSRF = re.compile(r"csrf|xsrf|cross.site request|\bforgery", re.IGNORECASE)
ORIGIN = re.compile(r"\b(?:origin|referr?er)\b", re.IGNORECASE)
COOKIES = ("csrftoken", "XSRF-TOKEN")
HEADERS = ("x-csrftoken", "x-csrf-token", "x-xsrf-token")
# What a browser itself says of a request by a page to its own origin.
OF_BROWSER = {
    "User-Agent": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/140.0.0.0 Safari/537.36",
    "Accept-Language": "en",
    "Sec-Fetch-Site": "same-origin",
    "Sec-Fetch-Mode": "cors",
    "Sec-Fetch-Dest": "empty",
}
OF_PROXY = {"X-Forwarded-Proto": "https", "X-Forwarded-Port": "443"}
# The same as other proxies say it, of whoever is in the same network.
OF_PROXIES = {
    **OF_PROXY,
    "Forwarded": "for=10.0.0.8;proto=https",
    "X-Forwarded-For": "10.0.0.8",
    "X-Forwarded-Scheme": "https",
    "X-Forwarded-Protocol": "https",
    "X-Forwarded-Ssl": "on",
    "X-Scheme": "https",
    "X-Real-Ip": "10.0.0.8",
    "Front-End-Https": "on",
    "CloudFront-Forwarded-Proto": "https",
    "Cf-Visitor": '{"scheme":"https"}',
}
AJAX = {"X-Requested-With": "XMLHttpRequest"}
VARYING = re.compile(r"[0-9a-f]{8,}|\d+", re.IGNORECASE)
LOCAL = ("localhost", "127.0.0.1", "testserver", "example.com")
MOST_TRIES = 12
MOST_OF_SOURCE = 4
WORDS: Mapping[Kind, str] = {
    "https": "it redirects plain HTTP to HTTPS",
    "host": "it takes requests for certain host names only",
    "csrf": "its CSRF protection refuses them",
    "origin": "it takes requests from pages of certain origins only",
    "rate": "its rate limit refuses them: a conversation makes dozens of requests, so allow that "
    "many to the chat's route, or let --env-file FILE turn it off in the sandbox",
    "credentials": "something in front of the chat wants credentials of its own from every "
    "request, whatever its path",
    "front": "something in front of the chat answers, as it does for routes that are not there",
}


@dataclass(frozen=True)
class Manner:
    """What every request has besides its own headers, and why; `closed` where nothing helped."""

    headers: Mapping[str, str] = field(default_factory=dict)
    cookies: Mapping[str, str] = field(default_factory=dict)
    met: tuple[Kind, ...] = ()
    closed: str = ""

    def with_headers(self, kind: Kind, headers: Mapping[str, str]) -> Manner:
        return replace(self, headers={**self.headers, **headers}, met=_with_kind(self, kind))


def obstacle(reply: Reply, middlewares: Sequence[str] = ()) -> Kind | None:
    """What answered in the place of the chat; None where nothing is known to have."""
    status, body = reply.status, reply.body
    if status in REDIRECTS and reply.location.startswith("https://"):
        return "https"
    if status in REDIRECTS and _is_other_host(reply.location):
        return "host"
    if status == 421 or (status in (400, 403) and HOST.search(body)):
        return "host"
    if status in (400, 401, 403, 419) and CSRF.search(body):
        return "csrf"
    if status == 403 and ORIGIN.search(body):
        return "origin"
    if status == 403 and any(CSRF.search(each) for each in middlewares):
        return "csrf"
    if status == 429:
        return "rate"
    if not reply.is_from_front:
        return None
    return "credentials" if status == 401 else "front"


def is_same_answer(reply: Reply, other: Reply) -> bool:
    return reply.status == other.status and _plain(reply) == _plain(other)


def _plain(reply: Reply) -> str:
    """The answer without what differs from request to request."""
    return VARYING.sub("", reply.body)


def explained(kind: Kind, reply: Reply) -> str:
    where = f" to {reply.location}" if reply.location else ""
    return f"{WORDS[kind]} ({reply.summary[:160]}{where})"


def ways_in(kind: Kind, so_far: Manner, reply: Reply, boot: Boot, names: Names) -> Iterator[Manner]:
    """What may let the next request through, the most likely first."""
    if kind == "https":
        yield so_far.with_headers(kind, OF_PROXY)
        yield so_far.with_headers(kind, OF_PROXIES)
    elif kind == "host":
        for host in (*_hosts(reply, boot), *names.hosts):
            yield so_far.with_headers(kind, {"Host": host, "X-Forwarded-Host": host})
    elif kind == "csrf":
        yield so_far.with_headers("front", OF_BROWSER)
        double = _double_submit(so_far, names)
        yield double
        # What lets the page's own origin pass needs no token: a browser says it by itself.
        for origin in _origins(so_far, boot, names):
            yield so_far.with_headers("origin", _from_page(origin))
            yield double.with_headers(kind, _from_page(origin))
    elif kind == "origin":
        for origin in _origins(so_far, boot, names):
            yield so_far.with_headers(kind, _from_page(origin))
    elif kind == "front":
        yield so_far.with_headers(kind, OF_BROWSER)
        yield so_far.with_headers(kind, OF_PROXIES)
        yield so_far.with_headers(kind, {**OF_BROWSER, **OF_PROXIES})
        for host in names.hosts[:MOST_OF_SOURCE]:
            yield so_far.with_headers("host", {"Host": host, "X-Forwarded-Host": host})
        for origin in names.origins[:MOST_OF_SOURCE]:
            yield so_far.with_headers("origin", _from_page(origin))


def _from_page(origin: str) -> dict[str, str]:
    return {"Origin": origin, "Referer": f"{origin}/"}


@dataclass(frozen=True)
class Names:
    """What the application's source calls its CSRF tokens, hosts and origins, and the cookies that
    it has set."""

    written: tuple[str, ...] = ()
    cookies: Mapping[str, str] = field(default_factory=dict)
    hosts: tuple[str, ...] = ()
    origins: tuple[str, ...] = ()


def _double_submit(so_far: Manner, names: Names) -> Manner:
    """The token as a page sends it back: the cookie, and a header with the same value."""
    given = {name: value for name, value in names.cookies.items() if CSRF.search(name)}
    value = next(iter(given.values()), secrets.token_urlsafe(32))
    own = given or dict.fromkeys((*names.written, *COOKIES), value)
    headers = dict.fromkeys((*(each.lower() for each in names.written), *HEADERS), value)
    return replace(
        so_far,
        headers={**so_far.headers, **AJAX, **headers},
        cookies={**so_far.cookies, **names.cookies, **own},
        met=_with_kind(so_far, "csrf"),
    )


def _hosts(reply: Reply, boot: Boot) -> Iterator[str]:
    if named := _host_in(reply.location):
        yield named
    for host in (*boot.hosts, *LOCAL):
        if host != "*":
            yield f"chat{host[1:]}" if host.startswith("*.") else host


def _origins(so_far: Manner, boot: Boot, names: Names) -> Iterator[str]:
    scheme = so_far.headers.get("X-Forwarded-Proto", "http")
    if host := so_far.headers.get("Host"):
        yield f"{scheme}://{host}"
    yield from (each for each in (*boot.origins, *names.origins[:MOST_OF_SOURCE]) if each != "*")
    yield f"{scheme}://localhost"


def _is_other_host(location: str) -> bool:
    return _host_in(location) not in ("", "localhost", "127.0.0.1")


def _host_in(location: str) -> str:
    try:
        return urlsplit(location).hostname or ""
    except ValueError:
        return ""


def _with_kind(so_far: Manner, kind: Kind) -> tuple[Kind, ...]:
    return tuple(dict.fromkeys((*so_far.met, kind)))
