"""SDK fields: what the SDKs' classes that a turn makes cannot be made without."""

from __future__ import annotations

_OF_ITEM = ("id", "thread_id", "created_at")
_OF_TYPES: dict[str, tuple[str, ...]] = {
    "AssistantMessageContent": ("text",),
    "AssistantMessageItem": (*_OF_ITEM, "content"),
    "ClientEffectEvent": ("name",),
    "ClientToolCallItem": (*_OF_ITEM, "call_id", "name", "arguments"),
    "CustomSummary": ("title",),
    "EndOfTurnItem": _OF_ITEM,
    "EntitySource": ("title", "id"),
    "FileAttachment": ("id", "name", "mime_type"),
    "FileSource": ("title", "filename"),
    "GeneratedImageItem": _OF_ITEM,
    "HiddenContextItem": (*_OF_ITEM, "content"),
    "ImageAttachment": ("id", "name", "mime_type", "preview_url"),
    "NoticeEvent": ("level", "message"),
    "ProgressUpdateEvent": ("text",),
    "SDKHiddenContextItem": (*_OF_ITEM, "content"),
    "StreamOptions": ("allow_cancel",),
    "TaskItem": (*_OF_ITEM, "task"),
    "Thread": ("id", "created_at", "items"),
    "ThreadItemAddedEvent": ("item",),
    "ThreadItemDoneEvent": ("item",),
    "ThreadItemRemovedEvent": ("item_id",),
    "ThreadItemReplacedEvent": ("item",),
    "ThreadItemUpdatedEvent": ("item_id", "update"),
    "ThreadMetadata": ("id", "created_at"),
    "ThreadUpdatedEvent": ("thread",),
    "TranscriptionResult": ("text",),
    "URLSource": ("title", "url"),
    "UserMessageItem": (*_OF_ITEM, "content", "inference_options"),
    "UserMessageTextContent": ("text",),
    "WidgetItem": (*_OF_ITEM, "widget"),
    "Workflow": ("type", "tasks"),
    "WorkflowItem": (*_OF_ITEM, "workflow"),
}
REQUIRED = {f"chatkit.types.{name}": fields for name, fields in _OF_TYPES.items()} | {
    "chatkit.agents.AgentContext": ("thread", "store", "request_context"),
    "chatkit.agents.ClientToolCall": ("name", "arguments"),
}
