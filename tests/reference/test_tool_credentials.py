"""Credentials are found wherever a schema has them, hidden, and filled in as it wants them."""

from __future__ import annotations

import copy
import importlib
import json
import time
from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest

from chatkit_agent.sandbox.model import ToolCall

from .conftest import TARGET

DECLARED = {
    "type": "object",
    "properties": {"accessToken": {"type": "string"}, "userId": {}, "title": {}},
    "required": ["accessToken", "title"],
}
REFERENCE = {"$ref": "#/$defs/P"}
OWN = {"accessToken": "t0ken", "userId": "7"}
LISTED = {"a": [{"title": "x", **OWN}, OWN]}


@pytest.fixture
def credentials(optional: Callable[[str], ModuleType]) -> ModuleType:
    return optional("tool_credentials")


@pytest.fixture
def ann(delivered: ModuleType) -> Any:
    return delivered.RequestContext("7", "t0ken")


@pytest.mark.parametrize(
    ("schema", "sent", "filled"),
    [
        (DECLARED, {}, OWN),
        (DECLARED, {"userId": "bob"}, OWN),
        ({"properties": {"a": REFERENCE}}, {"a": {"title": "x"}}, {"a": {"title": "x", **OWN}}),
        ({"properties": {"a": {"anyOf": [REFERENCE, {"type": "null"}]}}}, {"a": {}}, {"a": OWN}),
        ({"properties": {"a": {"anyOf": [REFERENCE, {"type": "null"}]}}}, {"a": None}, {"a": None}),
        ({"properties": {"a": {"anyOf": [REFERENCE, {"type": "null"}]}}}, {}, {}),
        ({"properties": {"a": {"allOf": [REFERENCE]}}}, {"a": {}}, {"a": OWN}),
        (
            {"properties": {"a": {"type": "array", "items": REFERENCE}}},
            {"a": [{"title": "x"}, {"userId": "bob"}]},
            {"a": [{"title": "x", **OWN}, OWN]},
        ),
        ({"properties": {"a": {"items": REFERENCE}}}, {"a": "no list"}, {"a": "no list"}),
        (
            {"properties": {"a": {"additionalProperties": REFERENCE}}},
            {"a": {"x": {"userId": "bob"}}},
            {"a": {"x": OWN}},
        ),
        (
            {"properties": {"a": {"patternProperties": {"^x": REFERENCE}}}},
            {"a": {"x1": {}}},
            {"a": {"x1": OWN}},
        ),
        (
            {"properties": {"a": {"prefixItems": [{}, REFERENCE], "items": {}}}},
            {"a": [{}, {}, {}]},
            {"a": [{}, OWN, {}]},
        ),
        (
            {"properties": {"a": {"items": [{}, REFERENCE], "additionalItems": REFERENCE}}},
            {"a": [{}, {}, {}, {}]},
            {"a": [{}, OWN, OWN, OWN]},
        ),
        ({"if": {"required": ["x"]}, "then": REFERENCE, "else": REFERENCE}, {}, OWN),
        # A place in a list, and a name that has to be escaped.
        (
            {"properties": {"b": {"anyOf": [DECLARED]}, "a": {"$ref": "#/properties/b/anyOf/0"}}},
            {"a": {}},
            {"a": OWN},
        ),
        ({"$defs": {"A/B[~]": DECLARED}, "$ref": "#/$defs/A~1B%5B~0%5D"}, {}, OWN),
        # Servers read the JSON of what should have been an object or a list.
        ({"properties": {"a": REFERENCE}}, {"a": '{"userId": "bob"}'}, {"a": OWN}),
        ({"properties": {"a": {"items": REFERENCE}}}, {"a": '[{"title": "x"}, {}]'}, LISTED),
        ({"properties": {"a": {"type": "string"}}}, {"a": '{"userId": 1}'}, {"a": '{"userId": 1}'}),
        (DECLARED, {"USER_ID": "bob", "user-id": "bob", "x": 1}, {"x": 1, **OWN}),
    ],
)
def test_they_are_found_wherever_a_schema_has_them(
    credentials: ModuleType, ann: Any, schema: dict[str, Any], sent: Any, filled: Any
) -> None:
    schema = json.loads(json.dumps({**schema, "$defs": {"P": DECLARED, **schema.get("$defs", {})}}))
    caller = credentials.CallerArguments(copy.deepcopy(schema))
    assert caller.fill(sent, ann) == filled
    credentials.CallerArguments(schema).hide()
    assert "accessToken" not in json.dumps(schema)
    assert "userId" not in json.dumps(schema)
    assert '"required": ["title"]' in json.dumps(schema)


