"""What providers other than OpenAI ask for: ids of calls, the order of messages, limits."""

from __future__ import annotations

import importlib
import json
import re
from collections.abc import Callable
from typing import Any

import pytest

from . import providers as p
from .conftest import TARGET
from .toolbox import Toolbox

NINE = re.compile(r"[a-zA-Z0-9]{9}")


def mistral(body: p.Json) -> str | None:
    before = None
    for message in body["messages"]:
        for call in message.get("tool_calls") or ():
            if not NINE.fullmatch(call["id"]):
                return (
                    f"Tool call id was {call['id']} but must be a-z, A-Z, 0-9, with a length of 9."
                )
        if before == "tool" and message["role"] == "user":
            return "Unexpected role 'user' after role 'tool'"
        before = message["role"]
    return None


def alternating(body: p.Json) -> str | None:
    spoken = [one for one in body["messages"] if one["role"] in {"user", "assistant"}]
    roles = [one["role"] for one in spoken if not one.get("tool_calls")]
    if roles[0] != "user" or any(map(str.__eq__, roles, roles[1:])):
        return f"Conversation roles must alternate, but are {roles}"
    return None


def new_limit(body: p.Json) -> str | None:
    if "max_tokens" not in body:
        return None
    return "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead."


def careful(body: p.Json) -> str | None:
    for call in (call for one in body["messages"] for call in one.get("tool_calls") or ()):
        try:
            is_object = isinstance(json.loads(call["function"]["arguments"]), dict)
        except ValueError:
            is_object = False
        if not is_object or not re.fullmatch(r"[a-zA-Z0-9_-]{1,64}", call["function"]["name"]):
            return "Invalid tool call"
        if len(call["id"]) > 40:
            return "string too long. Expected a string with maximum length 40"
    return None


@pytest.fixture
def chat_completions(configured: Callable[..., None], toolbox: Toolbox) -> Callable[[str], None]:
    def use(url: str) -> None:
        configured(OPENAI_BASE_URL=url, MODEL_API="chat_completions", MODEL="m")

    return use


CALL = p.chat_calls("add_task", '{"title": "milk"}')
FOREIGN = p.chat_calls("add_task", '{"title": "milk"}', "call_0")


@pytest.mark.parametrize("check", [mistral, alternating])
@pytest.mark.parametrize("call", [CALL, FOREIGN])
def test_a_history_with_calls_is_as_strict_providers_take_it(
    person: Callable[..., Any], chat_completions: Callable[[str], None], check: Any, call: Any
) -> None:
    done, silent = p.chat_says("Done"), p.chat_says("")
    script = [call, done, call, silent, done, silent, done]
    with p.provider(*script, check=check) as provider:
        chat_completions(provider.url)
        alice = person()
        first = alice.say("Add milk")
        assert first.text == "Done"
        told = [alice.say(text, first.thread).of("error") for text in ("a", "b", "c", "d")]
    assert ["gave no answer" in str(errors) for errors in told] == [True, False, True, False]
    ids = [
        call["id"]
        for message in provider.bodies[-1]["messages"]
        for call in message.get("tool_calls") or ()
    ]
    assert len(set(ids)) == len(ids) == 2
    assert "abcDEF123" in ids or call is FOREIGN


def test_a_history_that_is_cut_begins_with_the_user(
    person: Callable[..., Any],
    chat_completions: Callable[[str], None],
    configured: Callable[..., None],
) -> None:
    with p.provider(p.chat_says("Yes"), check=alternating) as provider:
        chat_completions(provider.url)
        configured(HISTORY_ITEMS="2")
        alice = person()
        thread = alice.say("One").thread
        assert not [alice.say(text, thread).of("error") for text in "abc"][-1]


def plain_texts(body: p.Json) -> str | None:
    said = [one.get("content") for one in body["messages"]]
    is_plain = all(each is None or isinstance(each, str) for each in said)
    return None if is_plain else "Input should be a valid string"


