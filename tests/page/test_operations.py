"""Everything that can be asked of the server is asked by a person's doing, and works."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from chatkit import types as ck

from chatkit_agent.sandbox.model import OfflineModel
from chatkit_agent.sandbox.turns import Reply, ToolCall

from ..reference.toolbox import Toolbox
from .browsing import Open, Visit
from .test_protocol import names

FILES = {"composer": {"attachments": {"enabled": True}}}


@pytest.fixture
def asked() -> Callable[[Visit], list[str]]:
    """The operations that a visitor's page has asked for."""

    def listen(chat: Visit) -> list[str]:
        found: list[str] = []
        chat.page.on(
            "request",
            lambda one: (
                found.append(json.loads(one.post_data)["type"])
                if one.url.endswith("/chatkit") and one.post_data
                else None
            ),
        )
        return found

    return listen


def test_all_operations_are_there(
    visit: Open, asked: Callable[[Visit], list[str]], configured: OfflineModel
) -> None:
    configured.script(["First.", "Again.", "Thanks.", "Noted."])
    chat = visit(
        options={"composer": {"attachments": {"enabled": True}, "dictation": {"enabled": True}}}
    )
    found = asked(chat)
    chat.say("Begin")
    chat.button("Good answer").click()
    chat.find("[aria-pressed=true]").wait_for()
    chat.button("Try again").click()
    chat.wait_for_end(1)
    chat.say("show client tool")
    chat.wait_for_end(3)
    chat.say("show questions")
    chat.button("Skip").click()
    chat.wait_for_end(5)
    chat.say("show buttons")
    chat.button("none").click()
    chat.wait_for_end(7)
    chat.button("sync").click()
    chat.page.get_by_text("Did stage.sync").wait_for()
    chat.find("input[type=file]").set_input_files(
        [{"name": "a.txt", "mimeType": "text/plain", "buffer": b"hello"}]
    )
    chat.button("Remove a.txt").click()
    chat.button("Dictate").click()
    chat.page.wait_for_timeout(300)
    chat.button("Stop dictating").click()
    chat.find("[role=alert]").wait_for()  # the offline model does not hear
    chat.page.evaluate("panel.fetchUpdates()")
    chat.find(".entry").hover()
    chat.button("Rename: Begin").click()
    chat.find(".rename input").fill("Renamed")
    chat.page.keyboard.press("Enter")
    chat.find(".title").get_by_text("Renamed").wait_for()
    chat.find(".entry").hover()
    chat.button("Delete: Renamed").click()
    chat.find(".sure").get_by_role("button", name="Delete").click()
    chat.page.get_by_text("No conversations yet").wait_for()
    found.append("threads.list")  # before anybody listened
    assert set(found) == names(ck.StreamingReq) | names(ck.NonStreamingReq)


@pytest.mark.parametrize("strategy", ["two_phase", "direct"])
def test_files_go_with_a_message(visit: Open, configured: OfflineModel, strategy: str) -> None:
    chat = visit(options=FILES)
    if strategy == "direct":
        way = "{ type: 'direct', uploadUrl: '/upload' }"
        chat.page.evaluate(
            f"hostOptions.api.uploadStrategy = {way}; panel.setOptions({{...hostOptions}})"
        )
    chat.find("input[type=file]").set_input_files(
        [{"name": "plan.txt", "mimeType": "text/plain", "buffer": b"buy milk"}]
    )
    chat.find(".file[data-state=done]").wait_for()
    chat.say("What does it say?")
    assert chat.find(".user_message .file").inner_text().strip() == "plan.txt"
    assert "buy milk" in configured.requests[-1].text


def test_a_file_that_is_not_taken_says_why(visit: Open) -> None:
    rules = {"enabled": True, "maxSize": 10, "maxCount": 1, "accept": {"text/*": [".md"]}}
    chat = visit(options={"composer": {"attachments": rules}})
    files = [("a.png", "image/png", b"x"), ("b.txt", "text/plain", b"x" * 11)]
    chat.find("input[type=file]").set_input_files(
        [{"name": name, "mimeType": kind, "buffer": data} for name, kind, data in files]
    )
    chat.until(lambda: chat.find(".file").count() == 2)
    said = chat.find(".file").all_inner_texts()
    assert "a.png is of a type that is not accepted." in said[0]
    assert "b.txt is too large: at most 10 B." in said[1]
    assert chat.button("Send").is_disabled()