@pytest.mark.parametrize(
    ("declared", "user_id", "filled"),
    [
        ({"type": "integer"}, "7", 7),
        ({"anyOf": [{"type": "integer"}, {"type": "null"}]}, "7", 7),
        ({"type": ["integer", "null"]}, "7", 7),
        ({"type": "number"}, "7", 7),
        ({"anyOf": [{"type": "integer"}, {"type": "string"}]}, "7", "7"),
        ({"type": "integer"}, "auth0|7", "auth0|7"),
        ({"type": "string"}, "7", "7"),
    ],
)
def test_a_user_is_a_number_where_the_tool_wants_one(
    credentials: ModuleType, delivered: ModuleType, declared: Any, user_id: str, filled: object
) -> None:
    schema = {"properties": {"user_id": declared}}
    context = delivered.RequestContext(user_id)
    assert credentials.CallerArguments(schema, ["userid"]).fill({}, context) == {"user_id": filled}


def test_an_object_that_is_all_ours_is_made(credentials: ModuleType, ann: Any) -> None:
    caller = {"properties": {"jwt": {}, "user_id": {}}, "required": ["user_id"]}
    schema = {"properties": {"caller": caller, "other": {"properties": {"x": {}}}}}
    filled = credentials.CallerArguments(schema).fill({}, ann)
    assert filled == {"caller": {"jwt": "t0ken", "user_id": "7"}}


def test_a_schema_that_refers_to_itself_ends(credentials: ModuleType, ann: Any) -> None:
    node = {"properties": {"child": {"$ref": "#/$defs/N"}, "current_user_id": {}}}
    schema = {"$ref": "#/$defs/N", "$defs": {"N": node, "M": {"$ref": "#/$defs/M"}}}
    filled = credentials.CallerArguments(schema).fill({"child": {"child": {}}}, ann)
    assert filled["child"]["child"] == {"current_user_id": "7"}
    endless = {"properties": {"a": {"$ref": "#/$defs/M"}}, **schema}
    assert credentials.CallerArguments(endless).fill({"a": {"b": 1}}, ann)["a"] == {"b": 1}


@pytest.mark.parametrize(
    ("schema", "always", "sent", "filled"),
    [
        ({"user_id": {}, "task": {}}, [], {"user_id": "bob"}, {"user_id": "bob"}),
        ({"userId": {}}, [], {"userId": "bob"}, {"userId": "bob"}),
        ({"caller_id": {}}, [], {"caller_id": "+49 30"}, {"caller_id": "+49 30"}),
        ({"user_id": {}}, ["userid"], {"user_id": "bob"}, {"user_id": "7"}),
        ({"user_id": {}, "jwt": {}}, [], {"user_id": "bob"}, {"user_id": "7", "jwt": "t0ken"}),
        ({"user_id": {}, "jwt": {}}, [], {"USERID": "bob"}, {"user_id": "7", "jwt": "t0ken"}),
        *(
            (
                {"user_id": several, "jwt": {}},
                [],
                {"user_id": said},
                {"user_id": said, "jwt": "t0ken"},
            )
            for several, said in (
                ({"type": "array", "items": {"type": "string"}}, ["bob"]),
                ({"anyOf": [{"type": "array"}, {"type": "null"}]}, ["bob"]),
                ({"type": ["array", "null"]}, ["bob"]),
                ({"enum": ["everybody", "nobody"]}, "everybody"),
                ({"$ref": "#/properties/user_id/not", "not": {"const": "bob"}}, "bob"),
            )
        ),
        (
            {"user_id_1": {}, "user_id_2": {}, "jwt": {}},
            [],
            {"user_id_1": "bob", "user_id_2": "eve"},
            {"user_id_1": "bob", "user_id_2": "eve", "jwt": "t0ken"},
        ),
        ({"currentUserId": {}}, [], {}, {"currentUserId": "7"}),
        (
            {"jwt": {}, "members": {"items": {"properties": {"user_id": {}}}}},
            [],
            {"members": [{"user_id": "bob"}]},
            {"jwt": "t0ken", "members": [{"user_id": "bob"}]},
        ),
    ],
)
def test_who_is_named_is_the_caller_only_where_that_is_certain(
    credentials: ModuleType, ann: Any, schema: Any, always: Any, sent: Any, filled: Any
) -> None:
    caller = credentials.CallerArguments({"properties": schema}, always)
    assert caller.fill(sent, ann) == filled
    offered = copy.deepcopy({"properties": schema})
    credentials.CallerArguments(offered, always).hide()
    shown = set(offered["properties"])
    assert shown == {name for name in schema if filled.get(name) == sent.get(name)}


WITH_ID = {"properties": {"user_id": {"type": "string"}}, "required": ["user_id"]}
WITH_TOKEN = {"properties": {"jwt": {}}, "required": ["jwt"]}


