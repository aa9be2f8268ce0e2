"""Whatever goes wrong, the page says in words what happened and what to do; it is never blank."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from chatkit_agent.sandbox import postgres as embedded
from chatkit_agent.sandbox.model import OfflineModel

from ..reference.toolbox import Toolbox
from .browsing import Open, Visit

REFUSALS = {
    "401": (401, {"error": {"code": "not_signed_in", "message": "No token."}}, "not signed in"),
    "403": (403, {"error": {"code": "no", "message": "Not yours."}}, "not allowed"),
    "404 of a thread": (404, {"error": {"code": "not_found", "message": ""}}, "no longer there"),
    "404 of the route": (404, {"detail": "Not Found"}, "no chat at this address"),
    "429": (429, {"error": {"code": "too_many", "message": "Wait a bit."}}, "Wait a bit."),
    "429 of others": (429, {"error": "Rate limit exceeded: 5 per 1 minute"}, "Too many requests"),
    "422": (
        422,
        {"detail": [{"loc": ["query", "token"], "msg": "Field required", "type": "missing"}]},
        "query token: Field required.",
    ),
    "409": (409, {"error": {"code": "busy", "message": ""}}, "still being written"),
    "503 setup": (
        503,
        {"error": {"code": "not_configured", "message": "set DB_URL"}},
        "set DB_URL",
    ),
    "503": (503, {"error": {"code": "unavailable", "message": ""}}, "not available right now"),
    "500 of nobody": (500, None, "not available right now"),
    "200 of another": (200, None, "did not answer as a chat"),
}


def show_failure(chat: Visit, status: int, body: Any) -> None:
    """What a server in trouble would answer, and what then is on the page."""
    if body is None:
        chat.page.route(
            "**/chatkit",
            lambda route: route.fulfill(status=status, body="<p>Hi", content_type="text/html"),
        )
    else:
        chat.page.route("**/chatkit", lambda route: route.fulfill(status=status, json=body))
    chat.send("Hello")
    chat.find(".failure").first.wait_for()


def test_who_signs_in_later_sees_the_list(visit: Open) -> None:
    """As with `<chatkit-panel url="/chatkit">` and a token that comes after it."""
    chat = visit()
    chat.say("Hello")
    refused = "{...hostOptions, api: {url: '/chatkit', fetch: (...asked) => fetch(...asked)}}"
    chat.page.evaluate(f"panel.setOptions({refused})")
    chat.find(".failure").first.wait_for()
    chat.page.evaluate("panel.setOptions(hostOptions)")
    chat.until(lambda: chat.find(".failure").count() == 0)


@pytest.mark.parametrize("case", REFUSALS)
def test_a_refusal_is_explained(visit: Open, case: str) -> None:
    status, body, words = REFUSALS[case]
    chat = visit()
    show_failure(chat, status, body)
    said = chat.find(".failure").first.inner_text()
    assert words in said
    assert str(status) in said or status == 200
    assert chat.find(".bubble").inner_text() == "Hello"
    assert chat.field.is_enabled()
    assert chat.events("error")


def test_what_was_refused_stays_until_it_is_sent(visit: Open, configured: OfflineModel) -> None:
    chat = visit()
    show_failure(chat, 429, {"error": {"code": "too_many", "message": "Wait."}})
    assert chat.find(".unsent").count() == 0, "the failure says it"
    chat.page.unroute("**/chatkit")
    configured.script(["Second.", "First."])
    chat.say("And this?")
    assert chat.find(".bubble").all_inner_texts() == ["Hello", "And this?"]
    chat.find(".unsent").get_by_text("Not sent").wait_for()
    chat.find(".unsent button").click()
    chat.find(".assistant_message").get_by_text("First.").wait_for()
    assert chat.find(".bubble").all_inner_texts() == ["And this?", "Hello"]
    assert chat.find(".unsent").count() == 0


def test_what_could_not_be_sent_is_sent_again(visit: Open, configured: OfflineModel) -> None:
    configured.script(["Here I am."])
    chat = visit()
    chat.page.get_by_text("No conversations yet").wait_for()
    chat.page.context.set_offline(True)
    chat.send("Are you there?")
    chat.find(".failure").get_by_text("You are offline").wait_for()
    chat.page.evaluate("panel.fetchUpdates()")
    chat.find(".history .failure").wait_for()
    chat.page.context.set_offline(False)  # and nobody has to press anything
    chat.find(".assistant_message").get_by_text("Here I am.").wait_for()
    assert chat.find(".bubble").all_inner_texts() == ["Are you there?"]
    chat.until(lambda: chat.find(".failure").count() == 0)


def test_what_was_said_without_a_network_is_not_lost(visit: Open, configured: OfflineModel) -> None:
    """The message is sent as soon as there is a network, once, in the conversation that is open."""
    configured.script(["Hello.", "Here I am."])
    chat = visit()
    chat.say("Good morning")
    chat.page.context.set_offline(True)
    chat.send("Are you there?")
    chat.find(".progress").get_by_text("connected again").wait_for()
    chat.page.context.set_offline(False)
    chat.find(".assistant_message").get_by_text("Here I am.").wait_for()
    assert chat.find(".bubble").all_inner_texts() == ["Good morning", "Are you there?"]
    chat.page.reload()
    chat.until(lambda: chat.count("ready"))
    chat.find(".entry-title").first.click()
    chat.find(".assistant_message").get_by_text("Here I am.").wait_for()
    assert chat.find(".bubble").all_inner_texts() == ["Good morning", "Are you there?"]


def test_a_model_that_is_away_is_named(visit: Open, configured: OfflineModel) -> None:
    configured.behave(status=401)
    chat = visit()
    chat.say("Hello")
    chat.until(lambda: chat.find("[role=status].sr-only").inner_text() == "")
    assert "OPENAI_API_KEY" in chat.find(".failure").inner_text()
    configured.behave()
    configured.script(["Better."])
    chat.say("And now?")
    assert chat.answers == ["Better."]


def test_a_model_that_breaks_off_can_be_asked_again(visit: Open, configured: OfflineModel) -> None:
    configured.script(["One two three four five", "One two three four five"])
    configured.behave(break_after=3, times=1)
    chat = visit()
    chat.say("Count")
    chat.find(".failure").wait_for()
    chat.find(".failure").get_by_role("button", name="Try again").click()
    chat.find(".assistant_message").get_by_text("four five").wait_for()
    assert chat.find(".failure").count() == 0


def test_tools_that_are_away_are_noticed(
    visit: Open, configured: OfflineModel, toolbox: Toolbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MCP_SERVER_URL", "http://127.0.0.1:9/mcp")
    configured.script(["I do without."])
    chat = visit()
    chat.say("Add milk")
    assert "Some tools cannot be reached" in chat.find(".notice").inner_text()
    assert chat.answers == ["I do without."]


def test_a_database_that_is_away_is_named(
    visit: Open, configured: OfflineModel, database_url: str, postgres: str
) -> None:
    chat = visit()
    chat.say("Hello")
    embedded.drop_database(postgres, urlsplit(database_url).path[1:])
    chat.send("Are you there?")
    # The chat itself tries for a while.
    chat.find(".failure").first.wait_for(timeout=90_000)
    said = chat.find(".failure").first.inner_text()
    assert "This chat is not set up" in said
    assert "DATABASE_URL was refused" in said


def test_an_unexpected_message_of_the_server_is_shown_as_text(visit: Open) -> None:
    chat = visit()
    message = "<img src=x onerror=alert(1)>"
    show_failure(chat, 503, {"error": {"code": "x", "message": message}})
    assert message in chat.find(".failure").first.inner_text()


def test_the_history_says_what_is_wrong_with_it(visit: Open) -> None:
    chat = visit()
    chat.page.get_by_text("No conversations yet").wait_for()
    chat.page.route("**/chatkit", lambda route: route.abort())
    chat.page.evaluate("panel.fetchUpdates()")
    chat.find(".history .failure").get_by_text("The server cannot be reached").wait_for()
    chat.page.unroute("**/chatkit")
    chat.find(".history .failure").get_by_role("button", name="Try again").click()
    chat.page.get_by_text("No conversations yet").wait_for()


def test_without_its_styles_the_chat_is_still_there(visit: Open, tmp_path: Path) -> None:
    chat = visit()
    asked: list[str] = []

    def refuse(route: Any) -> None:
        asked.append(route.request.url)
        route.abort()

    chat.page.route("**/styles/*.css", refuse)
    chat.page.reload()
    chat.until(lambda: chat.page.evaluate("globalThis.happened?.length") and chat.count("ready"))
    assert asked
    chat.say("Hello")
    assert chat.answers
