"""One of each: events, updates and items of the SDK, and the test of each field of a request."""

from __future__ import annotations

from typing import Any

from chatkit import types as ck
from chatkit.widgets import DynamicWidgetRoot
from pydantic import AnyUrl

from .conversations import NOW

BASE: dict[str, Any] = {"thread_id": "t", "created_at": NOW}
CARD = DynamicWidgetRoot.model_validate(
    {"type": "Card", "children": [{"type": "Text", "id": "x", "value": "a card"}]}
)
TASK = ck.CustomTask(title="Look")
IMAGE = ck.GeneratedImage(id="i", url="https://a.example/i.png")
QUESTION = ck.StructuredInputFreeform(
    id="q", question="Which size?", answer=ck.StructuredInputAnswer(values=["XL"])
)
OPTION = ck.StructuredInputMultipleChoiceOption(value="green")
CHOICE = ck.StructuredInputMultipleChoice(id="c", question="Which colour?", options=[OPTION])
SOURCE = ck.URLSource(title="A", url="https://a.example")
FILE = ck.FileSource(title="A file", filename="a.pdf")
SOURCES = (SOURCE, FILE, ck.EntitySource(title="Acme", id="c_1"))
PART = ck.AssistantMessageContent(
    text="an answer", annotations=[ck.Annotation(source=each, index=1) for each in SOURCES]
)
TASKS = (
    TASK,
    ck.SearchTask(title="Search", queries=["acme"], sources=[SOURCE]),
    ck.ThoughtTask(title="Think", content="hm"),
    ck.FileTask(title="Read", sources=[FILE]),
    ck.ImageTask(title="Draw"),
)
UPLOAD = ck.AttachmentUploadDescriptor(url=AnyUrl("https://a.example/u"), method="PUT", headers={})
IMAGE_URL = AnyUrl("https://a.example/p.png")
ATTACHED = (
    ck.FileAttachment(id="a_1", name="a.txt", mime_type="text/plain", upload_descriptor=UPLOAD),
    ck.ImageAttachment(id="a_2", name="p.png", mime_type="image/png", preview_url=IMAGE_URL),
)

ITEMS: tuple[Any, ...] = (
    ck.UserMessageItem(
        id="u",
        content=[
            ck.UserMessageTextContent(text="a question"),
            ck.UserMessageTagContent(id="c_1", text="Acme", data={}),
        ],
        attachments=list(ATTACHED),
        inference_options=ck.InferenceOptions(tool_choice=ck.ToolChoice(id="t")),
        **BASE,
    ),
    ck.AssistantMessageItem(id="m", content=[PART], **BASE),
    ck.WidgetItem(id="w", widget=CARD, **BASE),
    ck.ClientToolCallItem(
        id="c", call_id="call_1", name="f", arguments={}, status="completed", output=1, **BASE
    ),
    ck.GeneratedImageItem(id="g", image=IMAGE, **BASE),
    ck.StructuredInputItem(id="s", inputs=[QUESTION, CHOICE], **BASE),
    *(
        ck.WorkflowItem(
            id="f", workflow=ck.Workflow(type="custom", tasks=list(TASKS), summary=summary), **BASE
        )
        for summary in (ck.CustomSummary(title="Done"), ck.DurationSummary(duration=3))
    ),
    ck.TaskItem(id="k", task=TASK, **BASE),
    ck.HiddenContextItem(id="h", content="a hidden thing", **BASE),
    ck.SDKHiddenContextItem(id="d", content="hidden by the SDK", **BASE),
    ck.EndOfTurnItem(id="e", **BASE),
)
UPDATES: tuple[Any, ...] = (
    ck.AssistantMessageContentPartAdded(content_index=0, content=PART),
    ck.AssistantMessageContentPartTextDelta(content_index=0, delta="more"),
    ck.AssistantMessageContentPartAnnotationAdded(
        content_index=0, annotation_index=0, annotation=ck.Annotation(source=SOURCE)
    ),
    ck.AssistantMessageContentPartDone(content_index=0, content=PART),
    ck.WidgetStreamingTextValueDelta(component_id="x", delta="more", done=True),
    ck.WidgetComponentUpdated.model_validate(
        {"component_id": "x", "component": {"type": "Text", "value": "new"}}
    ),
    ck.WidgetRootUpdated(widget=CARD),
    ck.WorkflowTaskAdded(task_index=0, task=TASK),
    ck.WorkflowTaskUpdated(task_index=0, task=TASK),
    ck.GeneratedImageUpdated(image=IMAGE, progress=0.5),
)
THREAD = ck.Thread(id="t", created_at=NOW, items=ck.Page())
EVENTS: tuple[Any, ...] = (
    ck.ThreadCreatedEvent(thread=THREAD),
    *(
        ck.ThreadUpdatedEvent(thread=THREAD.model_copy(update={"status": status}))
        for status in (ck.ActiveStatus(), ck.LockedStatus(reason="a"), ck.ClosedStatus())
    ),
    ck.ThreadItemDoneEvent(item=ITEMS[2]),
    ck.ThreadItemAddedEvent(item=ITEMS[2]),
    ck.ThreadItemUpdatedEvent(item_id="w", update=UPDATES[6]),
    ck.ThreadItemRemovedEvent(item_id="w"),
    ck.ThreadItemReplacedEvent(item=ITEMS[2]),
    ck.StreamOptionsEvent(stream_options=ck.StreamOptions(allow_cancel=False)),
    ck.ProgressUpdateEvent(text="Looking"),
    ck.ClientEffectEvent(name="blink"),
    ck.ErrorEvent(message="Not today."),
    ck.NoticeEvent(level="info", message="By the way."),
)

