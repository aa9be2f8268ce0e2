"""Arguments come from the schema and from what was said, and are never made up."""

from __future__ import annotations

from typing import Any

import pytest

from chatkit_agent.sandbox.tool_arguments import Missing, fill


def one(schema: dict[str, Any], message: str, name: str = "value", instructions: str = "") -> Any:
    whole = {"type": "object", "properties": {name: schema}, "required": [name]}
    return fill(whole, message, instructions)[name]


@pytest.mark.parametrize(
    ("schema", "message", "expected"),
    [
        ({"type": "string"}, "add a task: buy milk", "buy milk"),
        ({"type": "string"}, 'add "buy milk" to it', "buy milk"),
        ({"type": "string"}, "add 'buy milk', don't wait", "buy milk"),
        ({"type": "string"}, "buy milk", "buy milk"),
        ({"type": "string"}, "the value: x, please", "x"),
        ({"type": "integer"}, "complete task 7", 7),
        ({"type": "integer"}, "complete task #7.", 7),
        ({"type": "number"}, "pay 2.5 now", 2.5),
        ({"type": "boolean"}, "yes", True),
        ({"type": "boolean"}, "not now", False),
        ({"enum": ["low", "high"]}, "with High priority", "high"),
        ({"enum": ["low", "high"]}, "whatever", "low"),
        ({"const": 3}, "whatever", 3),
        ({"type": "string", "default": "x"}, "buy milk", "x"),
        ({"anyOf": [{"type": "string"}, {"type": "null"}]}, "buy milk", None),
        ({"anyOf": [{"type": "string"}, {"type": "null"}]}, "value=a", "a"),
        ({"type": ["integer", "null"]}, "value: 4", 4),
        ({"type": "array", "items": {"type": "string"}}, "buy: milk, eggs", ["milk", "eggs"]),
        ({"type": "array", "items": {"type": "integer"}}, "of: 1, 2", [1, 2]),
        ({"type": "string", "format": "date"}, "due on 2030-01-02", "2030-01-02"),
        ({"type": "object"}, "buy milk", {}),
    ],
)
def test_a_value_is_found(schema: dict[str, Any], message: str, expected: object) -> None:
    assert one(schema, message) == expected


@pytest.mark.parametrize(
    ("name", "schema"),
    [
        ("count", {"type": "integer"}),
        ("task_id", {"type": "string"}),
        ("access_token", {"type": "string"}),
        ("due", {"type": "string", "format": "date"}),
    ],
)
def test_what_was_not_said_is_missing(name: str, schema: dict[str, Any]) -> None:
    with pytest.raises(Missing, match=name):
        one(schema, "please complete my task", name)


def test_an_id_is_recognised() -> None:
    unique = "3f2504e0-4f89-11d3-9a0c-0305e82c3301"
    assert one({"type": "string"}, f"complete task {unique}", "task_id") == unique
    assert one({"type": "string"}, "complete task t7", "task_id") == "t7"


def test_the_instructions_can_name_a_value() -> None:
    said = "CRITICAL: pass access_token: `abc.def` in every call"
    assert one({"type": "string"}, "list my tasks", "access_token", said) == "abc.def"


def test_two_numbers_go_to_two_arguments() -> None:
    whole = {
        "properties": {"first": {"type": "integer"}, "second": {"type": "integer"}},
        "required": ["first", "second"],
    }
    assert fill(whole, "swap 3 and 5") == {"first": 3, "second": 5}


def test_what_is_optional_is_left_out() -> None:
    assert fill({"properties": {"note": {"type": "string"}}}, "buy milk") == {}


def test_a_nested_model_is_filled_through_its_reference() -> None:
    params = {"properties": {"title": {"type": "string"}}, "required": ["title"], "type": "object"}
    whole = {
        "$defs": {"Params": params},
        "properties": {"params": {"$ref": "#/$defs/Params"}},
        "required": ["params"],
    }
    assert fill(whole, "add: milk") == {"params": {"title": "milk"}}
