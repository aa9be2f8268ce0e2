"""The element in pages that treat it in their own way, and with what no server should send."""

from __future__ import annotations

from typing import Any

import pytest

from chatkit_agent.sandbox.model import OfflineModel

from .browsing import Open, Visit
from .test_resume import ANSWER, begin

# Each is of a type that every object of JavaScript has a member of, or lacks what it is drawn from.
MALFORMED: list[dict[str, Any]] = [
    {"type": "constructor"},
    {"type": "toString"},
    {"type": "assistant_message", "content": None},
    {"type": "user_message"},
    {"type": "workflow"},
    {"type": "task"},
    {"type": "task", "task": {"type": "constructor"}},
    {"type": "structured_input", "status": "pending"},
    {"type": "widget"},
    {"type": "widget", "widget": {"type": "constructor"}},
    {"type": "widget", "widget": {"type": "ListView"}},
    {"type": "widget", "widget": {"type": "Card", "children": [None, {"type": "Chart"}]}},
    {"type": "widget", "widget": {"type": "Basic", "children": [{"type": "Select"}]}},
    {"type": "widget", "widget": {"type": "Icon", "name": 7}},
]
EMPTY_OPTIONS = ("theme", "header", "history", "startScreen", "composer", "threadItemActions")


def receive(chat: Visit, event: dict[str, Any]) -> None:
    chat.page.evaluate("(event) => panel.session.receive(event)", event)


def lists(chat: Visit) -> int:
    return sum(url.endswith("/chatkit") for url in chat.requests)


@pytest.mark.parametrize("number", range(len(MALFORMED)))
def test_what_cannot_be_drawn_takes_nothing_else_with_it(visit: Open, number: int) -> None:
    chat = visit()
    chat.say("show widget Text")
    receive(
        chat,
        {"type": "thread.item.done", "item": {"id": "odd", "content": [], **MALFORMED[number]}},
    )
    chat.page.wait_for_timeout(150)
    chat.say("Are you still there?")
    chat.find(".assistant_message:last-of-type .markdown").wait_for()
    chat.find(".w-text").first.wait_for()
    chat.find("[data-item=odd]").wait_for(state="attached")


@pytest.mark.parametrize("kind", ["toString", "constructor", "__proto__"])
def test_an_event_of_no_kind_changes_nothing(visit: Open, kind: str) -> None:
    chat = visit()
    chat.say("show fixed")
    before = chat.answers
    receive(chat, {"type": kind})
    item = chat.page.evaluate("panel.session.state.conversation.items.at(-1).id")
    update = {"type": kind, "component_id": "x"}
    receive(chat, {"type": "thread.item.updated", "item_id": item, "update": update})
    chat.page.wait_for_timeout(100)
    assert chat.answers == before


def test_a_field_cannot_reach_what_all_objects_share(visit: Open) -> None:
    fields = [
        {"type": "Input", "name": name, "defaultValue": "yes"}
        for name in ("constructor.prototype.polluted", "__proto__.polluted", "plain.inner")
    ]
    form = {"type": "Form", "onSubmitAction": {"type": "own", "handler": "client"}}
    submit = {"type": "Button", "label": "Go", "submit": True}
    root = {"type": "Card", "children": [{**form, "children": [*fields, submit]}]}
    chat = visit()
    chat.say("show widget Text")
    receive(
        chat, {"type": "thread.item.done", "item": {"id": "odd", "type": "widget", "widget": root}}
    )
    chat.find(".w-button").get_by_text("Go").click()
    (action, _), *_ = chat.until(lambda: actions(chat))
    assert action["payload"]["plain"] == {"inner": "yes"}
    assert chat.page.evaluate("({}).polluted ?? null") is None


def actions(chat: Visit) -> list[Any]:
    found: list[Any] = chat.page.evaluate(
        "happened.filter(([name]) => name === 'action').map(([, ...what]) => what)"
    )
    return found