@pytest.mark.parametrize(
    ("schema", "is_caller"),
    [
        ({"allOf": [WITH_ID, WITH_TOKEN]}, True),
        ({"allOf": [{"$ref": "#/$defs/token"}, {"$ref": "#/$defs/id"}]}, True),
        ({"allOf": [{"allOf": [WITH_ID]}], **WITH_TOKEN}, True),
        ({"allOf": [WITH_TOKEN], "anyOf": [WITH_ID, {"type": "null"}]}, True),
        ({"anyOf": [{"allOf": [WITH_ID, WITH_TOKEN]}, {"type": "null"}]}, True),
        ({"$ref": "#/$defs/token", **WITH_ID}, True),
        ({"anyOf": [WITH_ID, WITH_TOKEN]}, False),
        ({"allOf": [WITH_ID, {"properties": {"inner": WITH_TOKEN}}]}, False),
    ],
)
@pytest.mark.parametrize("is_nested", [False, True])
def test_a_token_may_stand_in_another_part_of_the_same_object(
    credentials: ModuleType, ann: Any, schema: Any, is_caller: bool, is_nested: bool
) -> None:
    given, sent = copy.deepcopy(schema), {"user_id": "bob"}
    given, sent = ({"properties": {"a": given}}, {"a": sent}) if is_nested else (given, sent)
    given["$defs"] = copy.deepcopy({"token": WITH_TOKEN, "id": WITH_ID})
    filled = credentials.CallerArguments(given).fill(sent, ann)
    assert filled.get("a", filled)["user_id"] == ("7" if is_caller else "bob")
    credentials.CallerArguments(given).hide()
    del given["$defs"]
    assert ('"user_id"' in json.dumps(given)) is not is_caller
    assert "jwt" not in json.dumps(given)


def test_what_may_be_many_things_at_each_depth_is_filled_at_once(
    credentials: ModuleType, ann: Any
) -> None:
    names = [f"T{number}" for number in range(12)]
    anything = [{"$ref": f"#/$defs/{name}"} for name in names]
    own = {"current_user_id": {}, "children": {"items": {"anyOf": anything}}}
    kinds = {name: {"anyOf": anything, "properties": own} for name in names}
    value: Any = {}
    for _ in range(40):
        value = {"children": [value]}
    schema = {"$ref": "#/$defs/T0", "$defs": kinds}
    began = time.monotonic()
    filled = credentials.CallerArguments(schema).fill(value, ann)
    credentials.CallerArguments(schema).hide()
    assert time.monotonic() - began < 2
    assert json.dumps(filled).count('"current_user_id": "7"') == 41
    assert "current_user_id" not in json.dumps(schema)


@pytest.mark.parametrize("listed", ["", "user_id", "assign_task.user_id"])
def test_what_was_really_sent_is_shown_and_remembered(
    person: Callable[..., Any],
    toolbox: Any,
    offline_model: Any,
    configured: Callable[..., None],
    listed: str,
) -> None:
    configured(MCP_CALLER_ARGUMENTS=listed)
    who = "alice" if listed else "bob"
    call = ToolCall("assign_task", {"title": "milk", "user_id": "bob"})
    offline_model.script([call, "Done.", "Yes."])
    alice = person()
    said = alice.say("Assign milk to bob")
    assert toolbox.given == [{"title": "milk", "user_id": who}]
    task = said.of("thread.item.done")[1]["item"]["workflow"]["tasks"][0]
    assert task["content"] == f"title: milk, user_id: {who}"
    alice.say("Whose is it", said.thread)
    (call,) = [each for each in offline_model.requests[-1].body["input"] if "arguments" in each]
    assert json.loads(call["arguments"]) == {"title": "milk", "user_id": who}


@pytest.mark.parametrize("mode", ["auto", "argument"])
def test_credentials_are_hidden_and_always_our_own(
    person: Callable[..., Any],
    toolbox: Any,
    offline_model: Any,
    services: ModuleType,
    monkeypatch: pytest.MonkeyPatch,
    mode: str,
) -> None:
    monkeypatch.setattr(services.Tools, "token_goes", mode)
    forged = {"title": "milk", "access_token": "forged", "user_id": "bob"}
    offline_model.script(
        [
            ToolCall("remove_task", forged),
            ToolCall("rename_task", {"params": {"title": "milk", "user_id": "bob"}}),
            ToolCall("rename_task", {"params": forged}),
            ToolCall("rename_task", {"params": json.dumps(forged)}),
            ToolCall("show_token"),
            "Done.",
        ]
    )
    alice = person()
    assert alice.say("Remove and rename").text == "Done."
    own = {"title": "milk", "access_token": alice.token, "user_id": "alice"}
    assert [one.get("params", one) for one in toolbox.given] == [own] * 4
    own_header = "Bearer [hidden]" if mode == "auto" else "None"
    assert f"you are {own_header}" in offline_model.requests[-1].text
    offered = offline_model.requests[0].body["tools"]
    tools = json.dumps([tool for tool in offered if tool["name"] != "assign_task"])
    assert "access_token" not in tools
    assert "user_id" not in tools
    assert "title" in tools
    assert all(alice.token not in request.text for request in offline_model.requests)


def test_without_this_module_arguments_are_left_alone(
    served_chat: Callable[..., Any],
    make_person: Callable[..., Any],
    toolbox: Any,
    offline_model: Any,
    services: ModuleType,
) -> None:
    core = importlib.import_module(f"{TARGET}.chatkit_runtime.turn").TurnServer
    call = {"title": "milk", "access_token": "theirs", "user_id": "bob"}
    offline_model.script([ToolCall("remove_task", call), "Done."])
    with served_chat(core) as url:
        make_person(url).say("Remove milk")
    assert toolbox.given == [call]