def strict_texts(body: p.Json) -> str | None:
    is_text = all(isinstance(one.get("content", ""), str) for one in body["messages"])
    return (
        None
        if is_text
        else "'loc': ('messages', 2, 'content'), 'msg': 'Input should be a valid string'"
    )


def test_a_call_has_a_text_beside_it_where_that_is_asked_for(
    person: Callable[..., Any], chat_completions: Callable[[str], None]
) -> None:
    with p.provider(CALL, p.chat_says("Done"), check=strict_texts) as provider:
        chat_completions(provider.url)
        said = person().say("Add milk")
    assert (said.text, said.of("error")) == ("Done", [])
    assert [one.get("content") for one in provider.bodies[-2]["messages"]].count(None) == 1


def test_what_is_text_goes_as_one_text(
    person: Callable[..., Any], chat_completions: Callable[[str], None]
) -> None:
    script = [CALL, p.chat_says("Done"), p.chat_says("Yes")]
    with p.provider(*script, check=plain_texts) as provider:
        chat_completions(provider.url)
        alice = person()
        first = alice.say("Add milk")
        assert (first.text, first.of("error")) == ("Done", [])
        assert alice.say("Did you", first.thread).text == "Yes"
    told = [(one["role"], one["content"]) for one in provider.bodies[-1]["messages"]]
    assert ("tool", "added milk") in told
    assert told[-1] == ("user", "Did you")


def test_the_limit_goes_by_the_name_that_the_provider_knows(
    person: Callable[..., Any],
    chat_completions: Callable[[str], None],
    configured: Callable[..., None],
) -> None:
    with p.provider(p.chat_says("Yes"), check=new_limit) as provider:
        chat_completions(provider.url)
        configured(MAX_OUTPUT_TOKENS="50")
        alice = person()
        thread = alice.say("One").thread
        assert alice.say("Two", thread).text == "Yes"
    limits = [body.get("max_completion_tokens") for body in provider.bodies]
    assert limits == [None, 50, 50], "asked anew each time"


@pytest.mark.parametrize(
    "call",
    [
        p.chat_calls("add_task", '{"ti'),
        p.chat_calls("no.such tool", "[1]"),
        p.chat_calls("add_task", "", "x" * 60),
    ],
)
def test_what_the_model_made_up_comes_back_in_a_form_that_is_taken(
    person: Callable[..., Any], chat_completions: Callable[[str], None], call: list[str]
) -> None:
    with p.provider(call, p.chat_says("Done"), p.chat_says("Yes"), check=careful) as provider:
        chat_completions(provider.url)
        alice = person()
        first = alice.say("Add milk")
        assert (first.text, first.of("error")) == ("Done", [])
        assert alice.say("Did you", first.thread).text == "Yes"


MILK, BREAD = {"title": "milk"}, {"title": "bread"}


@pytest.mark.parametrize(
    ("ids", "places", "said"),
    [
        (("", ""), (0, 1), (MILK, BREAD)),
        ((None, None), (0, 0), (MILK, BREAD)),
        (("a", "b"), (0, 0), (MILK, BREAD)),
        (("a", "a"), (0, 1), (MILK, BREAD)),
        ((1, 2), (0, 1), (MILK, BREAD)),
        (("a", "a"), (0, 0), (MILK, MILK)),
    ],
)
def test_each_call_is_carried_out_once_whatever_its_id_and_place(
    person: Callable[..., Any],
    chat_completions: Callable[[str], None],
    toolbox: Toolbox,
    ids: tuple[Any, Any],
    places: tuple[int, int],
    said: tuple[p.Json, p.Json],
) -> None:
    chunks = []
    for number, place, given in zip(ids, places, said, strict=True):
        # One as a text, one as the object itself.
        arguments: Any = given if place else json.dumps(given)
        function = {"name": "add_task", "arguments": arguments}
        call = {"id": number, "index": place, "type": "function", "function": function}
        chunks.append(p.chunk({"tool_calls": [call]}))
    with p.provider([*chunks, p.chunk({}, "tool_calls"), p.DONE], p.chat_says("Done")) as provider:
        chat_completions(provider.url)
        assert person().say("Add them").text == "Done"
    wanted = {each["title"] for each in said}
    assert sorted(toolbox.done) == sorted(wanted)
    sent = [one["tool_call_id"] for one in provider.bodies[-1]["messages"] if one["role"] == "tool"]
    assert len(set(sent)) == len(sent) == len(wanted)
    assert all(sent)