def test_options_that_are_empty_are_those_by_default(visit: Open) -> None:
    """As of a server that says `null` for what it does not set."""
    chat = visit()
    empty = "{ ...hostOptions, ...Object.fromEntries(names.map((name) => [name, null])) }"
    chat.page.evaluate(f"(names) => panel.setOptions({empty})", [*EMPTY_OPTIONS, "locale"])
    theme = "theme: { color: null, typography: null }"
    partly = f"(names) => panel.setOptions({{ ...{empty}, {theme} }})"
    chat.page.evaluate(partly, list(EMPTY_OPTIONS))
    chat.say("show fixed")
    chat.find(".assistant_message").first.wait_for()


def test_where_the_chat_is_may_stand_in_the_element(visit: Open) -> None:
    chat = visit()
    chat.page.evaluate(
        """() => {
          const other = Object.assign(document.createElement("chatkit-panel"), { id: "other" });
          other.setAttribute("url", "/elsewhere/chatkit");
          document.body.append(other);
          other.setOptions({ startScreen: { greeting: "Second" } });
        }"""
    )
    chat.until(lambda: any(url.endswith("/elsewhere/chatkit") for url in chat.requests))
    before = lists(chat)
    chat.page.evaluate("document.querySelector('#other').setOptions({ history: {} })")
    chat.page.wait_for_timeout(300)
    assert lists(chat) == before, "the same chat is not asked anew"


@pytest.mark.parametrize("locale", ["de_DE", "en-US@posix", "日本語", "x", ""])
def test_a_language_may_be_spelled_in_any_way(visit: Open, locale: str) -> None:
    chat = visit(options={"locale": locale})
    chat.say("show fixed")
    chat.find(".assistant_message").first.wait_for()
    if locale == "de_DE":
        chat.find("textarea[placeholder=Nachricht]").wait_for()


def test_words_that_do_not_come_are_english(visit: Open) -> None:
    chat = visit()
    chat.page.route("**/locales/*", lambda route: route.abort())
    chat.page.evaluate("panel.setOptions({ ...hostOptions, locale: 'fr' })")
    chat.find(".panel[lang=fr]").wait_for()
    chat.find("textarea[placeholder=Message]").wait_for()


FAILING = """() => {
  const fail = () => { throw new Error("Mine"); };
  panel.setOptions({
    ...hostOptions,
    entities: { onTagSearch: fail, onRequestPreview: fail },
    commands: { enabled: true, onSearch: async () => [{ id: "a", label: "Own" }], onSelect: fail },
  });
}"""


def test_functions_of_the_page_may_fail(visit: Open) -> None:
    chat = visit()
    chat.page.evaluate(FAILING)
    chat.field.press_sequentially("@a")
    chat.until(lambda: chat.events("error"))
    chat.field.fill("")
    chat.field.press_sequentially("/")
    searched = len(chat.events("error"))
    chat.find(".menu-item").get_by_text("Own").click()
    chat.until(lambda: len(chat.events("error")) > searched)
    assert set(chat.events("error")) == {"Mine"}
    chat.say("show fixed")
    chat.find(".assistant_message").first.wait_for()


@pytest.mark.parametrize(
    "how", ["Promise.reject()", "Promise.reject('no')", "(() => { throw 1 })()"]
)
def test_a_request_may_fail_in_any_way(visit: Open, how: str) -> None:
    chat = visit()
    broken = f"{{ ...hostOptions, api: {{ url: '/chatkit', fetch: () => {how} }} }}"
    chat.page.evaluate(f"panel.setOptions({broken})")
    chat.send("Hello")
    failure = chat.find(".thread .failure")
    failure.wait_for()
    assert "Something went wrong" in failure.inner_text()
    assert "undefined" not in failure.inner_text()


