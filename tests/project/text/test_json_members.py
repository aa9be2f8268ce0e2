"""A member goes into JSON of any layout, and comes out again to the byte."""

from __future__ import annotations

import json

import pytest

from chatkit_agent.project.text.json_members import (
    depth,
    has_member,
    member,
    with_member,
    without_member,
)

KEYS = ("mcpServers", "ours")
VALUE = {"command": "run", "args": ["it"]}
TEXTS = {
    "empty object": "{}",
    "inline": '{"mcpServers": {"a": {"command": "x"}}, "b": [1, 2]}',
    "compact": '{"mcpServers":{"a":{"command":"x"}}}\n',
    "two spaces": '{\n  "mcpServers": {\n    "a": {"command": "x"}\n  }\n}\n',
    "four spaces": '{\n    "x": 1,\n    "mcpServers": {\n        "a": {}\n    }\n}\n',
    "tabs, CRLF": '{\r\n\t"mcpServers": {\r\n\t\t"a": {"command": "x"}\r\n\t}\r\n}\r\n',
    "no section": '{\n  "theme": "dark",\n  "size": 1e3\n}',
    "empty section": '{\n  "mcpServers": {}\n}\n',
    "braces in strings": '{"a}{": "\\"}{", "mcpServers": {"b": "}"}}',
    "not ASCII": '{\n  "name": "Zoë ☃",\n  "mcpServers": {"a": {}}\n}\n',
}


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_in_and_out_again(text: str) -> None:
    before = json.loads(text)
    known = depth(text, KEYS[:1])
    added = with_member(text, KEYS, VALUE)
    assert has_member(added, KEYS)
    assert member(added, KEYS) == VALUE
    section = {"ours": VALUE, **before.get("mcpServers", {})}
    assert json.loads(added) == {**before, "mcpServers": section}
    assert without_member(added, KEYS, keep=known) == text


def test_the_layout_of_the_file_is_followed() -> None:
    added = with_member(TEXTS["tabs, CRLF"], KEYS, VALUE)
    assert '\r\n\t\t"ours": {\r\n\t\t\t"command": "run"' in added
    assert "\n" not in with_member(TEXTS["inline"], KEYS, VALUE)


def test_what_others_added_since_stays() -> None:
    added = with_member('{"mcpServers": {}}', KEYS, VALUE)
    more = with_member(added, ("mcpServers", "theirs"), {})
    assert json.loads(without_member(more, KEYS)) == {"mcpServers": {"theirs": {}}}
    last = '{"mcpServers": {"theirs": {}, "ours": 1}}'
    assert without_member(last, KEYS) == '{"mcpServers": {"theirs": {}}}'


def test_a_new_file_is_made() -> None:
    assert json.loads(with_member("", KEYS, VALUE)) == {"mcpServers": {"ours": VALUE}}


@pytest.mark.parametrize(
    "text",
    ["[]", "{", '{"mcpServers": []}', '{"mcpServers": {"ours": 1}}', '{\n  // why\n  "a": 1\n}'],
)
def test_what_cannot_be_changed_safely_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        with_member(text, KEYS, VALUE)


def test_what_is_not_there_cannot_be_taken_out() -> None:
    with pytest.raises(ValueError, match="not there"):
        without_member('{"mcpServers": {}}', KEYS)
