"""What a client sends is known here or refused by name, and a message says something."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from chatkit.actions import ActionConfig

from .people import Person, message
from .test_hostile_requests import requests_about

# What a client may put there as it likes.
FREE = {("metadata",), ("params", "result"), ("params", "action", "payload"), ("data",)}


def places(value: Any, place: tuple[str, ...] = ()) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each object of a request that has fields of the protocol."""
    if place in FREE or place[-1:] in FREE:
        return
    if isinstance(value, dict):
        if "size" not in value or "mime_type" in value:  # the ids of a form are its own
            yield ".".join(place), value
        for name, each in value.items():
            yield from places(each, place if name == "size" else (*place, name))
    for each in value if isinstance(value, list) else ():
        yield from places(each, place)


def whole_requests() -> Iterator[dict[str, Any]]:
    tag = {"type": "input_tag", "id": "c", "text": "Acme", "data": {"free": {"as": "air"}}}
    form = {"status": "answered", "answers": {"size": {"values": ["M"]}}}
    for body in requests_about("thr_x", "msg_x"):
        params = body["params"]
        if "structured" in body["type"]:
            params["input"] = form
        elif "input" in params:
            params["input"]["content"].append(tag)
        yield body
    for kind in ("threads.stop", "threads.follow"):
        yield {"type": kind, "params": {"thread_id": "thr_x"}}


def refusal(answer: Any) -> str:
    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (400, "unknown_field"), answer.text
    return str(error["message"])


def test_an_unknown_field_is_refused_wherever_it_is(
    person: Callable[..., Person], offline_model: Any
) -> None:
    alice = person()
    tried = set()
    for body in whole_requests():
        for place, fields in list(places(body)):
            fields["mood"] = {"deep": 1}
            text = refusal(alice.http.post("/chatkit", json=body))
            assert f"`mood` in {place or 'a request'}" in text
            assert all(name in text for name in fields if name != "mood"), text
            del fields["mood"]
            tried.add(place)
    assert {"", "params", "params.input", "params.input.content", "params.action"} <= tried
    assert {"params.input.inference_options.tool_choice", "params.input.answers"} <= tried
    assert alice.ask("threads.list").json()["data"] == []
    assert offline_model.requests == []


def test_what_has_no_name_is_not_quoted(
    person: Callable[..., Person], caplog: pytest.LogCaptureFixture
) -> None:
    for name in ("", "my secret words", "<b>", "x" * 5000, "\n"):
        text = refusal(person().ask("threads.list", **{name: 1}))
        assert "a field in params" in text
        assert "after, limit, order" in text
        assert not name.strip() or name not in text
    assert "a field in params" in caplog.text, "whoever runs it is told too"
    assert "secret" not in caplog.text


def test_a_field_is_ignored_where_the_operator_says_so(
    person: Callable[..., Person], configured: Callable[..., None]
) -> None:
    configured(IGNORED_FIELDS="domain_key, params.input.mood,params.input.content.lang")
    alice = person()
    given = message("Hello", mood="glad")
    given["content"][0]["lang"] = "en"
    body = {"type": "threads.create", "params": {"input": given}, "domain_key": "x"}
    assert alice.http.post("/chatkit", json=body).status_code == 200
    body["params"] = {"input": given, "mood": "glad"}
    assert "IGNORED_FIELDS" in refusal(alice.http.post("/chatkit", json=body))


def test_all_is_ignored_where_the_client_is_always_the_newest(
    person: Callable[..., Person], configured: Callable[..., None]
) -> None:
    configured(IGNORED_FIELDS="*")
    given = message("Hello", mood="glad")
    given["content"][0]["lang"] = "en"
    body = {"type": "threads.create", "params": {"input": given, "x": 1}, "domain_key": "x"}
    assert person().http.post("/chatkit", json=body).status_code == 200


def test_a_button_may_be_sent_with_all_that_a_widget_says_of_it(
    person: Callable[..., Person],
) -> None:
    action = ActionConfig(type="x", payload={"any": {"thing": 1}}).model_dump()
    for kind in ("threads.custom_action", "threads.sync_custom_action"):
        answer = person().ask(kind, thread_id="thr_x", action=action)
        assert answer.status_code == 501, answer.text


@pytest.mark.parametrize("texts", [[], [""], ["  \n\t", "\u00a0\u2003"], ["\u200b\ufeff"], ["\0"]])
def test_a_message_that_says_nothing_begins_nothing(
    person: Callable[..., Person], offline_model: Any, texts: list[str]
) -> None:
    alice = person()
    thread = alice.say("Hello").thread
    asked = len(offline_model.requests)
    given = message("", quoted_text="a quote alone")
    given["content"] = [{"type": "input_text", "text": text} for text in texts]
    for kind, where in (
        ("threads.create", {}),
        ("threads.add_user_message", {"thread_id": thread}),
    ):
        refused = alice.ask(kind, input=given, **where)
        assert (refused.status_code, refused.json()["error"]["code"]) == (400, "empty")
    assert len(alice.ask("threads.list").json()["data"]) == 1
    assert len(alice.items(thread)) == 2
    assert len(offline_model.requests) == asked


@pytest.mark.parametrize("text", [".", "🫠", "\u200bن\u200b", "한"])
def test_one_sign_is_a_message(person: Callable[..., Person], text: str) -> None:
    assert person().say(text).text


@pytest.mark.parametrize("title", ["", " \n", "\u200b", "\0", "x" * 501])
def test_a_title_that_no_list_can_show_is_refused(
    person: Callable[..., Person], title: str
) -> None:
    alice = person()
    thread = alice.say("Hello").thread
    refused = alice.ask("threads.update", thread_id=thread, title=title)
    assert (refused.status_code, refused.json()["error"]["code"]) == (400, "wrong_title")
    assert alice.ask("threads.update", thread_id=thread, title="x" * 500).status_code == 200
    assert alice.ask("threads.get_by_id", thread_id=thread).json()["title"] == "x" * 500


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (rb'{"type": "threads.list", "params": {"after": "\ud8"}}', "escape"),
        (b'{"type": "threads.list"', "EOF"),
        (b'{"type": "threads.list", "metadata": ' + b"[" * 5000, "recursion"),
        (b"my secret words", "line 1 column 1"),
    ],
)
def test_what_is_no_json_is_told_as_that(
    person: Callable[..., Person], body: bytes, told: str
) -> None:
    answer = person().http.post("/chatkit", content=body)
    assert answer.status_code == 400
    assert told in answer.json()["error"]["message"]
    assert "secret" not in answer.text


def test_a_text_that_was_cut_within_an_emoji_is_a_message(person: Callable[..., Person]) -> None:
    """As JSON has it that browsers make: half of a pair, and whole ones."""
    body = json.dumps(
        {"type": "threads.create", "params": {"input": message("Hi \U0001f600 \ud83d")}}
    )
    alice = person()
    answer = alice.http.post("/chatkit", content=body.encode())
    thread = json.loads(answer.text.split("\n")[0][6:])["thread"]["id"]
    assert alice.items(thread)[0]["content"][0]["text"] == "Hi \U0001f600 \ufffd"


def test_a_tag_alone_is_a_message(person: Callable[..., Person]) -> None:
    given = message("")
    given["content"] = [{"type": "input_tag", "id": "c", "text": "Acme", "data": {"a": {"b": 1}}}]
    answer = person().ask("threads.create", input=given)
    assert answer.status_code == 200
    assert json.loads(answer.text.split("\n")[0][6:])["type"] == "thread.created"
