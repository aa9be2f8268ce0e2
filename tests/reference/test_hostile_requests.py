"""Whatever a client sends, mutated from what is right: never a 500, never what is not its own."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

MARK = "alice's own words 7f3a"
ANSWERED = {200, 400, 404, 409, 413, 415, 429, 501}
SQL = ("select ", "insert ", "app_chat.", "Traceback", "asyncpg", "pydantic")


def requests_about(thread: str, item: str) -> list[dict[str, Any]]:
    """Every operation of the protocol as it should be, about a thread and an item."""
    message = {
        "content": [{"type": "input_text", "text": "Hello"}],
        "attachments": [],
        "quoted_text": None,
        "inference_options": {"tool_choice": {"id": "x"}, "model": "x"},
    }
    action = {"type": "x", "payload": {"a": [1]}}
    place = {"thread_id": thread}
    params: dict[str, dict[str, Any]] = {
        "threads.create": {"input": message},
        "threads.add_user_message": {**place, "input": message},
        "threads.add_client_tool_output": {**place, "result": {"a": 1}},
        "threads.add_structured_input": {**place, "item_id": item, "input": {"a": 1}},
        "threads.retry_after_item": {**place, "item_id": item},
        "threads.custom_action": {**place, "item_id": item, "action": action},
        "threads.sync_custom_action": {**place, "item_id": item, "action": action},
        "threads.get_by_id": place,
        "threads.list": {"limit": 5, "order": "desc", "after": thread},
        "threads.update": {**place, "title": "x"},
        "items.list": {**place, "limit": 5, "order": "asc", "after": item},
        "items.feedback": {**place, "item_ids": [item], "kind": "positive"},
        "attachments.create": {"name": "x", "size": 1, "mime_type": "text/plain"},
        "attachments.delete": {"attachment_id": item},
        "input.transcribe": {"audio_base64": "eA==", "mime_type": "audio/webm"},
        "threads.delete": place,
    }
    return [
        {"type": kind, "params": values, "metadata": {"a": 1}} for kind, values in params.items()
    ]


def paths(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Where in a request something can be replaced."""
    if path:
        yield path
    inner = enumerate(value) if isinstance(value, list) else ()
    for name, each in value.items() if isinstance(value, dict) else inner:
        if len(path) < 9:
            yield from paths(each, (*path, name))


def nested(depth: int) -> Any:
    value: Any = "deep"
    for _ in range(depth):
        value = [value]
    return value


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)
STRANGE = st.one_of(
    JSON,
    st.sampled_from(
        [
            "\x00",
            "a\x00b",
            "\ud800",
            "\udfff\ud800",
            "'; drop schema app_chat cascade; --",
            "{app_name} {0} %s",
            "../../etc/passwd",
            "thr_" + "x" * 5000,
            "x" * 200_000,
            2**63,
            -(2**63) - 1,
            10**400,
            float("nan"),
            float("inf"),
            {"$ref": "#"},
            nested(50),
            nested(300),
        ]
    ),
)


@pytest.fixture
def thread_of_alice(person: Callable[..., Any]) -> tuple[str, str]:
    alice = person("alice")
    thread = alice.say(MARK).thread
    return thread, alice.items(thread)[0]["id"]


def sent(http: httpx.Client, body: Any) -> httpx.Response:
    return http.post("/chatkit", content=json.dumps(body).encode())


def check_answer(answer: httpx.Response, body: Any) -> None:
    assert answer.status_code in ANSWERED, (answer.status_code, answer.text[:500], body)
    assert MARK not in answer.text
    if answer.status_code != 200:
        assert answer.json()["error"].keys() == {"code", "message"}
        assert len(answer.json()["error"]["message"]) < 2000
        assert not [word for word in SQL if word in answer.text]


def test_no_body_makes_a_500_or_tells_what_is_not_its_own(
    person: Callable[..., Any], thread_of_alice: tuple[str, str]
) -> None:
    bob = person("bob")
    own = bob.say("Hello").thread
    own_item = bob.items(own)[0]["id"]
    places = [thread_of_alice, (own, own_item), ("none", "none")]

    @hypothesis_settings(
        max_examples=250, deadline=None, suppress_health_check=[HealthCheck.too_slow]
    )
    @given(st.data())
    def check(data: st.DataObject) -> None:
        body = copy.deepcopy(
            data.draw(st.sampled_from(requests_about(*data.draw(st.sampled_from(places)))))
        )
        for _ in range(data.draw(st.integers(0, 2))):
            path = data.draw(st.sampled_from(list(paths(body))))
            where = body
            for name in path[:-1]:
                where = where[name]
            if isinstance(where, dict) and data.draw(st.booleans()):
                where.pop(path[-1])
                where[data.draw(st.text(max_size=5))] = copy.deepcopy(data.draw(STRANGE))
            else:
                where[path[-1]] = copy.deepcopy(data.draw(STRANGE))
        check_answer(sent(bob.http, body), body)

    check()
    alice = person("alice")
    thread, item = thread_of_alice
    assert alice.items(thread)[0]["id"] == item
    assert len(alice.items(thread)) == 2


@given(body=JSON)
@hypothesis_settings(
    max_examples=100,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_no_json_at_all_makes_a_500(person: Callable[..., Any], body: Any) -> None:
    http = person("carol").http
    check_answer(sent(http, body), body)
    http.close()


@pytest.mark.parametrize("depth", [100, 1000, 100_000])
def test_no_depth_makes_a_500(person: Callable[..., Any], depth: int) -> None:
    http = person().http
    deep = "[" * depth + "]" * depth
    metadata = f'{{"type": "threads.list", "params": {{}}, "metadata": {{"a": {deep}}}}}'
    for body in (deep, metadata):
        answer = http.post("/chatkit", content=body.encode())
        assert answer.status_code in {200, 400}, answer.text[:300]


def test_what_is_strange_in_a_message_is_kept_as_well_as_it_can_be(
    person: Callable[..., Any], offline_model: Any
) -> None:
    alice = person()
    for text in ("a\x00b", "\ud83d", "x" * 200_000, "{user_name} {0} %s"):
        content = [{"type": "input_text", "text": text}]
        message = {"content": content, "attachments": [], "inference_options": {}}
        answer = sent(alice.http, {"type": "threads.create", "params": {"input": message}})
        assert answer.status_code == 200
        assert '"type":"error"' not in answer.text
        thread = alice.ask("threads.list", limit=1).json()["data"][0]["id"]
        question, reply = alice.items(thread)
        kept = text.replace("\x00", "").replace("\ud83d", "\ufffd")
        assert question["content"][0]["text"] == kept
        assert reply["content"][0]["text"]


def test_pages_cannot_be_asked_for_with_a_cursor_of_somebody_else(
    person: Callable[..., Any], thread_of_alice: tuple[str, str]
) -> None:
    bob = person("bob")
    own = bob.say("Hello").thread
    thread, item = thread_of_alice
    assert bob.ask("threads.list", after=thread).status_code == 404
    assert bob.ask("items.list", thread_id=own, after=item).status_code == 404
    assert bob.ask("items.list", thread_id=thread).status_code == 404
