"""Credentials are found wherever a schema has them, hidden, and filled in as it wants them."""

from __future__ import annotations

import importlib
import json
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
    ],
)
def test_they_are_found_wherever_a_schema_has_them(
    credentials: ModuleType, ann: Any, schema: dict[str, Any], sent: Any, filled: Any
) -> None:
    schema = {**json.loads(json.dumps(schema)), "$defs": {"P": json.loads(json.dumps(DECLARED))}}
    assert credentials.fill_credentials(sent, schema, schema, ann) == filled
    credentials.remove_credentials(schema)
    assert "accessToken" not in json.dumps(schema)
    assert "userId" not in json.dumps(schema)
    assert '"required": ["title"]' in json.dumps(schema)


@pytest.mark.parametrize(
    ("declared", "user_id", "filled"),
    [
        ({"type": "integer"}, "7", 7),
        ({"anyOf": [{"type": "integer"}, {"type": "null"}]}, "7", 7),
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
    assert credentials.fill_credentials({}, schema, schema, context) == {"user_id": filled}


def test_an_object_that_is_all_ours_is_made(credentials: ModuleType, ann: Any) -> None:
    caller = {"properties": {"user_id": {}}, "required": ["user_id"]}
    schema = {"properties": {"caller": caller, "other": {"properties": {"x": {}}}}}
    filled = credentials.fill_credentials({}, schema, schema, ann)
    assert filled == {"caller": {"user_id": "7"}}


def test_a_schema_that_refers_to_itself_ends(credentials: ModuleType, ann: Any) -> None:
    node = {"properties": {"child": {"$ref": "#/$defs/N"}, "user_id": {}}}
    schema = {"$ref": "#/$defs/N", "$defs": {"N": node}}
    filled = credentials.fill_credentials({"child": {"child": {}}}, schema, schema, ann)
    assert filled["child"]["child"] == {"user_id": "7"}


@pytest.mark.parametrize("mode", ["auto", "argument"])
def test_credentials_are_hidden_and_always_our_own(
    person: Callable[..., Any],
    toolbox: Any,
    offline_model: Any,
    services: ModuleType,
    monkeypatch: pytest.MonkeyPatch,
    mode: str,
) -> None:
    mcp = importlib.import_module(f"{TARGET}.chatkit_runtime.mcp")
    monkeypatch.setattr(mcp, "MCP_TOKEN", mode)
    forged = {"title": "milk", "access_token": "forged", "user_id": "bob"}
    offline_model.script(
        [
            ToolCall("remove_task", forged),
            ToolCall("rename_task", {"params": {"title": "milk", "user_id": "bob"}}),
            ToolCall("rename_task", {"params": forged}),
            ToolCall("show_token"),
            "Done.",
        ]
    )
    alice = person()
    assert alice.say("Remove and rename").text == "Done."
    own = {"title": "milk", "access_token": alice.token, "user_id": "alice"}
    assert [one.get("params", one) for one in toolbox.given] == [own, own, own]
    own_header = "Bearer [hidden]" if mode == "auto" else "None"
    assert f"you are {own_header}" in offline_model.requests[-1].text
    tools = json.dumps(offline_model.requests[0].body["tools"])
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
    core = importlib.import_module(f"{TARGET}.chatkit_runtime.turn").ChatServer
    call = {"title": "milk", "access_token": "theirs", "user_id": "bob"}
    offline_model.script([ToolCall("remove_task", call), "Done."])
    with served_chat(core) as url:
        make_person(url).say("Remove milk")
    assert toolbox.given == [call]
