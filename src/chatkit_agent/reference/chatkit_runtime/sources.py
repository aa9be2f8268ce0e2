"""Where an answer comes from: what tools link to in their results becomes its sources."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from chatkit import types as ck
from mcp.types import CallToolResult

MOST = 20
LONGEST_TEXT, LONGEST_ADDRESS = 300, 2000


def sources_of(result: CallToolResult) -> Iterator[ck.URLSource | ck.FileSource]:
    for part in result.content:
        if part.type == "resource_link":
            yield _source(str(part.uri), part.title or part.name, part.description)
        elif part.type == "resource":
            uri = str(part.resource.uri)
            yield _source(uri, uri.rstrip("/").rpartition("/")[2] or uri, None)


def _source(uri: str, title: str, description: str | None) -> ck.URLSource | ck.FileSource:
    title = title[:LONGEST_TEXT]
    description = description and description[:LONGEST_TEXT]
    if uri.startswith(("https://", "http://")) and len(uri) <= LONGEST_ADDRESS:
        return ck.URLSource(url=uri, title=title, description=description)
    # A page must not be able to follow anything else, such as `javascript:`.
    return ck.FileSource(filename=title, title=title, description=description)


class Citations:
    """The sources of one answer: each is cited once, by the message that is finished next."""

    def __init__(self) -> None:
        self._cited: list[Any] = []

    def cite(self, event: ck.ThreadStreamEvent, sources: list[Any]) -> None:
        message = event.item if isinstance(event, ck.ThreadItemDoneEvent) else None
        if not isinstance(message, ck.AssistantMessageItem) or not message.content:
            return
        last = message.content[-1]
        for source in sources:
            if source not in self._cited and len(self._cited) < MOST:
                self._cited.append(source)
                last.annotations.append(ck.Annotation(source=source, index=len(last.text)))
