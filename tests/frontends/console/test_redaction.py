"""No token leaves the console, in whatever header and form it comes."""

from __future__ import annotations

import json

import pytest

from chatkit_agent.frontends.console.redaction import Redaction

TOKEN = "eyJh.bGci-Oi_J9"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Authorization", f"Bearer {TOKEN}"),
        ("authorization", f"bearer   {TOKEN} "),
        ("AUTHORIZATION", f"Token {TOKEN}"),
        ("Authorization", TOKEN),
        ("Proxy-Authorization", f"Basic {TOKEN}"),
        ("X-API-Key", TOKEN),
        ("x-auth-token", TOKEN),
        ("X-Access-Token", TOKEN),
        ("X-Shop-User", TOKEN),
        ("Cookie", f"session={TOKEN}"),
        ("cookie", f"theme=dark; session={TOKEN}; lang=en"),
        ("cookie", f'theme=dark;session="{TOKEN}"'),
        ("cookie", f"flag; session={TOKEN}"),
        ("cookie", f"session={TOKEN}; flag"),
        ("cookie", f'prefs={{"a": 1}}; session={TOKEN}'),
        ("cookie", f"bad name=1; session={TOKEN}"),
        ("cookie", f"cart[]=1; session={TOKEN}"),
        ("cookie", f"ü=1; session={TOKEN}"),
        ("cookie", f"until=Mon, 01 Jan; session={TOKEN}"),
        ("cookie", f"a,b=1; session={TOKEN}"),
        ("cookie", TOKEN),
    ],
)
def test_a_token_is_known_from_its_header(name: str, value: str) -> None:
    known = Redaction()
    known.remember({"Accept": "text/html", name: value}, named="x-shop-user")
    shown = known.clean(json.dumps({"said": f"Your token is {TOKEN}, and {value}."}))
    assert TOKEN not in shown
    assert shown.count("[token ") >= 2


def test_what_is_no_token_is_shown() -> None:
    known = Redaction()
    known.remember(
        {"User-Agent": "Mozilla/5.0 (X11)", "Cookie": "theme=dark", "X-API-Key": "short"},
        named="x-shop-user",
    )
    text = "Mozilla/5.0 (X11) dark short"
    assert known.clean(text) == text


def test_a_token_has_one_fingerprint_which_another_has_not() -> None:
    known = Redaction()
    known.remember({"Authorization": "Bearer first-token", "X-API-Key": "second-token"})
    first, second = known.clean("first-token"), known.clean("second-token")
    assert first != second
    assert known.clean("first-token first-token") == f"{first} {first}"
    assert known.clean('Bearer "first-token"') == f'Bearer "{first}"'


def test_a_token_within_another_leaves_no_rest() -> None:
    known = Redaction()
    known.remember({"X-API-Key": "abcdefgh"})
    known.remember({"Authorization": "Bearer abcdefgh.secret-rest"})
    assert "secret-rest" not in known.clean("abcdefgh.secret-rest")
    assert "abcdefgh" not in known.clean("abcdefgh.secret-rest abcdefgh")


@pytest.mark.parametrize(
    "token", ['quo"ted-token', "back\\slash-token", "Pässwörter-1", "\udc80surrogate", "tab\tin-it"]
)
def test_a_token_is_found_in_json_as_well(token: str) -> None:
    known = Redaction()
    known.remember({"X-API-Key": token})
    for text in (token, json.dumps([token]), json.dumps([token], ensure_ascii=False)):
        assert known.clean(text).strip('["]').startswith("token ")


def test_a_cookie_is_found_as_the_application_reads_it() -> None:
    known = Redaction()
    known.remember({"Cookie": "session=one%2Ftwo%3Dthree"})
    assert known.clean("one%2Ftwo%3Dthree").startswith("[token ")
    assert known.clean("one/two=three").startswith("[token ")
