"""The user's token: on every call of a tool, and in no request, row, log or sentence."""

from __future__ import annotations

import importlib
import json
from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest

from chatkit_agent.sandbox.model import ToolCall


def seen_by_model(offline_model: Any) -> str:
    return "\n".join(request.text for request in offline_model.requests)


def test_a_tool_is_called_as_the_user(
    person: Callable[..., Any], toolbox: Any, offline_model: Any
) -> None:
    alice, bob = person("alice"), person("bob")
    for one in (alice, bob):
        offline_model.script([ToolCall("add_task", {"title": "milk"}), "Done."])
        assert one.say("Add milk").text == "Done."
    assert toolbox.headers == [f"Bearer {alice.token}", f"Bearer {bob.token}"]
    for one in (alice, bob):
        assert one.token not in seen_by_model(offline_model)


def test_a_tool_that_echoes_the_token_tells_nobody(
    person: Callable[..., Any], toolbox: Any, offline_model: Any
) -> None:
    offline_model.script([ToolCall("show_token"), "I see."])
    alice = person()
    said = alice.say("Who am I")
    assert alice.token not in seen_by_model(offline_model)
    assert alice.token not in json.dumps(said.events)
    assert "[hidden]" in seen_by_model(offline_model)


def test_an_exception_of_a_tool_keeps_its_passwords(
    person: Callable[..., Any], toolbox: Any, offline_model: Any
) -> None:
    offline_model.script([ToolCall("explode"), "It failed."])
    said = person().say("Explode")
    assert "hunter2" not in seen_by_model(offline_model)
    assert "The tool failed." in seen_by_model(offline_model)
    workflow = said.of("thread.item.done")[1]["item"]["workflow"]
    assert workflow["tasks"][0]["title"].endswith("(failed)")


@pytest.mark.parametrize("mode", ["auto", "argument"])
def test_credentials_are_hidden_and_always_our_own(
    person: Callable[..., Any],
    toolbox: Any,
    offline_model: Any,
    configured: Callable[..., None],
    mode: str,
) -> None:
    configured(MCP_TOKEN=mode)
    forged = {"title": "milk", "access_token": "forged", "user_id": "bob"}
    offline_model.script(
        [
            ToolCall("remove_task", forged),
            ToolCall("rename_task", {"params": {"title": "milk", "user_id": "bob"}}),
            ToolCall("rename_task", {"params": forged}),
            "Done.",
        ]
    )
    alice = person()
    assert alice.say("Remove and rename").text == "Done."
    own = {"title": "milk", "access_token": alice.token, "user_id": "alice"}
    assert [one.get("params", one) for one in toolbox.given] == [own, own, own]
    tools = json.dumps(offline_model.requests[0].body["tools"])
    assert "access_token" not in tools
    assert "user_id" not in tools
    assert "title" in tools
    assert alice.token not in seen_by_model(offline_model)


def test_header_mode_leaves_arguments_alone(
    person: Callable[..., Any], toolbox: Any, offline_model: Any, configured: Callable[..., None]
) -> None:
    configured(MCP_TOKEN="header")
    call = {"title": "milk", "access_token": "theirs", "user_id": "bob"}
    offline_model.script([ToolCall("remove_task", call), "Done."])
    person().say("Remove milk")
    assert toolbox.given == [call]


def test_prompt_mode_tells_the_model_and_no_one_else(
    person: Callable[..., Any], toolbox: Any, offline_model: Any, configured: Callable[..., None]
) -> None:
    configured(MCP_TOKEN="prompt")
    alice = person()
    offline_model.script(
        [ToolCall("remove_task", {"title": "milk", "access_token": alice.token}), "Done."]
    )
    said = alice.say("Remove milk")
    instructions = offline_model.requests[0].body["instructions"]
    assert "CRITICAL" in instructions
    assert alice.token in instructions
    assert toolbox.given[0]["access_token"] == alice.token
    assert alice.token not in json.dumps(said.events)
    assert alice.token not in json.dumps(alice.items(said.thread))


@pytest.mark.parametrize(
    "schema",
    [
        {"properties": {"a": {"$ref": "#/$defs/P"}}, "$defs": {"P": {"CREDENTIALS": 1}}},
        {"properties": {"a": {"anyOf": [{"CREDENTIALS": 1}, {"type": "null"}]}}},
        {
            "properties": {"a": {"allOf": [{"$ref": "#/$defs/P"}]}},
            "$defs": {"P": {"CREDENTIALS": 1}},
        },
    ],
)
def test_credentials_are_found_wherever_a_schema_has_them(
    services: ModuleType, schema: dict[str, Any]
) -> None:
    mcp_auth = importlib.import_module(f"{services.__name__}.mcp_auth")
    declared = {
        "type": "object",
        "properties": {"accessToken": {"type": "string"}, "userId": {}, "title": {}},
        "required": ["accessToken", "title"],
    }
    text = json.dumps(schema).replace('{"CREDENTIALS": 1}', json.dumps(declared))
    schema = json.loads(text)
    assert list(mcp_auth._credential_paths(schema, schema)) == [
        ("a", "accessToken"),
        ("a", "userId"),
    ]
    mcp_auth._remove_credentials(schema)
    assert "accessToken" not in json.dumps(schema)
    assert '"required": ["title"]' in json.dumps(schema)


def test_a_schema_that_refers_to_itself_ends(services: ModuleType) -> None:
    mcp_auth = importlib.import_module(f"{services.__name__}.mcp_auth")
    node = {"properties": {"child": {"$ref": "#/$defs/N"}, "user_id": {}}}
    schema = {"$ref": "#/$defs/N", "$defs": {"N": node}}
    assert list(mcp_auth._credential_paths(schema, schema)) == [("user_id",)]
