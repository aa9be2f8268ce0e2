"""The whole protocol: each request, field, event, update and item is served or refused aloud.

The lists are those of the SDK: a version that adds something fails here until it is looked at.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any, get_args

import pytest
from agents import RunContextWrapper, StopAtTools, function_tool
from chatkit import types as ck
from chatkit.agents import ClientToolCall
from pydantic import BaseModel

from chatkit_agent.sandbox.model import ToolCall

from .conftest import TARGET
from .people import Person, Said, message
from .protocol_samples import CARD, EVENTS, FIELDS, ITEMS, UPDATES


def runtime(name: str) -> Any:
    return importlib.import_module(f"{TARGET}.chatkit_runtime.{name}")


def members(union: Any) -> set[type[BaseModel]]:
    """The classes of a union, whatever it is wrapped in."""
    if isinstance(union, type):
        return {union} if issubclass(union, BaseModel) else set()
    return {kind for each in get_args(union) for kind in members(each)}


def reachable(kinds: set[type[BaseModel]]) -> set[type[BaseModel]]:
    found: set[type[BaseModel]] = set()
    while kinds:
        found |= kinds
        fields = [field for kind in kinds for field in kind.model_fields.values()]
        kinds = {kind for field in fields for kind in members(field.annotation)} - found
    return found


REQUESTS = members(ck.ChatKitReq)
# What a chat without optional modules, and without anything to answer, says to each.
SERVED, NOT_POSSIBLE, NOT_SUPPORTED = 200, 400, 501
ANSWERS = {
    "attachments.create": NOT_SUPPORTED,
    "attachments.delete": NOT_SUPPORTED,
    "input.transcribe": NOT_SUPPORTED,
    "items.feedback": SERVED,
    "items.list": SERVED,
    "threads.add_client_tool_output": NOT_POSSIBLE,
    "threads.add_structured_input": NOT_POSSIBLE,
    "threads.add_user_message": SERVED,
    "threads.create": SERVED,
    "threads.custom_action": NOT_SUPPORTED,
    "threads.delete": SERVED,
    "threads.get_by_id": SERVED,
    "threads.list": SERVED,
    "threads.retry_after_item": SERVED,
    "threads.sync_custom_action": NOT_SUPPORTED,
    "threads.update": SERVED,
}


def test_each_field_of_each_request_has_its_test() -> None:
    given = {
        name if name == "metadata" else f"{kind.__name__.partition('[')[0]}.{name}"
        for kind in reachable(REQUESTS)
        for name in kind.model_fields
        if name not in {"type", "params"}
    }
    assert given == set(FIELDS)
    for place in FIELDS.values():
        file, _, test = place.partition("::")
        assert f"def {test}(" in Path(__file__).with_name(file).read_text(), place


@pytest.mark.parametrize("kind", sorted(REQUESTS, key=lambda kind: kind.__name__))
def test_each_request_is_served_or_refused_with_a_reason(
    person: Callable[..., Person], offline_model: Any, kind: Any
) -> None:
    operation = kind.model_fields["type"].default
    alice = person()
    thread = alice.say("Hello").thread
    item = alice.items(thread)[0]["id"]
    given: dict[str, Any] = {
        "thread_id": thread,
        "item_id": item,
        "item_ids": [item],
        "input": {"answers": {}} if "structured" in operation else message("Hello"),
        "kind": "positive",
        "title": "New",
        "result": 1,
        "action": {"type": "a", "payload": 1},
        "attachment_id": "atc_1",
        "name": "a.txt",
        "size": 1,
        "mime_type": "text/plain",
        "audio_base64": "AA==",
    }
    names = kind.model_fields["params"].annotation.model_fields
    if operation == "threads.list":
        names = ()
    response = alice.ask(operation, **{name: given[name] for name in names if name in given})
    assert response.status_code == ANSWERS[operation], response.text
    if response.status_code == 200:
        assert '"type":"error"' not in response.text
    else:
        assert response.json()["error"]["message"]


def test_the_samples_are_all_that_there_is() -> None:
    assert {type(one) for one in EVENTS} == members(ck.ThreadStreamEvent)
    assert {type(one) for one in UPDATES} == members(ck.ThreadItemUpdate)
    assert {type(one) for one in ITEMS} == members(ck.ThreadItem)


def test_the_samples_have_every_part_that_they_can_have() -> None:
    told = members(ck.ThreadStreamEvent) | members(ck.ThreadItemUpdate) | members(ck.ThreadItem)
    # What a widget is made of is between whoever makes it and the page.
    parts = {kind for kind in reachable(told) if kind.__module__ == ck.__name__}
    assert parts <= set(parts_of([EVENTS, UPDATES, ITEMS]))


def parts_of(value: Any) -> Iterator[type]:
    yield type(value)
    if isinstance(value, BaseModel):
        value = list(vars(value).values())
    for each in value if isinstance(value, (list, tuple)) else ():
        yield from parts_of(each)


@pytest.fixture
def chat_of(served_chat: Callable[..., Any]) -> Callable[..., Any]:
    """Serves a chat whose agent has these functions, and stops after them."""

    def serve(*functions: Any) -> Any:
        class Chat(runtime("turn").TurnServer):  # type: ignore[misc]
            def make_agent(self, servers: Any) -> Any:
                agent = super().make_agent(servers)
                agent.tools = list(functions)
                agent.tool_use_behavior = StopAtTools(
                    stop_at_tool_names=[each.name for each in functions]
                )
                return agent

        return served_chat(Chat)

    return serve


@pytest.fixture
def event_chat(
    chat_of: Callable[..., Any], configured: Callable[..., None], services: ModuleType
) -> Iterator[str]:
    @function_tool
    async def send(context: RunContextWrapper[Any], kind: str) -> str:
        chat = context.context
        for event in [
            *EVENTS,
            *(ck.ThreadItemUpdatedEvent(item_id="m", update=u) for u in UPDATES),
        ]:
            name = event.update.type if isinstance(event, ck.ThreadItemUpdatedEvent) else event.type
            if name == kind:
                sent = event.model_copy(deep=True)
                if isinstance(sent, runtime("message_ids").ItemEvent):
                    sent.item.thread_id = chat.thread.id
                if isinstance(sent, ck.ThreadItemRemovedEvent):
                    await chat.stream(ck.ThreadItemAddedEvent(item=ITEMS[2]))
                await chat.stream(sent)
        return "sent"

    with chat_of(send) as url:
        yield url


def test_each_event_and_update_reaches_the_client(
    event_chat: str, make_person: Callable[..., Person], offline_model: Any
) -> None:
    alice = make_person(event_chat)
    made = {"thread.created", "thread.item.updated"}
    for kind in sorted({one.type for one in [*EVENTS, *UPDATES]} - made):
        offline_model.script([ToolCall("send", {"kind": kind})])
        said = alice.say("Send")
        came = {event["type"] for event in said.events}
        came |= {event["update"]["type"] for event in said.of("thread.item.updated")}
        assert kind in came
        assert kind == "error" or not said.of("error"), kind


async def test_each_item_is_kept_shown_and_told_to_the_model(
    person: Callable[..., Person], offline_model: Any, store: Any, alice: Any
) -> None:
    reader = person()
    thread = reader.say("Hello").thread
    for number, item in enumerate(ITEMS):
        own = item.model_copy(update={"thread_id": thread, "id": f"own_{number}"})
        await store.save_item(thread, own, alice)
        kept = await store.load_item(thread, own.id, alice)
        assert kept.model_dump(exclude_none=True) == own.model_dump(exclude_none=True)
    shown = {item["type"] for item in reader.items(thread)}
    hidden = {"hidden_context_item", "sdk_hidden_context"}
    assert shown == {item.type for item in ITEMS} - hidden
    assert reader.say("And?", thread).text
    told = offline_model.requests[-1].text
    texts = ("a hidden thing", "Which size?: XL", "Which colour?", "https://a.example/i.png")
    for text in (*texts, "The file p.png cannot be shown"):
        assert text in told, text


def test_a_client_tool_is_called_and_its_output_goes_on(
    chat_of: Callable[..., Any],
    configured: Callable[..., None],
    make_person: Callable[..., Person],
    offline_model: Any,
) -> None:
    @function_tool
    async def read_page(context: RunContextWrapper[Any]) -> str:
        context.context.client_tool_call = ClientToolCall(name="read_page", arguments={"a": 1})
        return "asked"

    offline_model.script([ToolCall("read_page"), "It says 4711."])
    with chat_of(read_page) as url:
        alice = make_person(url)
        begun = alice.say("Read it")
        (call,) = [e["item"] for e in begun.of("thread.item.done") if "tool" in e["item"]["type"]]
        assert (call["name"], call["status"]) == ("read_page", "pending")
        result = {"text": "nr. 4711"}
        with alice.stream(
            "threads.add_client_tool_output", thread_id=begun.thread, result=result
        ) as events:
            assert Said(list(events), begun.thread).text == "It says 4711."
        assert "nr. 4711" in offline_model.requests[-1].text
        again = alice.ask("threads.add_client_tool_output", thread_id=begun.thread, result=1)
        assert again.status_code == 400


def test_a_form_is_asked_and_its_answers_go_on(
    chat_of: Callable[..., Any],
    configured: Callable[..., None],
    make_person: Callable[..., Person],
    offline_model: Any,
) -> None:
    @function_tool
    async def ask_size(context: RunContextWrapper[Any]) -> str:
        options = [ck.StructuredInputMultipleChoiceOption(value=size) for size in "SML"]
        question = ck.StructuredInputMultipleChoice(id="size", question="Size?", options=options)
        return str(await runtime("asking").ask_person(context.context, question))

    offline_model.script([ToolCall("ask_size"), "XXL it is."])
    with chat_of(ask_size) as url:
        alice, bob = make_person(url), make_person(url, "bob")
        begun = alice.say("A shirt")
        (form,) = [item for item in alice.items(begun.thread) if item["type"] == "structured_input"]
        answer = {
            "thread_id": begun.thread,
            "item_id": form["id"],
            "input": {"answers": {"size": {"values": ["XXL"]}}},
        }
        assert bob.ask("threads.add_structured_input", **answer).status_code == 404
        for name, values in (("colour", ["red"]), ("size", ["S", "M"])):
            lost = {**answer, "input": {"answers": {name: {"values": values}}}}
            assert alice.ask("threads.add_structured_input", **lost).status_code == 400
        with alice.stream("threads.add_structured_input", **answer) as events:
            said = Said(list(events), begun.thread)
        assert said.text == "XXL it is."
        assert said.of("thread.item.replaced")[0]["item"]["status"] == "answered"
        assert "Size?: XXL" in offline_model.requests[-1].text
        assert alice.ask("threads.add_structured_input", **answer).status_code == 400


def test_a_client_effect_is_sent(
    chat_of: Callable[..., Any],
    configured: Callable[..., None],
    make_person: Callable[..., Person],
    offline_model: Any,
) -> None:
    @function_tool
    async def highlight(context: RunContextWrapper[Any], row: int) -> str:
        return str(await runtime("asking").tell_page(context.context, "highlight", row=row))

    offline_model.script([ToolCall("highlight", {"row": 3})])
    with chat_of(highlight) as url:
        (effect,) = make_person(url).say("Show row 3").of("client_effect")
    assert (effect["name"], effect["data"]) == ("highlight", {"row": 3})


def test_tags_and_quotes_are_told_to_the_model(
    person: Callable[..., Person], offline_model: Any
) -> None:
    tag = {"type": "input_tag", "id": "c_1", "text": "Acme", "data": {"customer": 4711}}
    given = message("Call them", quoted_text="a quoted line")
    given["content"].append({**tag, "group": "Customers", "interactive": True})
    alice = person()
    with alice.stream("threads.create", input=given) as events:
        said = Said(list(events), None)
    assert said.text
    told = offline_model.requests[0].text
    assert all(text in told for text in ("@Acme", "4711", "a quoted line", "Call them"))
    assert alice.items(said.thread)[0]["content"][1]["group"] == "Customers"


def test_a_button_of_a_widget_acts_on_the_server(
    served_chat: Callable[..., Any],
    configured: Callable[..., None],
    make_person: Callable[..., Person],
    offline_model: Any,
) -> None:
    @function_tool
    async def show_card(context: RunContextWrapper[Any]) -> str:
        await context.context.stream_widget(CARD)
        return "shown"

    class Chat(runtime("turn").TurnServer):  # type: ignore[misc]
        def make_agent(self, servers: Any) -> Any:
            agent = super().make_agent(servers)
            agent.tools = [show_card]
            return agent

        async def action(self, thread: Any, action: Any, sender: Any, context: Any) -> Any:
            yield ck.NoticeEvent(level="info", message=f"{action.type} {action.payload}")
            yield ck.ThreadItemReplacedEvent(item=sender.model_copy(update={"copy_text": "sent"}))

        async def sync_action(self, thread: Any, action: Any, sender: Any, context: Any) -> Any:
            return ck.SyncCustomActionResponse(updated_item=sender)

    offline_model.script([ToolCall("show_card"), "There."])
    with served_chat(Chat) as url:
        alice, bob = make_person(url), make_person(url, "bob")
        begun = alice.say("Show me")
        (card,) = [item for item in alice.items(begun.thread) if item["type"] == "widget"]
        pressed = {
            "thread_id": begun.thread,
            "item_id": card["id"],
            "action": {"type": "send", "payload": 4711},
        }
        assert bob.ask("threads.custom_action", **pressed).status_code == 404
        with alice.stream("threads.custom_action", **pressed) as events:
            said = Said(list(events), begun.thread)
        assert said.of("notice")[0]["message"] == "send 4711"
        assert alice.items(begun.thread)[-2]["copy_text"] == "sent"
        answer = alice.ask("threads.sync_custom_action", **pressed).json()
        assert answer["updated_item"]["id"] == card["id"]