def test_the_model_and_the_tool_go_with_the_message(
    visit: Open, asked: Callable[[Visit], list[str]]
) -> None:
    models = [{"id": "fast", "label": "Fast"}, {"id": "deep", "label": "Thorough", "default": True}]
    tools = [{"id": "web", "label": "Search the web", "icon": "globe", "shortLabel": "Web"}]
    chat = visit(options={"composer": {"models": models, "tools": tools}})
    bodies: list[dict[str, object]] = []
    chat.page.on("request", lambda one: bodies.append(json.loads(one.post_data or "{}")))
    model = chat.page.get_by_role("combobox", name="Model")
    assert model.inner_text() == "Thorough"
    model.click()
    chat.page.get_by_role("option", name="Fast").click()
    chat.page.get_by_role("combobox", name="Tools").click()
    chat.page.get_by_role("option", name="Search the web").click()
    chat.say("Hello")
    sent = next(body for body in bodies if body.get("type") == "threads.create")
    options = sent["params"]["input"]["inference_options"]  # type: ignore[index]
    assert options == {"tool_choice": {"id": "web"}, "model": "fast"}
    assert chat.events("tool.change") == [{"toolId": "web"}, {"toolId": None}]


def test_tags_and_commands(visit: Open) -> None:
    chat = visit()
    bodies: list[str] = []
    chat.page.on("request", lambda one: bodies.append(one.post_data or ""))
    chat.field.press_sequentially("Ask @tur")
    chat.page.get_by_role("option", name="Alan Turing").wait_for()
    chat.field.press("Enter")
    chat.field.press_sequentially("about it")
    chat.say(chat.field.input_value())
    tag = '{"type":"input_tag","id":"p2","text":"Alan Turing"'
    assert any(tag in body for body in bodies)
    assert chat.find(".bubble .tag").inner_text() == "@Alan Turing"
    chat.field.press_sequentially("/ins")
    chat.page.get_by_role("option", name="Insert the plan").wait_for()
    chat.field.press("Enter")
    chat.until(lambda: chat.field.input_value() == "@Annual plan ")


@pytest.mark.parametrize("answer", ["Approve", "Decline"])
def test_a_destructive_tool_asks_first(
    visit: Open, configured: OfflineModel, toolbox: Toolbox, answer: str
) -> None:
    call = ToolCall("erase_task", {"title": "Milk"})
    configured.script([Reply(calls=(call,)), "I wait for you.", "So be it."])
    chat = visit()
    chat.say("Erase milk")
    assert toolbox.done == []
    chat.button(answer).click()
    chat.wait_for_end(1)
    chat.until(lambda: chat.answers[-1] == "So be it.")
    assert toolbox.done == (["erased Milk"] if answer == "Approve" else [])
    assert chat.button("Approve").count() == 0


def test_stop_keeps_what_was_said(visit: Open, configured: OfflineModel) -> None:
    configured.script(["One two three four five six."])
    configured.behave(hold_after=3)
    chat = visit()
    chat.send("Count")
    chat.find(".assistant_message").get_by_text("One two three").wait_for()
    chat.button("Stop").click()
    chat.button("Send").wait_for()
    thread = chat.thread
    chat.until(lambda: configured.disconnects)
    again = visit()
    again.page.evaluate("(id) => panel.setThreadId(id)", thread)
    again.find(".assistant_message").get_by_text("One two three").wait_for()


def test_the_methods_of_the_element(visit: Open, configured: OfflineModel) -> None:
    chat = visit()
    run = chat.page.evaluate
    run("panel.setComposerValue({ text: 'Draft', reply: 'quoted words' })")
    assert chat.field.input_value() == "Draft"
    chat.find(".composer .quoted").get_by_text("quoted words").wait_for()
    run("panel.focusComposer()")
    assert run("panel.shadowRoot.activeElement?.tagName") == "TEXTAREA"
    run("panel.sendUserMessage({ text: 'Sent by the page', model: 'own' })")
    assert chat.find(".bubble").inner_text() == "Sent by the page"
    first = chat.thread
    run("panel.sendUserMessage({ text: 'In a new one', newThread: true })")
    assert chat.thread not in (None, first)
    run("panel.setThreadId(null)")
    assert chat.events("thread.change")[-1] == {"threadId": None}
    run("panel.showHistory()")
    run("panel.hideHistory()")
    assert chat.count("history.open") == chat.count("history.close") == 1
    assert chat.count("response.start") == chat.count("response.end") == 2


def test_a_file_that_is_removed_while_it_uploads_does_not_stay(
    visit: Open, asked: Callable[[Visit], list[str]]
) -> None:
    chat = visit(options=FILES)
    found = asked(chat)
    held: list[Any] = []
    chat.page.route("**/attachments/**", lambda route: held.append(route))
    chat.find("input[type=file]").set_input_files(
        [{"name": "a.txt", "mimeType": "text/plain", "buffer": b"hello"}]
    )
    chat.until(lambda: held)
    chat.button("Remove a.txt").click()
    (upload,) = held
    with chat.page.expect_request(lambda one: "attachments.delete" in (one.post_data or "")):
        upload.continue_()
    assert found == ["threads.list", "attachments.create", "attachments.delete"][-len(found) :]
