"""A run in which the browser saw something else than a page that works."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from chatkit_agent.evidence.run import Run


def seen(run: Run, **page: Any) -> Run:
    conversation = run.conversation
    assert conversation is not None
    assert conversation.page is not None
    return replace(run, conversation=replace(conversation, page=replace(conversation.page, **page)))
