"""One member of a JSON file put in or taken out, with every other byte as it was."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

BLANK = re.compile(r"[ \t\r\n]*")
INDENT = "  "
DECODER = json.JSONDecoder()


@dataclass(frozen=True)
class _Member:
    """A member of an object: where its key begins, and where its value begins and ends."""

    key: str
    start: int
    value: int
    end: int


def has_member(text: str, keys: Sequence[str]) -> bool:
    """Whether there is such a member.

    Raises:
        ValueError: the text is not JSON, or a key leads to something that is no object.
    """
    return _find(text, keys) is not None


def member(text: str, keys: Sequence[str]) -> Any:
    """The member's value; KeyError where it is not there."""
    value = json.loads(text)
    for key in keys:
        value = value[key]
    return value


def with_member(text: str, keys: Sequence[str], value: Any) -> str:
    """The text with one member more, the first of its object; objects on the way are made.

    Raises:
        ValueError: the text is not JSON, the member is there already, or a key on the way leads to
            something that is no object.
    """
    if not text.strip():
        return json.dumps(_object_at(keys, value), indent=INDENT) + "\n"
    if has_member(text, keys):
        raise ValueError(f"`{'.'.join(keys)}` is there already")
    known = depth(text, keys[:-1])
    holder = _find(text, keys[:known])
    at = holder.value if holder else _opening(text)
    return _with_first_member(text, at, keys[known], _object_at(keys[known + 1 :], value))


def without_member(text: str, keys: Sequence[str], *, keep: int = 0) -> str:
    """The text without this member, and without the objects that it leaves empty.

    The first `keep` of the keys stay, as empty objects if need be.

    Raises:
        ValueError: the text is not JSON, or the member is not there.
    """
    found = _find(text, keys)
    if found is None:
        raise ValueError(f"`{'.'.join(keys)}` is not there")
    holder = _find(text, keys[:-1])
    opening = holder.value if holder else _opening(text)
    members = _members(text, opening)
    place = members.index(found)
    if len(members) == 1 and len(keys) - 1 > keep:
        return without_member(text, keys[:-1], keep=keep)
    if len(members) == 1:
        return text[: opening + 1] + text[_skip(text, found.end) :]
    if place + 1 < len(members):
        return text[: found.start] + text[members[place + 1].start :]
    return text[: members[place - 1].end] + text[found.end :]


def depth(text: str, keys: Sequence[str]) -> int:
    """How many of these keys, one below the other, are there."""
    if not text.strip():
        return 0
    return max(count for count in range(len(keys) + 1) if not count or _find(text, keys[:count]))


def _object_at(keys: Sequence[str], value: Any) -> Any:
    for key in reversed(keys):
        value = {key: value}
    return value


def _with_first_member(text: str, opening: int, key: str, value: Any) -> str:
    """`key` as the first member of the object that opens there, laid out as its members are."""
    members = _members(text, opening)
    rest = text[opening + 1 :]
    if members and "\n" not in text[opening : members[0].start]:
        return f"{text[: opening + 1]}{json.dumps(key)}: {json.dumps(value)}, {rest.lstrip()}"
    outer = _line_indent(text, opening)
    inner = text[opening + 1 : members[0].start].rpartition("\n")[2] if members else outer + INDENT
    lines = json.dumps({key: value}, indent=inner.removeprefix(outer) or INDENT).splitlines()[1:-1]
    newline = "\r\n" if "\r\n" in text else "\n"
    added = "".join(f"{newline}{outer}{line}" for line in lines)
    if members:
        return f"{text[: opening + 1]}{added},{rest}"
    return f"{text[: opening + 1]}{added}{newline}{outer}{rest.lstrip()}"


def _line_indent(text: str, at: int) -> str:
    line = text[text.rfind("\n", 0, at) + 1 :]
    return line[: len(line) - len(line.lstrip(" \t"))]


def _opening(text: str) -> int:
    at = _skip(text, 0)
    if text[at : at + 1] != "{":
        raise ValueError("the file holds no object")
    json.loads(text)
    return at


def _find(text: str, keys: Sequence[str]) -> _Member | None:
    at, found = _opening(text), None
    for key in keys:
        named = [each for each in _members(text, at) if each.key == key]
        if not named:
            return None
        found = named[-1]
        at = found.value
    return found


def _members(text: str, opening: int) -> list[_Member]:
    if text[opening] != "{":
        raise ValueError("something that is no object is in the way")
    found: list[_Member] = []
    at = _skip(text, opening + 1)
    while text[at] == '"':
        key, after = DECODER.raw_decode(text, at)
        value = _skip(text, _skip(text, after) + 1)
        _, end = DECODER.raw_decode(text, value)
        found.append(_Member(key, at, value, end))
        at = _skip(text, end)
        if text[at] == ",":
            at = _skip(text, at + 1)
    return found


def _skip(text: str, at: int) -> int:
    blank = BLANK.match(text, at)
    return blank.end() if blank else at
