"""The widgets that the stage shows: every component of the SDK, and ways to stream them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from chatkit import types as ck

from .shows import PIXEL, SHOWS, Events, message, updated, widget

Node = dict[str, Any]


def node(kind: str, **fields: Any) -> Node:
    return {"type": kind, **fields}


def action(name: str, **more: Any) -> Node:
    return {"type": f"stage.{name}", "payload": {"from": name}, **more}


def text(value: str, **more: Any) -> Node:
    return node("Text", value=value, **more)


DATA = [
    {"day": day, "tasks": 3 + number, "done": 2 + number % 3} for number, day in enumerate("MTWTF")
]
PARTS: dict[str, Node] = {
    "Text": text("Plain text", id="part", size="md", weight="medium", color="secondary"),
    "Title": node("Title", value="A title", size="lg"),
    "Caption": node("Caption", value="A caption"),
    "Badge": node("Badge", label="New", color="success", variant="soft", pill=True),
    "Markdown": node("Markdown", value="Some **bold** words and `code`"),
    "Box": node("Box", children=[text("in a box")], padding=3, border=1, radius="md"),
    "Row": node("Row", children=[text("left"), node("Spacer"), text("right")], gap=2),
    "Col": node("Col", children=[text("above"), text("below")], gap=1),
    "Divider": node("Divider", color="strong", spacing=1),
    "Icon": node("Icon", name="calendar", size="lg", color="blue-500"),
    "Image": node("Image", src=PIXEL, alt="A picture", size=64, radius="md", fit="cover"),
    "Button": node("Button", label="Press", onClickAction=action("press"), style="primary"),
    "Spacer": node("Spacer", minSize=8),
    "Select": node(
        "Select",
        name="size",
        options=[{"value": "s", "label": "Small"}, {"value": "l", "label": "Large"}],
        placeholder="Choose a size",
        onChangeAction=action("select"),
    ),
    "DatePicker": node("DatePicker", name="day", defaultValue="2026-03-29T00:00:00Z"),
    "Checkbox": node("Checkbox", name="agree", label="I agree", defaultChecked=True),
    "Input": node("Input", name="mail", inputType="email", placeholder="Your address"),
    "Label": node("Label", value="Address", fieldName="mail"),
    "RadioGroup": node(
        "RadioGroup",
        name="when",
        options=[{"value": "now", "label": "Now"}, {"value": "later", "label": "Later"}],
        defaultValue="now",
    ),
    "Textarea": node("Textarea", name="note", placeholder="A note", rows=2),
    "Transition": node("Transition", children=text("appears")),
    "Chart": node(
        "Chart",
        data=DATA,
        xAxis="day",
        series=[
            {"type": "bar", "label": "Tasks", "dataKey": "tasks"},
            {"type": "line", "label": "Done", "dataKey": "done", "curveType": "monotone"},
        ],
        showYAxis=True,
    ),
    "Form": node(
        "Form",
        onSubmitAction=action("form"),
        children=[
            node("Label", value="Name", fieldName="person.name"),
            node("Input", name="person.name", required=True, placeholder="Name"),
            node("Checkbox", name="urgent", label="Urgent"),
            node("Button", label="Save", submit=True, style="primary"),
        ],
    ),
    "ListViewItem": node("ListViewItem", children=[text("a row of a list")]),
    "Table": node(
        "Table",
        children=[
            node(
                "Table.Row",
                header=True,
                children=[node("Table.Cell", children=[text(one)]) for one in ("Name", "Age")],
            ),
            node(
                "Table.Row",
                children=[node("Table.Cell", children=[text(one)]) for one in ("Ada", "36")],
            ),
        ],
    ),
}
ROOTS: dict[str, Node] = {
    "Card": node(
        "Card",
        size="md",
        status={"text": "Draft", "icon": "write"},
        children=[node("Title", value="Send the report?"), text("It goes to three people.")],
        confirm={"label": "Send", "action": action("confirm")},
        cancel={"label": "Discard", "action": action("cancel")},
    ),
    "ListView": node(
        "ListView",
        status={"text": "Your tasks", "icon": "check-circle"},
        limit=3,
        children=[
            node(
                "ListViewItem",
                onClickAction=action("row", payload={"row": number}),
                children=[node("Icon", name="document"), text(f"Task {number}")],
            )
            for number in range(1, 6)
        ],
    ),
    "Basic": node("Basic", children=[text("at the root")], direction="row", gap=2),
}
BEHAVIOURS = {
    "client": action("client", handler="client"),
    "self": action("self", loadingBehavior="self"),
    "container": action("container", loadingBehavior="container"),
    "none": action("none", loadingBehavior="none"),
    "sync": action("sync", streaming=False),
}


async def _widget(thread: ck.ThreadMetadata, root: Node) -> Events:
    yield ck.ThreadItemDoneEvent(item=widget(thread, root, copy_text="A widget"))


async def gallery(thread: ck.ThreadMetadata) -> Events:
    """Everything in one card, for looking at."""
    row = node("Row", children=[PARTS[one] for one in ("Badge", "Icon", "Image")], gap=2)
    named = [PARTS[one] for one in PARTS if one not in {"ListViewItem", "Badge", "Icon", "Image"}]
    root = node("Card", size="lg", children=[row, *named])
    yield ck.ThreadItemDoneEvent(item=widget(thread, root))
    for each in ROOTS.values():
        yield ck.ThreadItemDoneEvent(item=widget(thread, each))


async def growing(thread: ck.ThreadMetadata) -> Events:
    """A widget whose text streams, whose component changes, and which becomes another one."""
    parts = [text("", id="words", streaming=True), node("Badge", id="state", label="Working")]
    item = widget(thread, node("Card", children=parts))
    yield ck.ThreadItemAddedEvent(item=item)
    for delta in ("Words ", "that ", "stream"):
        update = ck.WidgetStreamingTextValueDelta(
            component_id="words", delta=delta, done=delta == "stream"
        )
        yield updated(item, update)
        await asyncio.sleep(0.02)
    badge = node("Badge", id="state", label="Almost", color="warning")
    component = widget(thread, node("Basic", children=[badge])).widget.children[0]  # type: ignore[index]
    yield updated(item, ck.WidgetComponentUpdated(component_id="state", component=component))
    await asyncio.sleep(0.3)
    root = widget(thread, node("Card", children=[*parts[:0], text("Done.")])).widget
    yield updated(item, ck.WidgetRootUpdated(widget=root))
    yield ck.ThreadItemDoneEvent(item=item.model_copy(update={"widget": root}))


async def buttons(thread: ck.ThreadMetadata) -> Events:
    children = [
        node("Button", label=name, key=name, onClickAction=config)
        for name, config in BEHAVIOURS.items()
    ]
    yield ck.ThreadItemDoneEvent(item=widget(thread, node("Card", children=children)))


async def form_card(thread: ck.ThreadMetadata) -> Events:
    root = node(
        "Card",
        asForm=True,
        collapsed=True,
        children=[
            node("Title", value="Invite"),
            text("Ada", editable={"name": "name", "required": True}),
            PARTS["Input"],
            PARTS["RadioGroup"],
            PARTS["Textarea"],
        ],
        confirm={"label": "Invite", "action": action("invite")},
        cancel={"label": "Not now", "action": action("cancel")},
    )
    yield ck.ThreadItemDoneEvent(item=widget(thread, root))


def part_of(root: Node) -> Any:
    async def show(thread: ck.ThreadMetadata) -> AsyncIterator[ck.ThreadStreamEvent]:
        async for event in _widget(thread, root):
            yield event

    return show


async def chat(thread: ck.ThreadMetadata) -> Events:
    """Words and a widget, as an answer would have them."""
    yield ck.ThreadItemDoneEvent(item=message(thread, "Here is the report that you asked for."))
    yield ck.ThreadItemDoneEvent(item=widget(thread, ROOTS["Card"]))


SHOWS |= {
    "gallery": gallery,
    "growing": growing,
    "buttons": buttons,
    "form": form_card,
    "chat": chat,
    **{f"widget {name}": part_of(root) for name, root in ROOTS.items()},
    **{
        f"widget {name}": part_of(
            node("ListView", children=[part])
            if name == "ListViewItem"
            else node("Card", children=[part])
        )
        for name, part in PARTS.items()
    },
}
