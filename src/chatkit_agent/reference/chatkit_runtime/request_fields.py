"""What a request says: something, and nothing that would be left out without a word."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from typing import Any
from unicodedata import category

from chatkit import types as ck
from chatkit.actions import Action, ActionConfig
from pydantic import BaseModel
from pydantic_core import from_json

from .error_responses import Refused
from .settings import TurnSettings

logger = logging.getLogger(__name__)

# Spaces, and letters that only steer how others are shown.
UNSEEN = {"Zs", "Zl", "Zp", "Cc", "Cf", "Cs"}
ANY = "*"
NAME = re.compile(r"[\w.$@-]{1,60}")
UNKNOWN = (
    "This chat does not know {name} in {place}, and would not do what it asks for. "
    "Known there: {known}. Its operator can name it in {variable} to have it ignored."
)
EMPTY = "Write a message, or attach a file."
NO_ITEMS = "Name the items that the feedback is on."
LONGEST_TITLE = 500
WRONG_TITLE = f"A title has 1 to {LONGEST_TITLE} characters."


def check_fields(body: bytes, asked: BaseModel, settings: TurnSettings) -> None:
    """Raises Refused for a field that the SDK does not know: it would be dropped."""
    for place, name, known in _unread(from_json(body), asked):
        if not {ANY, ".".join([*place, name])} & {*settings.ignored_fields}:
            message = UNKNOWN.format(
                name=f"`{name}`" if NAME.fullmatch(name) else "a field",
                place=".".join(place) or "a request",
                known=", ".join(known),
                variable=settings.variable("IGNORED_FIELDS"),
            )
            logger.warning("a request was refused: %s", message)
            raise Refused(400, "unknown_field", message)


def _unread(
    given: Any, read: Any, place: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], str, list[str]]]:
    """Where each unknown field is, its name, and what is known there; an index is no place."""
    if isinstance(read, BaseModel):
        known = set(type(read).model_fields)
        if isinstance(read, Action):  # the rest says what the page does with it
            known |= set(ActionConfig.model_fields)
        for name, value in given.items():
            if name not in known:
                yield place, name, sorted(known)
            yield from _unread(value, getattr(read, name, None), (*place, name))
    elif isinstance(read, list):
        for one, each in zip(given, read, strict=True):
            yield from _unread(one, each, place)
    elif isinstance(read, dict):
        for key, each in read.items():
            if isinstance(each, BaseModel):
                yield from _unread(given[key], each, place)


def check_words(asked: BaseModel) -> None:
    """Raises Refused for what nobody would see anything of, or too much."""
    params = getattr(asked, "params", None)
    if isinstance(params, ck.ThreadUpdateParams) and not _is_title(params.title):
        raise Refused(400, "wrong_title", WRONG_TITLE)
    if isinstance(params, ck.ItemFeedbackParams) and not params.item_ids:
        raise Refused(400, "empty", NO_ITEMS)
    said = getattr(params, "input", None)
    if not isinstance(said, ck.UserMessageInput) or said.attachments:
        return
    is_tag = (isinstance(part, ck.UserMessageTagContent) for part in said.content)
    if not any(is_tag) and not any(_is_seen(part.text) for part in said.content):
        raise Refused(400, "empty", EMPTY)


def _is_title(text: str) -> bool:
    return _is_seen(text) and len(text) <= LONGEST_TITLE


def _is_seen(text: str) -> bool:
    return any(category(letter) not in UNSEEN for letter in set(text))
