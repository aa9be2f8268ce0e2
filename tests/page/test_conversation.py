"""What everybody does with a chat: send, read along, see the tools work, come back to it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from chatkit_agent.sandbox.model import OfflineModel
from chatkit_agent.sandbox.turns import Reply, ToolCall

from ..reference.toolbox import Toolbox
from .browsing import Open

if TYPE_CHECKING:
    from playwright.sync_api import Route

LEFT = "(box) => box.scrollHeight - box.scrollTop - box.clientHeight"


def test_a_message_is_answered_as_it_streams(visit: Open, configured: OfflineModel) -> None:
    configured.script(["One two three four five six seven."])
    configured.behave(hold_after=3)
    chat = visit()
    assert chat.find("h1").inner_text() == "What can I help with?"
    chat.send("Count, please")
    chat.find(".assistant_message").get_by_text("One two three").wait_for()
    assert chat.find(".bubble").inner_text() == "Count, please"
    assert chat.button("Stop").is_visible()
    configured.release()
    chat.find(".assistant_message").get_by_text("seven.").wait_for()
    chat.button("Send").wait_for()
    assert chat.find(".title").inner_text() == "Count, please"


def test_a_tool_is_one_line_that_folds_open(
    visit: Open, configured: OfflineModel, toolbox: Toolbox
) -> None:
    call = ToolCall("add_task", {"title": "Milk"})
    configured.script([Reply(calls=(call,)), "It is on the list."])
    chat = visit()
    chat.say("Add milk")
    assert toolbox.done == ["Milk"]
    line = chat.find(".step-line")
    assert line.inner_text().startswith("Add a task")
    line.click()
    assert "title: Milk" in chat.find(".step-more").inner_text()
    assert chat.answers == ["It is on the list."]


def test_the_conversation_is_there_when_one_comes_back(
    visit: Open, configured: OfflineModel
) -> None:
    configured.script(["First answer.", "Second answer."])
    chat = visit()
    chat.say("First question")
    chat.say("Second question")
    again = visit()
    again.button("First question").first.click()
    again.find(".assistant_message").nth(1).wait_for()
    assert again.answers == ["First answer.", "Second answer."]
    assert again.find(".bubble").all_inner_texts() == ["First question", "Second question"]


def test_another_person_sees_nothing_of_it(visit: Open, configured: OfflineModel) -> None:
    chat = visit("alice")
    chat.say("A secret of Alice's")
    other = visit("bob")
    other.page.get_by_text("No conversations yet").wait_for()
    other.page.evaluate("(id) => panel.setThreadId(id)", chat.thread)
    other.page.get_by_text("This conversation is no longer there").wait_for()
    assert "secret" not in other.page.locator("chatkit-panel").inner_text()


def test_a_conversation_that_begins_while_the_list_is_asked_for_stays_in_it(visit: Open) -> None:
    chat = visit()
    waiting: list[Route] = []

    def hold(route: Route) -> None:
        asked = json.loads(route.request.post_data or "{}")
        # The answer is as old as the question, and comes late.
        waiting.append(route) if asked["type"] == "threads.list" else route.continue_()

    chat.until(lambda: chat.page.evaluate("panel.session.state.threads.loaded"))
    chat.page.route("**/chatkit", hold)
    chat.page.evaluate("void panel.fetchUpdates()")
    chat.until(lambda: waiting)
    old = waiting[0].fetch()
    chat.say("Hello")
    waiting[0].fulfill(response=old)
    chat.page.unroute("**/chatkit")
    chat.until(lambda: chat.page.evaluate("!panel.session.state.threads.loading"))
    listed = "panel.session.state.threads.list.map(({ title }) => title)"
    assert chat.page.evaluate(listed) == ["Hello"]


def test_what_grows_takes_nobody_away_from_the_end(visit: Open) -> None:
    """Such as a widget whose module comes late: a scroll event may be told after it grew."""
    chat = visit()
    chat.say("show stream")
    thread = chat.find(".thread")
    thread.evaluate(
        """async (box) => {
          const frame = () => new Promise((done) => requestAnimationFrame(done));
          const frames = async () => { await frame(); await frame(); };
          const { style } = box.firstElementChild;
          const high = box.scrollHeight;
          style.minHeight = `${high + 500}px`;
          await frames();
          style.minHeight = "0"; // what shrinks scrolls back by itself
          await frames();
          style.minHeight = `${high + 2000}px`;
          box.dispatchEvent(new Event("scroll"));
        }"""
    )
    chat.until(lambda: thread.evaluate(LEFT) < 2)
    thread.evaluate("(box) => { box.scrollTop = 0 }")
    chat.button("Go to the latest message").wait_for()


def test_what_one_sends_is_seen_wherever_one_reads(visit: Open) -> None:
    chat = visit()
    for _ in range(2):
        chat.say("show stream")
    chat.find(".thread").evaluate("(box) => { box.scrollTop = 0 }")
    chat.button("Go to the latest message").wait_for()
    chat.say("show fixed")
    chat.until(lambda: chat.find(".thread").evaluate(LEFT) < 2)


def test_a_page_may_want_a_view_that_does_not_follow(visit: Open) -> None:
    chat = visit(options={"thread": {"autoScroll": False}})
    chat.say("show stream")
    chat.button("Go to the latest message").wait_for()
    assert chat.find(".thread").evaluate("(box) => box.scrollTop") == 0


def test_a_long_message_is_seen_as_one_writes_it(visit: Open) -> None:
    chat = visit()
    chat.field.fill("\n".join(map(str, range(14))))
    chat.field.press_sequentially("more")
    field, box = chat.field.bounding_box(), chat.find(".composer").bounding_box()
    assert field
    assert box
    assert box["y"] <= field["y"] <= field["y"] + field["height"] <= box["y"] + box["height"]
    tops = [chat.field, chat.find(".backdrop")]
    chat.until(lambda: len({one.evaluate("(one) => one.scrollTop") for one in tops}) == 1)


def test_what_says_nothing_is_not_sent(visit: Open, configured: OfflineModel) -> None:
    chat = visit()
    for text in ("   ", "\u200b\u2003", "\ufeff"):
        chat.send(text)
        assert chat.button("Send").is_disabled()
        script = "(text) => panel.sendUserMessage({ text }).catch((error) => error.message)"
        assert chat.page.evaluate(script, text) == "The message is empty."
    assert configured.requests == []
    assert chat.thread is None
    chat.say("🫠")
    chat.until(lambda: len(chat.answers) == 1)
