"""An answer goes on without its reader: after a reload, in a second tab; and Stop is explicit."""

from __future__ import annotations

from typing import Any

from chatkit_agent.sandbox.model import OfflineModel

from .browsing import Open, Visit

ANSWER = "One two three four five six seven eight nine ten."


def begin(chat: Visit, model: OfflineModel) -> None:
    """An answer of which some words are there, and which does not go on by itself."""
    model.script([ANSWER])
    model.behave(hold_after=5, times=1)
    chat.send("Count")
    chat.find(".assistant_message").get_by_text("One two").wait_for()


def come_back(chat: Visit) -> None:
    chat.page.reload()
    chat.until(lambda: chat.page.evaluate("globalThis.happened?.length") and chat.count("ready"))
    chat.find(".entry-title").first.click()


def test_an_answer_goes_on_after_a_reload(visit: Open, configured: OfflineModel) -> None:
    chat = visit()
    begin(chat, configured)
    come_back(chat)
    chat.find(".assistant_message").get_by_text("One two").wait_for()
    assert chat.button("Stop").count() == 1
    configured.release()
    chat.find(".assistant_message").get_by_text("nine ten.").wait_for()
    chat.until(lambda: chat.button("Stop").count() == 0)
    assert chat.answers == [ANSWER]
    assert not configured.disconnects


def test_a_second_tab_watches(visit: Open, configured: OfflineModel) -> None:
    chat = visit()
    begin(chat, configured)
    second = visit(same_as=chat)
    second.find(".entry-title").first.click()
    second.find(".assistant_message").get_by_text("One two").wait_for()
    assert "…" not in second.answers[0]
    configured.release()
    for each in (chat, second):
        each.find(".assistant_message").get_by_text("nine ten.").wait_for()
        each.until(lambda each=each: each.button("Stop").count() == 0)
        assert each.answers == [ANSWER]


def test_what_was_stopped_is_there_after_a_reload(visit: Open, configured: OfflineModel) -> None:
    chat = visit()
    begin(chat, configured)
    chat.button("Stop").click()
    chat.until(lambda: configured.disconnects)
    come_back(chat)
    chat.find(".assistant_message").get_by_text("One two").wait_for()
    said, mark, rest = chat.answers[0].partition(" […]")
    assert ANSWER.startswith(said)
    assert (mark, rest) == (" […]", "")
    assert chat.button("Stop").count() == 0
    configured.release()
    configured.script(["On we go."])
    chat.send("Go on")
    chat.find(".assistant_message").get_by_text("On we go.").wait_for()
    assert len(chat.answers) == 2


def test_an_answer_that_was_stopped_says_so(visit: Open, configured: OfflineModel) -> None:
    chat = visit()
    begin(chat, configured)
    chat.button("Stop").click()
    chat.find(".assistant_message + .stopped").get_by_text("Stopped").wait_for()
    said = chat.find("[role=status].sr-only")
    chat.until(lambda: said.inner_text() == "Stopped")
    configured.release()
    configured.script(["On we go."])
    chat.say("Go on")
    assert chat.find(".stopped").count() == 1
    chat.until(lambda: said.inner_text() == "The answer is complete.")


def test_a_second_answer_that_is_stopped_leaves_the_first(
    visit: Open, configured: OfflineModel
) -> None:
    configured.script(["Here I am."])
    chat = visit()
    chat.say("Are you there?")
    configured.script([ANSWER])
    configured.behave(hold_after=5, times=1)
    chat.button("Try again").click()
    chat.find(".assistant_message").get_by_text("One two").wait_for()
    chat.button("Stop").click()
    chat.find(".assistant_message").get_by_text("Here I am.").wait_for()
    chat.until(lambda: configured.disconnects)
    come_back(chat)
    chat.find(".assistant_message").get_by_text("Here I am.").wait_for()
    # The server may still be taking back what was stored of the second.
    chat.until(lambda: chat.answers == ["Here I am."] and chat.button("Stop").count() == 0)


def test_what_is_taken_back_while_it_is_read_is_not_shown(
    visit: Open, configured: OfflineModel
) -> None:
    """A second answer takes the place of the first between the list of items and their watching."""
    configured.script(["Here I am."])
    chat = visit()
    chat.say("Are you there?")
    configured.script([ANSWER])
    configured.behave(hold_after=5, times=1)
    chat.button("Try again").click()
    chat.find(".assistant_message").get_by_text("One two").wait_for()
    second = visit(same_as=chat)
    held: list[Any] = []

    def hold(route: Any) -> None:
        is_held = "threads.follow" in (route.request.post_data or "")
        held.append(route) if is_held else route.continue_()

    second.page.route("**/chatkit", hold)
    second.find(".entry-title").first.click()
    second.until(lambda: held)
    configured.release()
    chat.until(lambda: chat.button("Stop").count() == 0)
    held[0].continue_()
    second.until(lambda: second.answers == [ANSWER])


def test_a_second_tab_stops_it_for_both(visit: Open, configured: OfflineModel) -> None:
    chat = visit()
    begin(chat, configured)
    second = visit(same_as=chat)
    second.find(".entry-title").first.click()
    second.button("Stop").click()
    chat.until(lambda: chat.button("Stop").count() == 0)
    assert configured.disconnects
    assert chat.find(".failure").count() == 0
    assert ANSWER.startswith(chat.answers[0].rstrip())
