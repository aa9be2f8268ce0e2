"""How the page's own form is answered; the visits themselves are seen in whole runs."""

from __future__ import annotations

import json
from base64 import b64decode
from importlib.resources import files

from chatkit_agent.evidence.run.visiting import Form, form_in

PAGE = (files("chatkit_agent.reference") / "chatkit_page" / "page.js").read_text(encoding="utf-8")


def test_the_answer_has_the_token_where_the_page_looks_for_it() -> None:
    page = PAGE.replace('const SIGN_IN = "";', 'const SIGN_IN = "../../api/login";')
    page = page.replace('SIGN_IN_TOKEN = "access_token"', 'SIGN_IN_TOKEN = "token"')
    form = form_in(page, "http://localhost:80/chat")
    assert form == Form("/api/login", "token")
    assert json.loads(b64decode(form.answered("abc")["body"]))["token"] == "abc"


def test_a_page_without_a_form_has_none() -> None:
    assert form_in(PAGE, "http://localhost/chat") is None
