"""What the stage answers: each part of the protocol once, as a server of somebody's may send it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import datetime, timezone
from typing import Any
from uuid import uuid4

from chatkit import types as ck
from chatkit.widgets import DynamicWidgetRoot

Events = AsyncIterator[ck.ThreadStreamEvent]

PIXEL = (
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA"
    "60e6kgAAAABJRU5ErkJggg=="
)
HOSTILE = """Hello <script>globalThis.broken = 1</script><img src=x onerror="globalThis.broken = 2">

<iframe src="https://example.com"></iframe>

![tracker](https://tracker.example/pixel.png) and [a link](javascript:globalThis.broken=3),
[data](data:text/html,<script>globalThis.broken=4</script>) and [fine](https://example.com/page).

<div style="position:fixed;inset:0" onclick="globalThis.broken = 5">over everything</div>
"""
LONG = """# How it fits together

A request comes in, is **checked**, and then the *agent* runs. See the [guide](https://example.com).

1. The user is known before anything is read.
2. Tools are called as this user:
   - `list_tasks` reads,
   - `add_task` writes.
3. Everything is kept.

> What is stored belongs to one person.

| Part | Where | Time |
|---|---|--:|
| Store | PostgreSQL | 3 ms |
| Model | provider | 900 ms |

```python
async def answer(thread_id: str, limit: int = 20) -> list[Item]:
    # The newest first
    items = await store.load(thread_id, limit=limit)
    return [item for item in items if item.kind != "hidden"]
```

- [x] stream
- [ ] rest
"""


def _new(kind: str) -> str:
    return f"{kind}_{uuid4().hex[:12]}"


def base(thread: ck.ThreadMetadata, kind: str) -> dict[str, Any]:
    now = datetime.now(timezone.utc)
    return {"id": _new(kind), "thread_id": thread.id, "created_at": now}


def message(thread: ck.ThreadMetadata, text: str, **part: Any) -> ck.AssistantMessageItem:
    content = [ck.AssistantMessageContent(text=text, **part)]
    return ck.AssistantMessageItem(**base(thread, "msg"), content=content)


def widget(thread: ck.ThreadMetadata, root: dict[str, Any], **more: Any) -> ck.WidgetItem:
    made = DynamicWidgetRoot.model_validate(root)
    return ck.WidgetItem(**base(thread, "wid"), widget=made, **more)


async def _done(*items: ck.ThreadItem) -> Events:
    for item in items:
        yield ck.ThreadItemDoneEvent(item=item)


def updated(item: Any, update: ck.ThreadItemUpdate) -> ck.ThreadItemUpdatedEvent:
    return ck.ThreadItemUpdatedEvent(item_id=item.id, update=update)


async def stream(thread: ck.ThreadMetadata) -> Events:
    """A message, piece by piece, with an annotation that comes within."""
    item = message(thread, "")
    item.content = []
    yield ck.ThreadItemAddedEvent(item=item)
    part = ck.AssistantMessageContent(text="")
    yield updated(item, ck.AssistantMessageContentPartAdded(content_index=0, content=part))
    for word in LONG.split(" "):
        delta = f"{word} "
        yield updated(item, ck.AssistantMessageContentPartTextDelta(content_index=0, delta=delta))
        await asyncio.sleep(0.005)
    source = ck.Annotation(
        source=ck.URLSource(title="Guide", url="https://example.com/g"), index=60
    )
    yield updated(
        item,
        ck.AssistantMessageContentPartAnnotationAdded(
            content_index=0, annotation_index=0, annotation=source
        ),
    )
    whole = ck.AssistantMessageContent(text=LONG, annotations=[source])
    yield updated(item, ck.AssistantMessageContentPartDone(content_index=0, content=whole))
    yield ck.ThreadItemDoneEvent(item=item.model_copy(update={"content": [whole]}))


async def sources(thread: ck.ThreadMetadata) -> Events:
    text = "Paris is the capital of France. It has two million people."
    found = [
        ck.URLSource(title="Paris", url="https://example.com/paris", attribution="example.com"),
        ck.FileSource(title="Census", filename="census.pdf"),
        ck.EntitySource(title="Paris, the city", id="e1", icon="map-pin", interactive=True),
    ]
    places = [31, 58, None]
    notes = [ck.Annotation(source=one, index=at) for one, at in zip(found, places, strict=True)]
    async for event in _done(message(thread, text, annotations=notes)):
        yield event


async def reasoning(thread: ck.ThreadMetadata) -> Events:
    """A workflow that grows, and is summed up at its end."""
    item = ck.WorkflowItem(
        **base(thread, "wf"), workflow=ck.Workflow(type="reasoning", tasks=[], expanded=False)
    )
    yield ck.ThreadItemAddedEvent(item=item)
    thought = ck.ThoughtTask(title="Reading the question", content="What is *asked* here?")
    yield updated(item, ck.WorkflowTaskAdded(task_index=0, task=thought))
    await asyncio.sleep(0.1)
    thought = thought.model_copy(update={"content": "What is *asked* here? The capital."})
    yield updated(item, ck.WorkflowTaskUpdated(task_index=0, task=thought))
    workflow = ck.Workflow(
        type="reasoning", tasks=[thought], summary=ck.DurationSummary(duration=7)
    )
    yield ck.ThreadItemDoneEvent(item=item.model_copy(update={"workflow": workflow}))


async def tasks(thread: ck.ThreadMetadata) -> Events:
    """Every type of task, in a workflow and on its own."""
    url = ck.URLSource(title="A page", url="https://example.com")
    every: list[ck.Task] = [
        ck.CustomTask(title="Add a task", content="title: Milk", status_indicator="complete"),
        ck.SearchTask(title_query="capital of France", queries=["france"], sources=[url]),
        ck.ThoughtTask(content="So it is Paris."),
        ck.FileTask(title="Read", sources=[ck.FileSource(title="Plan", filename="plan.md")]),
        ck.ImageTask(title="Drawing", status_indicator="loading"),
    ]
    summary = ck.CustomSummary(title="Looked it up", icon="search")
    workflow = ck.Workflow(type="custom", tasks=every, summary=summary, expanded=True)
    single = ck.TaskItem(**base(thread, "tsk"), task=every[0])
    end = ck.EndOfTurnItem(**base(thread, "end"))
    async for event in _done(ck.WorkflowItem(**base(thread, "wf"), workflow=workflow), single, end):
        yield event


async def image(thread: ck.ThreadMetadata) -> Events:
    item = ck.GeneratedImageItem(**base(thread, "img"))
    yield ck.ThreadItemAddedEvent(item=item)
    picture = ck.GeneratedImage(id="picture", url=PIXEL)
    yield updated(item, ck.GeneratedImageUpdated(image=picture, progress=0.5))
    yield ck.ThreadItemDoneEvent(item=item.model_copy(update={"image": picture}))


async def client_tool(thread: ck.ThreadMetadata) -> Events:
    call = ck.ClientToolCallItem(
        **base(thread, "ctc"), call_id="call_1", name="page_title", arguments={"short": True}
    )
    async for event in _done(call):
        yield event


async def questions(thread: ck.ThreadMetadata) -> Events:
    option = ck.StructuredInputMultipleChoiceOption
    asked: list[ck.StructuredInput] = [
        ck.StructuredInputMultipleChoice(
            id="size", question="Which size?", options=[option(value="S"), option(value="L")]
        ),
        ck.StructuredInputMultipleChoice(
            id="colours",
            question="Which colours?",
            options=[option(value="Red"), option(value="Blue")],
            multiple=True,
        ),
        ck.StructuredInputFreeform(id="note", question="Anything else?", description="Optional"),
    ]
    async for event in _done(ck.StructuredInputItem(**base(thread, "sin"), inputs=asked)):
        yield event


async def notices(thread: ck.ThreadMetadata) -> Events:
    """What is not an item: progress, effects, notices, and an item that is taken back."""
    yield ck.ProgressUpdateEvent(text="Looking around", icon="search")
    yield ck.ClientEffectEvent(name="highlight", data={"id": 7})
    yield ck.NoticeEvent(level="info", title="Limit", message="You have **10** messages left.")
    wrong = message(thread, "This was wrong.")
    yield ck.ThreadItemDoneEvent(item=wrong)
    yield ck.ThreadItemRemovedEvent(item_id=wrong.id)
    first = message(thread, "A first version.")
    yield ck.ThreadItemDoneEvent(item=first)
    right = message(thread, "A second version.").content
    yield ck.ThreadItemReplacedEvent(item=first.model_copy(update={"content": right}))


async def fixed(thread: ck.ThreadMetadata) -> Events:
    """An answer that cannot be stopped."""
    yield ck.StreamOptionsEvent(stream_options=ck.StreamOptions(allow_cancel=False))
    await asyncio.sleep(1)
    async for event in _done(message(thread, "Not to be stopped.")):
        yield event


async def error(thread: ck.ThreadMetadata) -> Events:
    yield ck.ErrorEvent(message="The printer is on fire.", allow_retry=True)


async def hostile(thread: ck.ThreadMetadata) -> Events:
    async for event in _done(message(thread, HOSTILE)):
        yield event


async def locked(thread: ck.ThreadMetadata) -> Events:
    async for event in _done(message(thread, "That is all for today.")):
        yield event
    thread.status = ck.LockedStatus(reason="An editor looks at this.")


async def closed(thread: ck.ThreadMetadata) -> Events:
    async for event in _done(message(thread, "Goodbye.")):
        yield event
    thread.status = ck.ClosedStatus()


async def images(thread: ck.ThreadMetadata) -> Events:
    text = "![own](/favicon.ico) ![far](https://far.example/a.png) ![near](https://cdn.near.example/b.png)"
    thread.allowed_image_domains = ["near.example"]
    async for event in _done(message(thread, text)):
        yield event


async def hidden(thread: ck.ThreadMetadata) -> Events:
    async for event in _done(
        ck.HiddenContextItem(**base(thread, "hid"), content="for the model only"),
        ck.SDKHiddenContextItem(**base(thread, "shc"), content="for the SDK only"),
        message(thread, "Nothing to see."),
    ):
        yield event


def acted(thread: ck.ThreadMetadata, action: Any, sender: ck.WidgetItem | None) -> Events:
    """An action of a widget: what arrived is said."""
    return _acted(thread, action)


async def _acted(thread: ck.ThreadMetadata, action: Any) -> Events:
    await asyncio.sleep(0.3)
    async for event in _done(message(thread, f"`{action.type}` `{action.payload}`")):
        yield event


def acted_at_once(action: Any, sender: ck.WidgetItem | None) -> ck.SyncCustomActionResponse:
    assert sender is not None
    root = {"type": "Card", "children": [{"type": "Text", "value": f"Did {action.type}"}]}
    made = DynamicWidgetRoot.model_validate(root)
    return ck.SyncCustomActionResponse(updated_item=sender.model_copy(update={"widget": made}))


SHOWS: dict[str, Callable[[ck.ThreadMetadata], Events]] = {
    "stream": stream,
    "sources": sources,
    "reasoning": reasoning,
    "tasks": tasks,
    "image": image,
    "client tool": client_tool,
    "questions": questions,
    "notices": notices,
    "fixed": fixed,
    "error": error,
    "hostile": hostile,
    "locked": locked,
    "closed": closed,
    "images": images,
    "hidden": hidden,
}
