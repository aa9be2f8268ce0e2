"""Widgets: every component is drawn, and actions reach who handles them with what they carry."""

from __future__ import annotations

import pytest

from .browsing import Open
from .show_widgets import BEHAVIOURS, PARTS, ROOTS

# What is looked for of each component, as a person would.
LOOKS = {
    "Text": "text=Plain text",
    "Title": "h3:has-text('A title')",
    "Caption": "text=A caption",
    "Badge": "text=New",
    "Markdown": "strong:has-text('bold')",
    "Box": "text=in a box",
    "Row": "text=left",
    "Col": "text=below",
    "Divider": ".w-root hr",
    "Icon": ".w-root svg path",
    "Image": ".w-root canvas[aria-label='A picture']",
    "Button": ".w-root button:has-text('Press')",
    "Spacer": ".w-root .spring",
    "Select": ".w-root select:has-text('Small')",
    "DatePicker": ".w-root input[type=date]",
    "Checkbox": "label:has-text('I agree') input:checked",
    "Input": ".w-root input[type=email][placeholder='Your address']",
    "Label": ".w-root label:has-text('Address')",
    "RadioGroup": "[role=radiogroup] input[value=now]:checked",
    "Textarea": ".w-root textarea[name=note]",
    "Transition": "text=appears",
    "Chart": ".w-root figure svg rect",
    "Form": ".w-root form input[required]",
    "ListViewItem": "text=a row of a list",
    "Table": ".w-root table th:has-text('Name')",
    "Card": ".w-root button:has-text('Discard')",
    "ListView": ".w-root [role=button]:has-text('Task 1')",
    "Basic": "text=at the root",
}


def test_every_component_is_looked_at() -> None:
    assert set(LOOKS) == set(PARTS) | set(ROOTS)


def test_every_component_is_drawn(visit: Open) -> None:
    chat = visit()
    for number, (name, selector) in enumerate(LOOKS.items()):
        chat.say(f"show widget {name}")
        newest = chat.find(".w-root").nth(number)
        assert newest.get_by_text("cannot be shown").count() == 0, name
        inside = selector.removeprefix(".w-root ")
        newest.locator(inside).first.wait_for(state="attached", timeout=5000)


@pytest.mark.parametrize("dark", [False, True])
def test_widgets_have_the_colours_of_the_theme(visit: Open, dark: bool) -> None:
    chat = visit(dark=dark)
    chat.say("show widget Text")
    colour = chat.find(".w-text").evaluate("(one) => getComputedStyle(one).color")
    lightness = float(colour.removeprefix("oklch(").split()[0])
    assert (lightness > 0.6) == dark


def test_a_widget_grows_while_it_streams(visit: Open) -> None:
    chat = visit()
    chat.say("show widget Text")
    chat.find(".w-text").first.wait_for()  # what draws widgets is loaded with the first
    chat.send("show growing")
    chat.find(".w-text").get_by_text("Words that stream").wait_for()
    chat.find(".w-badge").get_by_text("Almost").wait_for()
    chat.find(".w-text").get_by_text("Done.").wait_for()


def test_a_button_asks_the_server(visit: Open) -> None:
    chat = visit()
    chat.say("show widget Button")
    chat.button("Press").click()
    chat.wait_for_end(1)
    assert chat.answers == ["stage.press {'from': 'press'}"]


def test_each_behaviour_of_an_action(visit: Open) -> None:
    chat = visit()
    chat.say("show buttons")
    chat.button("client").click()
    (handled,) = chat.page.evaluate("happened.filter(([one]) => one === 'action')")
    assert handled[1] == {"type": "stage.client", "payload": {"from": "client"}}
    busy = {}
    for name in ("self", "container", "none"):
        ends = chat.count("response.end")
        chat.button(name).click()
        chat.page.wait_for_timeout(150)
        busy[name] = (
            chat.button(name).locator(".spinner").count() == 1,
            chat.find(".w-root[inert]").count() == 1,
        )
        chat.wait_for_end(ends)
        chat.page.wait_for_timeout(50)
    assert busy == {"self": (True, False), "container": (False, True), "none": (False, False)}
    chat.button("sync").click()
    chat.find(".w-root").get_by_text("Did stage.sync").wait_for()
    assert len(BEHAVIOURS) == 5


def test_a_form_sends_its_fields_with_the_payload(visit: Open) -> None:
    chat = visit()
    chat.say("show widget Form")
    chat.button("Save").click()
    assert chat.count("response.end") == 1, "a required field is empty"
    chat.find("input[name='person.name']").fill("Ada")
    chat.page.get_by_label("Urgent").check()
    chat.button("Save").click()
    chat.wait_for_end(1)
    expected = "stage.form {'from': 'form', 'person': {'name': 'Ada'}, 'urgent': True}"
    assert chat.answers == [expected]


def test_a_card_may_be_a_form(visit: Open) -> None:
    chat = visit()
    chat.say("show form")
    chat.find("input[name=name]").fill("Grace")
    chat.find("input[name=mail]").fill("grace@example.com")
    chat.page.get_by_label("Later").check()
    chat.button("Invite").click()
    chat.wait_for_end(1)
    assert "'name': 'Grace'" in chat.answers[0]
    assert "'when': 'later'" in chat.answers[0]
    chat.until(lambda: chat.find("input[name=mail]").count() == 0)


def test_a_select_sends_what_was_chosen(visit: Open) -> None:
    chat = visit()
    chat.say("show widget Select")
    chat.find("select").select_option("l")
    chat.wait_for_end(1)
    assert chat.answers == ["stage.select {'from': 'select', 'size': 'l'}"]


def test_rows_of_a_list_are_buttons_and_the_rest_is_shown_on_demand(visit: Open) -> None:
    chat = visit()
    chat.say("show widget ListView")
    chat.find(".w-row").first.wait_for()
    assert chat.find(".w-row").count() == 3
    chat.find(".w-root").get_by_role("button", name="More").click()
    assert chat.find(".w-row").count() == 5
    chat.find(".w-row").nth(3).focus()
    chat.page.keyboard.press("Enter")
    chat.wait_for_end(1)
    assert chat.answers == ["stage.row {'row': 4}"]


def test_the_page_may_send_an_action_itself(visit: Open) -> None:
    chat = visit()
    chat.say("show widget Text")
    script = "panel.sendCustomAction({ type: 'stage.own', payload: { n: 1 } })"
    chat.page.evaluate(script)
    assert chat.answers == ["stage.own {'n': 1}"]
