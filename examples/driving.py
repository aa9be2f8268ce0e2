"""Drives the console in a browser without a window, as a person would, and says what is seen."""

from __future__ import annotations

from collections.abc import Callable

from chatkit_agent.evidence.run.browser import (
    HOW_TO_GET_ONE,
    BrowserFailed,
    Page,
    browsing,
    find_browser,
)

Say = Callable[[str], None]

ROOT = "document.querySelector('chatkit-panel').shadowRoot"
IDLE = f"!{ROOT}.querySelector('.send.stop')"
TEXT = f"[...{ROOT}.querySelectorAll('.item, .failure')].map((one) => one.innerText).join('\\n')"


def drive(url: str, say: Say) -> int:
    executable = find_browser()
    if executable is None:
        say(f"The page was not driven: there is no Chromium here. {HOW_TO_GET_ONE}")
        return 0
    try:
        with browsing(executable) as browser:
            page = browser.open(url, width=1280, height=800)
            _as_alice(page, say)
            _as_bob(page, say)
            away = [each for each in page.requests if not each.startswith((url, "data:", "blob:"))]
            assert not away, f"it asked elsewhere: {away}"
            assert not page.said, f"the page complained: {page.said}"
            say("No request left the console's own address.")
    except (BrowserFailed, AssertionError) as problem:
        say(f"The page did not do what it should: {problem}")
        return 1
    return 0


def _as_alice(page: Page, say: Say) -> None:
    page.until(f"{ROOT}.querySelectorAll('.prompt').length === 4")
    press(page, "Which tasks do I have?")
    seen(page, "buy milk")
    say("Alice pressed a suggestion and read her tasks; the tool step is above the answer.")
    ask(page, "Add a task: water the plants")
    seen(page, "Added #")
    ask(page, "Hello, what can you do for me today?", wait=False)
    page.until(f"{ROOT}.querySelector('.send.stop') && {TEXT}.includes('You said')", every=0.02)
    press_part(page, ".send.stop")
    page.until(IDLE)
    say("She stopped an answer in the middle.")
    ask(page, "Show my board")
    seen(page, "Your open tasks")
    press(page, "Done")
    page.until(f"!({ROOT}.querySelector('.widget')?.innerText ?? 'buy milk').includes('buy milk')")
    say("A card showed her tasks, and its button completed one.")
    ask(page, "Delete task 2")
    press(page, "Approve")
    seen(page, "Deleted task 2")
    say("A destructive tool asked her first, and ran when she approved.")


def _as_bob(page: Page, say: Say) -> None:
    bob = "[...document.querySelectorAll('.choice button')].find((one) => one.innerText === 'bob')"
    page.evaluate(f"{bob}.click()")
    page.until(f"{ROOT}.querySelectorAll('.prompt').length === 4")
    assert "plumber" not in str(page.evaluate(f"{ROOT}.textContent")), "Bob sees Alice's"
    press(page, "Which tasks do I have?")
    seen(page, "book a table")
    assert "plumber" not in str(page.evaluate(TEXT)), "Bob sees Alice's tasks"
    say("Bob saw nothing of hers.")


def ask(page: Page, text: str, *, wait: bool = True) -> None:
    page.until(IDLE, 30)
    page.evaluate(f"{ROOT}.querySelector('textarea[part=input]').focus()")
    page.type(text)
    page.press_enter()
    if wait:
        page.until(f"{ROOT}.querySelector('.send.stop')", every=0.02)
        page.until(IDLE, 30)


def seen(page: Page, text: str) -> None:
    page.until(f"{TEXT}.includes({text!r}) && {IDLE}", 30)


def press(page: Page, label: str) -> None:
    """The first button that says so."""
    button = (
        f"[...{ROOT}.querySelectorAll('button')]"
        f".find((one) => one.innerText.trim() === {label!r} && !one.disabled)"
    )
    page.until(f"{button} && ({button}.click(), true)")


def press_part(page: Page, selector: str) -> None:
    page.evaluate(f"{ROOT}.querySelector({selector!r}).click()")
