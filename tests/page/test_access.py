"""The page is for everybody: without a mouse, without eyes, narrow, dark, right to left, calm."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from chatkit_agent.sandbox.model import OfflineModel

from .browsing import Open, Visit

SHOWN = ["stream", "image", "tasks", "sources", "questions", "gallery", "notices", "error"]
RUN_AXE = """async () => {
  const { violations } = await axe.run(document, { resultTypes: ["violations"] });
  return violations
    .filter(({ impact }) => ["serious", "critical"].includes(impact))
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" | ")}`);
}"""


def findings(chat: Visit, axe: Path) -> list[str]:
    chat.page.evaluate(axe.read_text())
    found: list[str] = chat.page.evaluate(RUN_AXE)
    return found


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("width", [320, 1280])
def test_axe_finds_nothing_serious(visit: Open, axe: Path, dark: bool, width: int) -> None:
    # Axe styles the page while it measures, which the policy forbids.
    tools = [{"id": "t", "label": "Search", "icon": "search"}]
    options = {"composer": {"tools": tools}}
    chat = visit(dark=dark, width=width, expects_violations=True, options=options)
    chat.page.get_by_role("combobox", name="Tools").click()
    chat.find(".menu-item.active").wait_for()
    assert findings(chat, axe) == []
    chat.page.keyboard.press("Escape")
    for show in SHOWN:
        chat.say(f"show {show}")
    chat.page.wait_for_timeout(300)
    assert findings(chat, axe) == []
    if width == 320:
        chat.button("Conversations").click()
        chat.page.wait_for_timeout(300)
        assert findings(chat, axe) == []


@pytest.mark.parametrize("width", [320, 480, 900, 1920])
def test_nothing_is_wider_than_the_page(visit: Open, width: int) -> None:
    chat = visit(width=width)
    for show in SHOWN:
        chat.say(f"show {show}")
    chat.page.evaluate("panel.session.fail(new Error('aWordWithoutAnEnd'.repeat(9)))")
    chat.find(".failure strong").wait_for()
    wide = chat.page.evaluate(
        "() => [...panel.shadowRoot.querySelectorAll('.thread, .composer-box, .items')]"
        ".filter((one) => one.scrollWidth > one.clientWidth + 1).map((one) => one.className)"
    )
    assert wide == []


TOOLS = [
    {
        "id": f"t{number}",
        "label": f"A tool that is called {number}",
        "icon": "search",
        "pinned": True,
    }
    for number in range(3)
]


@pytest.mark.parametrize("locale", ["en", "ar"])
def test_what_a_message_is_sent_with_fits_into_the_composer(visit: Open, locale: str) -> None:
    composer = {
        "tools": [*TOOLS, {"id": "t", "label": "Another", "icon": "lightbulb"}],
        "models": [{"id": "a", "label": "A model of some name"}],
        "attachments": {"enabled": True},
        "dictation": {"enabled": True},
    }
    chat = visit(width=320, options={"composer": composer, "locale": locale})
    chat.find(".menu").nth(1).wait_for()
    outside = chat.find(".composer").evaluate(
        """(composer) => {
          const { left, right } = composer.getBoundingClientRect();
          const boxes = [...composer.querySelectorAll("button")];
          return boxes.map((one) => one.getBoundingClientRect())
            .filter((one) => one.left < left || one.right > right).length;
        }"""
    )
    assert outside == 0


def test_everything_is_done_by_keyboard(visit: Open, configured: OfflineModel) -> None:
    configured.script(["First.", "Second."])
    chat = visit(width=600)
    keys = chat.page.keyboard

    def reach(label: str) -> None:
        for _ in range(40):
            keys.press("Tab")
            focused = chat.page.evaluate("panel.shadowRoot.activeElement?.ariaLabel") or ""
            if focused == label or (label.endswith(" ") and focused.startswith(label)):
                return
        raise AssertionError(f"{label} cannot be reached")

    reach("Message")
    keys.type("Hello")
    keys.press("Shift+Enter")
    keys.type("there")
    keys.press("Enter")
    chat.wait_for_end(0)
    assert chat.find(".bubble").inner_text() == "Hello\nthere"
    assert chat.page.evaluate("panel.shadowRoot.activeElement.tagName") == "TEXTAREA"
    reach("Conversations")
    keys.press("Enter")
    chat.until(lambda: chat.count("history.open"))
    chat.find(".entry").wait_for()
    reach("Rename: ")
    keys.press("Enter")
    chat.find(".rename input").wait_for()
    keys.type("By keyboard")
    keys.press("Enter")
    chat.find(".title").get_by_text("By keyboard").wait_for()
    focused = "panel.shadowRoot.activeElement?.innerText"
    chat.until(lambda: chat.page.evaluate(focused) == "By keyboard")
    keys.press("Escape")
    reach("Good answer")
    keys.press("Space")
    chat.find("[aria-pressed=true]").wait_for()
    reach("Conversations")
    keys.press("Enter")
    reach("Delete: ")
    keys.press("Enter")
    chat.find(".sure").wait_for()
    keys.press("Escape")
    chat.until(lambda: chat.page.evaluate(focused) == "By keyboard")
    reach("Delete: ")
    keys.press("Enter")
    chat.until(lambda: chat.page.evaluate(focused) == "Cancel")
    keys.press("Tab")
    keys.press("Enter")
    chat.page.get_by_text("No conversations yet").wait_for()
    assert chat.page.evaluate("panel.shadowRoot.activeElement.ariaLabel") == "New conversation"


def test_the_drawer_gives_the_focus_back(visit: Open) -> None:
    chat = visit(width=400)
    chat.button("Conversations").focus()
    chat.page.keyboard.press("Enter")
    chat.until(lambda: chat.count("history.open"))
    chat.page.keyboard.press("Escape")
    assert chat.count("history.close") == 1
    label = chat.page.evaluate("panel.shadowRoot.activeElement.ariaLabel")
    assert label == "Conversations"


def test_what_happens_is_read_out(visit: Open, configured: OfflineModel) -> None:
    configured.behave(first_token_delay=0.3)
    chat = visit()
    region = chat.find("[role=status].sr-only")
    chat.send("Hello")
    chat.until(lambda: region.inner_text() in {"Thinking", "Working"})
    chat.wait_for_end(0)
    chat.until(lambda: region.inner_text() == "The answer is complete.")


def test_the_words_of_a_table_stay_whole(visit: Open, configured: OfflineModel) -> None:
    configured.script([f"|{'| '.join(['Monday'] * 9)}|\n{'|---' * 9}|\n{'| 1,234 ' * 9}|\n"])
    chat = visit(width=320)
    chat.say("Hello")
    row = chat.find("tbody tr").first.bounding_box()
    assert row
    assert row["height"] < 50, "its words are broken"


def test_blocks_are_laid_out_as_their_text_runs(visit: Open, configured: OfflineModel) -> None:
    """Whatever the language of the page: a list's numbers, the line beside a quotation, columns."""
    configured.script(
        ["1. أول\n2. ثان `call()`\n\n> اقتباس\n\n| اسم |\n|---|\n| قيمة |\n\n- one\n- اثنان\n"]
    )
    chat = visit()
    chat.say("Hello")
    directions = chat.page.evaluate(
        """() => ["ol", "blockquote", "table", "ul"]
          .map((one) => panel.shadowRoot.querySelector(`.markdown ${one}`))
          .map((one) => getComputedStyle(one).direction)"""
    )
    assert directions == ["rtl", "rtl", "rtl", "ltr"]
    assert chat.find(".markdown code").evaluate("(one) => getComputedStyle(one).direction") == "ltr"


@pytest.mark.parametrize("width", [390, 1100])
def test_who_opens_the_history_on_a_narrow_screen_stays_in_it(visit: Open, width: int) -> None:
    chat = visit(width=width)
    chat.say("show fixed")
    chat.page.evaluate("panel.showHistory()")
    chat.find(".history[data-open=true]").wait_for()
    inside = "() => !!panel.shadowRoot.activeElement?.closest('.main')"
    left = False
    for _ in range(12):
        chat.page.keyboard.press("Tab")
        left = left or chat.page.evaluate(inside)
    assert left == (width > 860)
    chat.page.set_viewport_size({"width": 1100, "height": 760})
    chat.until(lambda: chat.find(".main").get_attribute("inert") is None)


def test_all_of_a_conversation_is_printed(visit: Open) -> None:
    """On paper, which is white."""
    chat = visit(dark=True)
    for _ in range(3):
        chat.say("show stream")
    chat.page.emulate_media(media="print")
    box = chat.find(".thread")
    assert box.evaluate("(one) => one.scrollHeight === one.clientHeight && one.scrollHeight > 1500")
    assert not chat.find(".composer").is_visible()
    assert not chat.find(".history").is_visible()
    assert chat.find(".panel").evaluate("(one) => getComputedStyle(one).colorScheme") == "light"


def test_right_to_left(visit: Open) -> None:
    chat = visit(options={"locale": "ar"})
    chat.say("مرحبا")
    bubble, panel = chat.find(".bubble").bounding_box(), chat.find(".main").bounding_box()
    assert bubble
    assert panel
    assert bubble["x"] - panel["x"] < panel["width"] / 2, "the person's words are at the end"
    history = chat.find(".history").bounding_box()
    assert history
    assert history["x"] > panel["x"]


def test_what_is_drawn_is_said_anew_when_a_language_comes(visit: Open) -> None:
    chat = visit()
    chat.say("Hello")
    held: list[Any] = []
    chat.page.route("**/locales/fr.js", lambda route: held.append(route))
    chat.page.evaluate("panel.setOptions({ ...hostOptions, locale: 'fr' })")
    chat.find(".panel[lang=fr]").wait_for()
    chat.until(lambda: held)
    held[0].continue_()
    chat.find(".turn-actions [aria-label=Copier]").wait_for()


def test_nothing_moves_for_who_asked_for_none(visit: Open) -> None:
    chat = visit(reduced_motion="reduce")
    chat.send("show stream")
    chat.find(".progress, .assistant_message").first.wait_for()
    running = (
        "() => panel.shadowRoot.getAnimations()"
        ".filter((one) => one.effect.getTiming().duration > 0).length"
    )
    assert chat.page.evaluate(running) == 0
    chat.wait_for_end(0)


def test_the_look_is_the_pages_own(visit: Open) -> None:
    theme = {"colorScheme": "dark", "color": {"accent": {"primary": "#ff0066", "level": 1}}}
    chat = visit(options={"theme": theme})
    chat.field.fill("x")
    chat.page.wait_for_timeout(200)
    colour = chat.find(".send").evaluate("(one) => getComputedStyle(one).backgroundColor")
    assert colour == "rgb(255, 0, 102)"
    assert chat.find(".panel").get_attribute("data-scheme") == "dark"
    chat.page.evaluate(
        """() => {
          const sheet = new CSSStyleSheet();
          sheet.replaceSync("chatkit-panel::part(composer) { border-width: 7px }");
          document.adoptedStyleSheets = [sheet];
        }"""
    )
    assert chat.find(".composer").evaluate("(one) => getComputedStyle(one).borderWidth") == "7px"


@pytest.mark.parametrize("width", [360, 1280])
def test_the_text_stands_above_the_composer(visit: Open, width: int) -> None:
    chat = visit(width=width)
    for _ in range(2):
        chat.say("show stream")
    thread = chat.find(".thread")
    assert thread.evaluate("(box) => box.offsetWidth > box.clientWidth")
    edges = [
        chat.find(selector).first.evaluate("(one) => one.getBoundingClientRect().left")
        for selector in (".assistant_message", ".composer")
    ]
    assert abs(edges[0] - edges[1]) < 1, edges


def test_a_text_is_copied_from_a_page_without_tls(visit: Open, configured: OfflineModel) -> None:
    """Such pages have no `navigator.clipboard`."""
    configured.script(["To be copied."])
    chat = visit()
    chat.say("Hello")
    chat.page.evaluate(
        "Object.defineProperty(navigator, 'clipboard', { value: undefined, configurable: true })"
    )
    chat.button("Copy").last.click()
    chat.button("Copied").wait_for()
    chat.page.evaluate("delete navigator.clipboard")
    assert chat.page.evaluate("navigator.clipboard.readText()").strip() == "To be copied."