def test_it_may_be_moved_within_the_page(visit: Open, configured: OfflineModel) -> None:
    """As frameworks do, in the middle of an answer."""
    chat = visit()
    begin(chat, configured)
    chat.page.evaluate("document.body.append(panel)")
    chat.find(".assistant_message").get_by_text("One two").wait_for()
    configured.release()
    chat.find(".assistant_message").get_by_text("nine ten.").wait_for()
    chat.until(lambda: chat.button("Stop").count() == 0)
    assert chat.answers == [ANSWER]


def test_a_conversation_may_be_chosen_before_it_is_there(visit: Open) -> None:
    chat = visit()
    chat.say("show stream")
    chat.page.evaluate(
        """(thread) => {
          const other = Object.assign(document.createElement("chatkit-panel"), { id: "other" });
          other.setThreadId(thread);
          document.body.replaceChildren(other);
          other.setOptions(hostOptions);
        }""",
        chat.thread,
    )
    chat.page.locator("#other .assistant_message").first.wait_for()
    assert not chat.count("error")


def test_a_second_message_waits_for_the_first_answer(visit: Open, configured: OfflineModel) -> None:
    chat = visit()
    begin(chat, configured)
    said = chat.page.evaluate("panel.sendUserMessage({ text: 'And?' }).catch((one) => one.message)")
    assert said == "Another answer is still being written"
    configured.release()
    chat.until(lambda: chat.button("Stop").count() == 0)
    assert chat.find(".bubble").all_inner_texts() == ["Count"]


def test_two_panels_do_not_disturb_each_other(visit: Open, configured: OfflineModel) -> None:
    configured.script(["For the second."])
    chat = visit()
    chat.page.evaluate(
        """() => {
          const other = Object.assign(document.createElement("chatkit-panel"), { id: "other" });
          document.body.append(other);
          other.setOptions(hostOptions);
        }"""
    )
    other = chat.page.locator("#other")
    other.locator("textarea[part=input]").fill("Hello")
    other.locator("textarea[part=input]").press("Enter")
    other.locator(".assistant_message").get_by_text("For the second.").wait_for()
    assert chat.page.locator("#chat .assistant_message").count() == 0


def test_borders_are_seen_by_who_wants_contrast(visit: Open) -> None:
    chat = visit(contrast="more")
    line, text = (
        chat.find(selector).first.evaluate(f"(one) => getComputedStyle(one).{name}")
        for selector, name in ((".composer", "borderTopColor"), (".panel", "color"))
    )
    assert line == text


WORD = "W" * 400
BEYOND = """() => [...panel.shadowRoot.querySelectorAll(".main *")]
  .filter((one) => !one.closest(".table, .backdrop, .chip, .w-badge, select"))
  .filter((one) => one.getBoundingClientRect().right > innerWidth + 1)
  .map((one) => one.className)"""


def test_a_word_without_an_end_stays_within_the_page(visit: Open) -> None:
    composer = {
        "models": [{"id": "m", "label": WORD}],
        "tools": [{"id": "t", "label": WORD, "icon": "globe", "pinned": True}],
    }
    options = {
        "composer": composer,
        "startScreen": {"greeting": WORD},
        "disclaimer": {"text": WORD},
    }
    chat = visit(width=320, options=options)
    chat.find(".menu").wait_for()
    assert chat.page.evaluate(BEYOND) == []
    row = {
        "type": "Row",
        "children": [{"type": "Badge", "label": WORD}, {"type": "Text", "value": WORD}],
    }
    items: list[dict[str, Any]] = [
        {"type": "user_message", "content": [{"type": "input_text", "text": WORD}]},
        {"type": "assistant_message", "content": [{"text": f"# {WORD}\n\n`{WORD}`\n\n- {WORD}"}]},
        {"type": "widget", "widget": {"type": "Card", "children": [row]}},
    ]
    for number, item in enumerate(items):
        receive(chat, {"type": "thread.item.done", "item": {"id": f"item-{number}", **item}})
    chat.find(".w-badge").wait_for()
    assert chat.page.evaluate(BEYOND) == []