@pytest.mark.parametrize(
    ("text", "fitted"),
    [
        ('{"a": 1.50}', '{"a": 1.50}'),
        ("", "{}"),
        (" null", "{}"),
        ('"{\\"a\\": 1}"', '{"a": 1}'),
        ('{"a": NaN}', '{"a": null}'),
        ('{"a": "\\ud83d"}', '{"a": "\ufffd"}'),
        ("[1]", "[1]"),
        ("a=1", "a=1"),
        ('"a"', '"a"'),
    ],
)
def test_arguments_are_as_every_json_has_them(text: str, fitted: str) -> None:
    order = importlib.import_module(f"{TARGET}.chatkit_runtime.message_order")
    assert order.fitted_arguments(text) == fitted


@pytest.mark.parametrize("arguments", ['{"title": "\\ud83d"}', "title=milk"])
def test_what_was_not_called_is_told_as_that(
    person: Callable[..., Any],
    configured: Callable[..., None],
    toolbox: Toolbox,
    arguments: str,
) -> None:
    with p.provider(p.calls("add_task", arguments), p.says("Done")) as provider:
        configured(OPENAI_BASE_URL=provider.url)
        assert person().say("Add milk").text == "Done"
    (told,) = [one["output"] for one in provider.bodies[-1]["input"] if "output" in one]
    assert ("It was not called" in str(told)) is (toolbox.done == [])
    assert toolbox.done == ([] if "=" in arguments else ["\ufffd"])


@pytest.mark.parametrize(("call_id", "has_ids"), [("call_0", True), (None, True), (None, False)])
def test_each_call_of_a_response_has_an_id_of_its_own(
    person: Callable[..., Any],
    configured: Callable[..., None],
    toolbox: Toolbox,
    call_id: str | None,
    has_ids: bool,
) -> None:
    said = [p.BEGUN]
    for number, given in enumerate((MILK, BREAD)):
        item_id = f"fc_{number}" if has_ids else None
        call = {"id": item_id, "type": "function_call", "call_id": call_id}
        called = {**call, "name": "add_task", "arguments": given, "status": "completed"}
        said.append(p.frame("response.output_item.done", output_index=number, item=called))
    with p.provider([*said, p.completed()], p.says("Done")) as provider:
        configured(OPENAI_BASE_URL=provider.url)
        assert person().say("Add them").text == "Done"
    assert sorted(toolbox.done) == ["bread", "milk"]
    sent = [one["call_id"] for one in provider.bodies[-1]["input"] if "output" in one]
    assert len({*sent}) == 2
    assert all(sent)


def test_calls_that_have_one_id_are_told_apart(
    person: Callable[..., Any], configured: Callable[..., None], toolbox: Toolbox
) -> None:
    call = p.calls("add_task", '{"title": "milk"}', "call_0")
    with p.provider(call, p.says("Done"), call, p.says("Done")) as provider:
        configured(OPENAI_BASE_URL=provider.url)
        alice = person()
        thread = alice.say("Add milk").thread
        alice.say("Again", thread)
        alice.say("Again", thread)
    sent = [one for one in provider.bodies[-1]["input"] if one.get("type") == "function_call"]
    assert len({one["call_id"] for one in sent}) == len(sent) == 2
    assert sent[0]["call_id"] == "call_0"
    outputs = [one for one in provider.bodies[-1]["input"] if "output" in one]
    assert {one["call_id"] for one in outputs} == {one["call_id"] for one in sent}
    assert "added milk" in json.dumps(outputs)