ACTED = "test_protocol.py::test_a_button_of_a_widget_acts_on_the_server"
ANSWERED = "test_protocol.py::test_each_request_is_served_or_refused_with_a_reason"
CHOSEN = "test_request_options.py::test_the_tool_that_is_picked_is_called"
CLIENT_TOOL = "test_protocol.py::test_a_client_tool_is_called_and_its_output_goes_on"
FEEDBACK = "test_routes.py::test_feedback_is_kept"
FORM = "test_protocol.py::test_a_form_is_asked_and_its_answers_go_on"
PAGED = "test_postgres_store_pages.py::test_pages_hold_every_item_once_and_in_order"
PICKED = "test_request_options.py::test_the_model_that_is_picked_answers_and_answers_again"
TAGGED = "test_protocol.py::test_tags_and_quotes_are_told_to_the_model"
UPLOADED = "test_attachments.py::test_a_picture_and_a_text_reach_the_model"
# By class and field: where it is looked at.
FIELDS = {
    "Action.payload": ACTED,
    "AttachmentCreateParams.mime_type": UPLOADED,
    "AttachmentCreateParams.name": UPLOADED,
    "AttachmentCreateParams.size": UPLOADED,
    "AttachmentDeleteParams.attachment_id": ANSWERED,
    "InferenceOptions.model": PICKED,
    "InferenceOptions.tool_choice": CHOSEN,
    "InputTranscribeParams.audio_base64": ANSWERED,
    "InputTranscribeParams.mime_type": ANSWERED,
    "ItemFeedbackParams.item_ids": FEEDBACK,
    "ItemFeedbackParams.kind": FEEDBACK,
    "ItemFeedbackParams.thread_id": FEEDBACK,
    "ItemsListParams.after": PAGED,
    "ItemsListParams.limit": PAGED,
    "ItemsListParams.order": PAGED,
    "ItemsListParams.thread_id": ANSWERED,
    "StructuredInputAnswerSubmission.skipped": FORM,
    "StructuredInputAnswerSubmission.values": FORM,
    "StructuredInputSubmission.answers": FORM,
    "StructuredInputSubmission.status": FORM,
    "ThreadAddClientToolOutputParams.result": CLIENT_TOOL,
    "ThreadAddClientToolOutputParams.thread_id": CLIENT_TOOL,
    "ThreadAddStructuredInputParams.input": FORM,
    "ThreadAddStructuredInputParams.item_id": FORM,
    "ThreadAddStructuredInputParams.thread_id": FORM,
    "ThreadAddUserMessageParams.input": ANSWERED,
    "ThreadAddUserMessageParams.thread_id": ANSWERED,
    "ThreadCreateParams.input": TAGGED,
    "ThreadCustomActionParams.action": ACTED,
    "ThreadCustomActionParams.item_id": ACTED,
    "ThreadCustomActionParams.thread_id": ACTED,
    "ThreadDeleteParams.thread_id": ANSWERED,
    "ThreadGetByIdParams.thread_id": ANSWERED,
    "ThreadListParams.after": PAGED,
    "ThreadListParams.limit": PAGED,
    "ThreadListParams.order": PAGED,
    "ThreadRetryAfterItemParams.item_id": ANSWERED,
    "ThreadRetryAfterItemParams.thread_id": ANSWERED,
    "ThreadUpdateParams.thread_id": ANSWERED,
    "ThreadUpdateParams.title": ANSWERED,
    "ToolChoice.id": CHOSEN,
    "UserMessageInput.attachments": UPLOADED,
    "UserMessageInput.content": TAGGED,
    "UserMessageInput.inference_options": CHOSEN,
    "UserMessageInput.quoted_text": TAGGED,
    "UserMessageTagContent.data": TAGGED,
    "UserMessageTagContent.group": TAGGED,
    "UserMessageTagContent.id": TAGGED,
    "UserMessageTagContent.interactive": TAGGED,
    "UserMessageTagContent.text": TAGGED,
    "UserMessageTextContent.text": TAGGED,
    "metadata": "test_request_options.py::test_the_page_is_told_as_data_beside_the_question",
}
