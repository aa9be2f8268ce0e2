"""Nothing of the protocol is ignored: all that the SDK names is shown, or refused by name."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timezone
from typing import Any, get_args, get_origin

import pytest
from chatkit import types as ck
from chatkit import widgets
from pydantic import BaseModel

from chatkit_agent.sandbox.model import OfflineModel

from .browsing import Open, Visit
from .elsewhere import result_of
from .show_widgets import PARTS, ROOTS, SHOWS

# What each show must put on the page, and what it must have sent as an event of the page.
SEEN = {
    "stream": ["How it fits together", "python", "stream", "Sources"],
    "sources": ["Paris is the capital of France.", "Sources"],
    "reasoning": ["Thought for 7 s"],
    "tasks": ["Looked it up", "Add a task", "capital of France", "Thinking", "Read", "Drawing"],
    "client tool": ["page_title"],
    "questions": ["Which size?", "Which colours?", "Anything else?", "Optional"],
    "notices": ["Limit", "You have 10 messages left.", "A second version."],
    "error": ["The printer is on fire.", "Try again"],
    "locked": ["That is all for today.", "An editor looks at this."],
    "closed": ["Goodbye.", "This conversation has ended."],
    "hidden": ["Nothing to see."],
    "growing": ["Done."],
    "fixed": ["Not to be stopped."],
}
ROOT_TYPES = {"Card", "ListView", "Basic"}


def names(union: Any) -> set[str]:
    """The values of `type` in a union of models."""
    if get_origin(union) is not None and not isinstance(union, type):
        return set().union(*map(names, (arg for arg in get_args(union) if _is_model(arg))))
    return set(get_args(union.model_fields["type"].annotation))


def _is_model(argument: Any) -> bool:
    return get_origin(argument) is not None or (
        isinstance(argument, type) and issubclass(argument, BaseModel)
    )


SUPPORTED = """async () => {
  const load = (name) => import(`/stage/static/${name}.js`);
  const { EVENTS, UPDATES } = await load("protocol");
  const { ITEMS, TASKS, UNSUPPORTED } = await load("views/thread");
  const { COMPONENTS } = await load("widgets/widget");
  const [events, updates, items, tasks, components] =
    [EVENTS, UPDATES, ITEMS, TASKS, COMPONENTS].map(Object.keys);
  return { events, updates, items, tasks, components, unsupported: UNSUPPORTED };
}"""


def supports(chat: Visit) -> dict[str, Any]:
    found: dict[str, Any] = chat.page.evaluate(SUPPORTED)
    return found


def test_every_name_of_the_unions_is_known(visit: Open) -> None:
    known = supports(visit())
    assert set(known["events"]) == names(ck.ThreadStreamEvent)
    assert set(known["updates"]) == names(ck.ThreadItemUpdate)
    assert set(known["items"]) | set(known["unsupported"]) == names(ck.ThreadItem)
    assert not set(known["items"]) & set(known["unsupported"])
    assert all(len(reason) > 20 for reason in known["unsupported"].values())
    assert set(known["tasks"]) == names(ck.Task)
    components = names(widgets.StrictWidgetComponent) | ROOT_TYPES
    # Tables came to the official client first: its types have them, the SDK takes any component.
    assert set(known["components"]) == components | {"Table", "Table.Row", "Table.Cell"}
    assert set(PARTS) | set(ROOTS) >= components


def emitted() -> list[BaseModel]:
    """All that the shows send."""

    async def everything() -> list[BaseModel]:
        thread = ck.ThreadMetadata(id="thr", created_at=datetime.now(timezone.utc))
        return [event for show in SHOWS.values() async for event in show(thread)]

    return result_of(everything)


def models_in(value: Any) -> Iterable[BaseModel]:
    if isinstance(value, BaseModel):
        yield value
        # Fields that the SDK deprecates warn when they are read one by one.
        for each in vars(value).values():
            yield from models_in(each)
    elif isinstance(value, list):
        for each in value:
            yield from models_in(each)


def test_the_shows_have_all_of_it() -> None:
    """What is looked at below is the whole protocol."""
    shown = {getattr(model, "type", "") for event in emitted() for model in models_in(event)}
    # The thread's own events come from the SDK when a thread begins or changes.
    unions = (ck.ThreadStreamEvent, ck.ThreadItemUpdate, ck.ThreadItem, ck.Task, ck.Source)
    wanted = set().union(*map(names, unions)) - {"thread.created", "thread.updated"}
    assert wanted - shown == {"user_message"}


@pytest.mark.parametrize("show", SEEN)
def test_what_is_sent_is_seen(visit: Open, show: str) -> None:
    chat = visit()
    chat.send(f"show {show}")
    panel = chat.page.locator("chatkit-panel")
    for text in SEEN[show]:
        panel.get_by_text(text).first.wait_for()
    assert "cannot be shown" not in panel.inner_text()
    assert "for the model only" not in panel.inner_text()


def test_effects_notices_and_progress(visit: Open) -> None:
    chat = visit()
    chat.say("show notices")
    assert chat.events("effect") == [{"name": "highlight", "data": {"id": 7}}]
    chat.until(lambda: chat.answers == ["A second version."])


def test_an_answer_that_may_not_be_stopped_has_no_stop(visit: Open) -> None:
    chat = visit()
    chat.send("show fixed")
    chat.find(".progress").wait_for()
    chat.until(lambda: chat.page.evaluate("!panel.session.state.conversation.canStop"))
    assert chat.button("Stop").count() == 0
    chat.wait_for_end(0)


def test_a_generated_image_is_drawn_from_its_bytes(visit: Open) -> None:
    chat = visit()
    chat.say("show image")
    chat.find(".generated canvas").wait_for()


def test_client_tools_run_in_the_page(visit: Open, configured: OfflineModel) -> None:
    configured.script(["The page is called so."])
    chat = visit()
    chat.send("show client tool")
    chat.find(".assistant_message").get_by_text("The page is called so.").wait_for()
    assert chat.page.evaluate("happened.filter(([one]) => one === 'tool')") == [
        ["tool", "page_title", {"short": True}]
    ]
    assert "A page with a chat" in configured.requests[-1].text


def test_questions_are_answered_once(visit: Open, configured: OfflineModel) -> None:
    configured.script(["Large and blue it is."])
    chat = visit()
    chat.say("show questions")
    chat.page.get_by_label("L", exact=True).check()
    chat.page.get_by_label("Red").check()
    chat.find("input[aria-label='Something else']").nth(1).fill("Teal")
    chat.button("Submit").click()
    chat.find(".answers").wait_for()
    chat.wait_for_end(1)
    assert chat.find(".answers dd").all_inner_texts() == ["L", "Red, Teal", "Skipped"]
    assert chat.answers == ["Large and blue it is."]


def test_questions_can_be_skipped(visit: Open) -> None:
    chat = visit()
    chat.say("show questions")
    chat.button("Skip").click()
    chat.find(".answers").wait_for()
    assert chat.find(".answers dd").all_inner_texts() == ["Skipped"] * 3


def test_sources_are_marked_and_listed(visit: Open) -> None:
    chat = visit()
    chat.say("show sources")
    chat.find(".cite").first.click()
    links = chat.find(".source-list .source")
    links.first.wait_for()
    assert [one.split("\n")[0] for one in links.all_inner_texts()]
    assert links.first.get_attribute("href") == "https://example.com/paris"
    assert "noopener" in str(links.first.get_attribute("rel"))
    links.nth(2).hover()
    chat.page.get_by_text("A preview").wait_for()
    links.nth(2).click()
    assert chat.events("entity") == ["e1"]


def test_a_locked_thread_takes_no_message(visit: Open) -> None:
    chat = visit()
    chat.say("show locked")
    chat.find("[part=read-only]").wait_for()
    assert chat.field.count() == 0
    chat.button("Start a new conversation").click()
    chat.field.wait_for()
