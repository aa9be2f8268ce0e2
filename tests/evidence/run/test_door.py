"""What answers in the place of the chat is told apart, and passed as a proxy or a page would."""

from __future__ import annotations

import pytest

from chatkit_agent.evidence.run import Boot, Reply
from chatkit_agent.evidence.run.door import (
    MOST_TRIES,
    Kind,
    Manner,
    Names,
    explained,
    obstacle,
    ways_in,
)
from chatkit_agent.evidence.run.entering import HOSTS

BOOT = Boot(None, hosts=("*.shop.example.com",), origins=("https://shop.example.com",))


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (Reply(307, location="https://localhost:1/chatkit"), "https"),
        (Reply(301, location="https://shop.example.com/chatkit"), "https"),
        (Reply(301, location="http://www.shop.example.com/"), "host"),
        (Reply(400, "Invalid host header"), "host"),
        (Reply(403, '{"detail": "CSRF token verification failed"}'), "csrf"),
        (Reply(403, "invalid anti-forgery value"), "csrf"),
        (Reply(403, "Origin not allowed"), "origin"),
        (Reply(421, "Misdirected Request"), "host"),
        (Reply(503, "Down for maintenance", is_from_front=True), "front"),
        (Reply(401, "Missing partner key", is_from_front=True), "credentials"),
        (Reply(429, "Rate limit exceeded"), "rate"),
        (Reply(307, location="http://localhost:1/chatkit/"), None),
        (Reply(307, location="http://[localhost/chatkit/"), None),
        (Reply(401, '{"error": {"code": "not_signed_in"}}'), None),
        (Reply(400, '{"error": {"code": "invalid_request"}}'), None),
        (Reply(200, "{}"), None),
        (Reply(None, error="no answer"), None),
    ],
)
def test_what_answered(reply: Reply, kind: Kind | None) -> None:
    assert obstacle(reply) == kind


def first(kind: Kind, so_far: Manner = Manner(), names: Names = Names()) -> Manner:  # noqa: B008
    return next(ways_in(kind, so_far, Reply(403), BOOT, names))


def test_tls_is_ended_by_a_proxy() -> None:
    assert first("https").headers["X-Forwarded-Proto"] == "https"


def test_what_refuses_programs_is_asked_as_by_a_browser_behind_a_proxy() -> None:
    *_, last = ways_in("front", Manner(), Reply(403), BOOT, Names())
    assert last.headers["Sec-Fetch-Site"] == "same-origin"
    assert last.headers["Cf-Visitor"] == '{"scheme":"https"}'


def test_a_host_that_the_source_names_is_tried() -> None:
    names = Names(hosts=("api.shop.example.com",))
    hosts = [each.headers["Host"] for each in ways_in("host", Manner(), Reply(421), BOOT, names)]
    assert hosts[-1] == "api.shop.example.com"


def test_a_host_that_a_redirect_names_is_the_first() -> None:
    for location, host in (
        ("http://www.shop.example.com/", "www.shop.example.com"),
        ("http://[www/", "chat.shop.example.com"),
    ):
        way = next(ways_in("host", Manner(), Reply(301, location=location), BOOT, Names()))
        assert way.headers["Host"] == host


def test_a_wildcard_becomes_a_host() -> None:
    assert first("host").headers["Host"] == "chat.shop.example.com"


def with_token(names: Names) -> Manner:
    # What a browser says by itself is tried before.
    as_browser, manner, *_ = ways_in("csrf", Manner(), Reply(403), BOOT, names)
    assert as_browser.headers["Sec-Fetch-Site"] == "same-origin"
    return manner


def test_the_token_that_a_page_was_given_is_sent_back() -> None:
    manner = with_token(Names(("x-shop-csrf",), {"shop-csrf": "given", "other": "1"}))
    assert manner.cookies == {"shop-csrf": "given", "other": "1"}
    assert manner.headers["x-shop-csrf"] == "given"
    assert manner.met == ("csrf",)


def test_where_none_was_given_both_say_the_same() -> None:
    manner = with_token(Names())
    assert set(manner.cookies.values()) <= set(manner.headers.values())
    assert manner.cookies["csrftoken"] == manner.headers["x-csrftoken"]


def test_an_origin_is_that_of_the_host() -> None:
    at = Manner({"Host": "shop.example.com", "X-Forwarded-Proto": "https"})
    assert first("origin", at).headers["Origin"] == "https://shop.example.com"


@pytest.mark.parametrize("kind", ["csrf", "origin", "front"])
def test_an_origin_that_the_source_names_is_tried(kind: Kind) -> None:
    names = Names(origins=("https://chat.example.org",))
    ways = list(ways_in(kind, Manner(), Reply(403), BOOT, names))[:MOST_TRIES]
    found = [each for each in ways if each.headers.get("Origin") == "https://chat.example.org"]
    # A page's own origin is said by the browser, so that no token is missed.
    assert found[0].met == ("origin",)


def test_a_host_that_the_source_names_is_tried_where_nothing_says_why() -> None:
    names = Names(hosts=("api.shop.example.com",))
    ways = ways_in("front", Manner(), Reply(404), BOOT, names)
    assert [each.met for each in ways if "Host" in each.headers] == [("host",)]


@pytest.mark.parametrize(
    ("text", "hosts"),
    [
        ("HOSTS = [\"api.shop.test\", 'shop.test']", ["api.shop.test", "shop.test"]),
        ('getenv("HOSTS", "api.shop.test,shop.test")', ["api.shop.test", "shop.test"]),
        ('HOSTS = "api.shop.test shop.test".split()', ["api.shop.test", "shop.test"]),
        ('re.compile(r"^api\\.shop\\.test$")', ["api\\.shop\\.test"]),
        ("request.url.hostname", []),
    ],
)
def test_the_hosts_that_a_source_names(text: str, hosts: list[str]) -> None:
    assert HOSTS.findall(text) == hosts


def test_what_would_settle_a_rate_limit_is_said() -> None:
    said = explained("rate", Reply(429, "slow down"))
    assert "allow that many to the chat's route" in said
    assert said.endswith("(429 slow down)")
