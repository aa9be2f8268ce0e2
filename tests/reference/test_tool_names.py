"""Tools whose names or schemas no provider takes: they are offered all the same, and called."""

from __future__ import annotations

import importlib
import json
import re
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

import httpx
import pytest
from agents import function_tool
from mcp.types import ToolAnnotations

from chatkit_agent.sandbox.model import ToolCall
from chatkit_agent.sandbox.serving import served

from .conftest import TARGET
from .people import Person
from .toolbox import MCPServer

ODD = ("github.create_issue", "github/create_issue", "get info", "a" * 70, "a" * 69 + "b", "7up")
TAKEN = re.compile(r"[a-zA-Z_][a-zA-Z0-9_-]{0,63}")


class OddTools:
    def __init__(self, names: tuple[str, ...]) -> None:
        self.called: list[str] = []
        self.headers: list[dict[str, str]] = []
        self.server = MCPServer("odd")
        for name in names:
            self.add(name)

    def add(self, name: str, **more: Any) -> None:
        async def act(what: str = "") -> str:
            self.called.append(name)
            return f"did {name}"

        self.server.tool(name=name, description=f"Does {name}.", **more)(act)


@pytest.fixture
def odd_tools(configured: Callable[..., None]) -> Iterator[Callable[..., OddTools]]:
    running: list[Any] = []

    def serve(*names: str) -> OddTools:
        tools = OddTools(names)
        running.append(served(tools.server.streamable_http_app()))
        configured(MCP_SERVER_URL=f"{running[-1].__enter__()}/mcp")
        return tools

    yield serve
    for each in running:
        each.__exit__(None, None, None)


@pytest.fixture
def tool_names(services: ModuleType) -> ModuleType:
    return importlib.import_module(f"{TARGET}.chatkit_runtime.tool_names")


@pytest.mark.parametrize(
    "names",
    [
        ODD,
        ("a.b", "a/b", "a_b"),
        ("a_b", "a.b"),
        ("x" * 64, "x" * 65, "x" * 66),
        ("", " ", "ä", "é", "日本"),
        ("a.b", "a.b"),
    ],
)
def test_names_are_fit_and_not_alike(tool_names: ModuleType, names: tuple[str, ...]) -> None:
    found = tool_names.offered_names(names)
    assert all(TAKEN.fullmatch(name) for name in found), found
    assert len(set(found)) == len(names)
    assert tool_names.offered_names(names) == found
    kept = [name for name in names if TAKEN.fullmatch(name)]
    assert [name for name in found if name in names] == kept


def test_a_name_does_not_depend_on_the_order(tool_names: ModuleType) -> None:
    there = dict(zip(ODD, tool_names.offered_names(ODD), strict=True))
    back = dict(zip(ODD[::-1], tool_names.offered_names(ODD[::-1]), strict=True))
    assert there == back


def test_tools_with_odd_names_are_called_shown_and_remembered(
    person: Callable[..., Person],
    odd_tools: Callable[..., OddTools],
    offline_model: Any,
    caplog: Any,
) -> None:
    tools = odd_tools(*ODD)
    alice = person()
    thread = alice.say("Hello").thread
    offered = {
        each["description"].removeprefix("Does ").removesuffix("."): each["name"]
        for each in offline_model.requests[-1].body["tools"]
    }
    assert set(offered) == set(ODD)
    offline_model.script([*(ToolCall(offered[name]) for name in ODD), "Done.", "Yes."])
    caplog.set_level("INFO")
    said = alice.say("Do it all", thread)
    assert said.text == "Done."
    assert tools.called == list(ODD)
    (workflow,) = [e["item"] for e in said.of("thread.item.done") if "workflow" in e["item"]]
    titles = [task["title"] for task in workflow["workflow"]["tasks"]]
    assert titles[0] == "Github.create issue"
    assert '"tools": ["github.create_issue", ' in caplog.text
    assert alice.say("Did it work", thread).text == "Yes."


def test_more_tools_than_a_model_takes_are_cut_and_told(
    person: Callable[..., Person],
    odd_tools: Callable[..., OddTools],
    offline_model: Any,
    chat_url: str,
) -> None:
    odd_tools(*(f"tool_{number}" for number in range(140)))
    assert not person().say("Hello").of("error")
    assert len(offline_model.requests[-1].body["tools"]) == 128
    health = httpx.get(f"{chat_url}/chatkit/health").json()
    assert health["ready"] is True
    assert "12 tools" in health["degraded"][0]
    assert "MCP_TOOLS" in health["degraded"][0]


def test_a_tool_that_is_asked_about_first_is_called_by_its_own_name(
    optional: Callable[[str], ModuleType],
    served_chat: Callable[..., Any],
    make_person: Callable[..., Person],
    odd_tools: Callable[..., OddTools],
    offline_model: Any,
) -> None:
    tools = odd_tools()
    tools.add(
        "github.delete", annotations=ToolAnnotations.model_validate({"destructiveHint": True})
    )
    offline_model.script([ToolCall("github_delete", {"what": "all"}), "Waits.", "Deleted."])
    with served_chat(optional("approvals").Approvals) as url:
        alice = make_person(url)
        said = alice.say("Delete it")
        assert tools.called == []
        (widget,) = [e["item"] for e in said.of("thread.item.done") if "widget" in e["item"]]
        action = widget["widget"]["confirm"]["action"]
        params = {"thread_id": said.thread, "item_id": widget["id"], "action": action}
        with alice.stream("threads.custom_action", **params) as events:
            assert "Deleted." in json.dumps(list(events))
    assert tools.called == ["github.delete"]


NODE = {"type": "object", "properties": {"next": {"$ref": "#/$defs/Node"}, "v": {"type": "string"}}}
TOP, A_B = "_top_81bf98e4", "a_b_c8687a08"
SCHEMAS: tuple[tuple[dict[str, Any], list[str], list[str]], ...] = (
    ({}, [], []),
    ({"type": "object"}, [], []),
    ({"properties": {"a": True, "b": {"type": "array"}}}, ["a", "b"], []),
    ({"allOf": [{"properties": None, "required": None}], "properties": None}, [], []),
    ({"$ref": "#/$defs/Node", "$defs": {"Node": NODE}}, ["next", "v"], []),
    ({"properties": {"$top": {}, "a b": {}}, "required": ["a b"]}, [TOP, A_B], [A_B]),
    ({"$ref": "#/$defs/A", "$defs": {"A": {"$ref": "#/$defs/A"}}}, [], []),
    (
        {
            "anyOf": [
                {"properties": {"a": {"const": 1}, "b": {}}, "required": ["a", "b"]},
                {"properties": {"a": {"const": 2}}, "required": ["a"]},
            ]
        },
        ["a", "b"],
        ["a"],
    ),
    (
        {"allOf": [{"properties": {"a": {}}, "required": ["a"]}, {"properties": {"b": {}}}]},
        ["b", "a"],
        ["a"],
    ),
    (
        {
            "type": "object",
            "properties": {
                "map": {"type": "object", "additionalProperties": {"type": "integer"}},
                "some": {"type": "object", "patternProperties": {"^x": {}}},
                "big": {"enum": [f"value {number}" for number in range(5000)]},
                "pair": {"type": "array", "prefixItems": [{}, {}]},
                "long": {"type": "string", "description": "x" * 5000},
                "many": {
                    "type": ["array", "null"],
                    "items": {"oneOf": [{"type": "string"}, False]},
                },
            },
            "required": ["map", "gone"],
            "additionalProperties": False,
        },
        ["map", "some", "big", "pair", "long", "many"],
        ["map"],
    ),
)
REFUSED = {"$ref", "$defs", "allOf", "oneOf", "not", "patternProperties", "additionalProperties"}


def check_node(node: Any) -> None:
    assert isinstance(node, dict)
    assert not REFUSED & set(node)
    assert len(node.get("description", "")) <= 1024
    assert len(node.get("enum", [])) <= 500
    if node.get("type") == "object":
        assert "properties" in node
    if "array" in str(node.get("type", "")):
        check_node(node["items"])
    assert all(re.fullmatch(r"[\w.-]{1,64}", name) for name in node.get("properties", {}))
    for inner in [*node.get("properties", {}).values(), *node.get("anyOf", [])]:
        check_node(inner)


@pytest.mark.parametrize(("schema", "names", "required"), SCHEMAS)
def test_schemas_are_as_strict_providers_take_them(
    services: ModuleType, schema: dict[str, Any], names: list[str], required: list[str]
) -> None:
    before = json.dumps(schema)
    module = importlib.import_module(f"{TARGET}.chatkit_runtime.tool_schemas")
    found = module.fitted_schema(schema)
    check_node(found)
    assert found["type"] == "object"
    assert "anyOf" not in found
    assert sorted(found["properties"]) == sorted(names)
    assert found.get("required", []) == required
    assert json.dumps(schema) == before


def test_arguments_have_the_names_that_the_server_knows(services: ModuleType) -> None:
    module = importlib.import_module(f"{TARGET}.chatkit_runtime.tool_schemas")
    inner = {"type": "object", "properties": {"a b": {}, "plain": {}}}
    schema = {"properties": {"$top": {}, "list": {"type": "array", "items": inner}}}
    given = {TOP: 1, "list": [{A_B: 2, "plain": {"a": 3}}]}
    assert module.own_names(schema, given) == {"$top": 1, "list": [{"a b": 2, "plain": {"a": 3}}]}


def test_a_function_of_the_agent_keeps_its_name(
    served_chat: Callable[..., Any],
    odd_tools: Callable[..., OddTools],
    make_person: Callable[..., Person],
    offline_model: Any,
) -> None:
    @function_tool
    def find() -> str:
        return "found here"

    core = importlib.import_module(f"{TARGET}.chatkit_runtime.turn").TurnServer

    class WithFunction(core):  # type: ignore[misc, valid-type]
        def make_agent(self, servers: Any) -> Any:
            agent = super().make_agent(servers)
            agent.tools = [find]
            return agent

    odd_tools("find")
    offline_model.script([ToolCall("find"), "Done."])
    with served_chat(WithFunction) as url:
        assert make_person(url).say("Find it").text == "Done."
    body = offline_model.requests[-1].body
    names = [tool["name"] for tool in body["tools"]]
    assert len(set(names)) == len(names) == 2
    assert "found here" in json.dumps(body["input"])


def test_a_schema_that_grows_without_end_stays_small(services: ModuleType) -> None:
    module = importlib.import_module(f"{TARGET}.chatkit_runtime.tool_schemas")
    levels = {
        f"L{n}": {"properties": {f"p{k}": {"$ref": f"#/$defs/L{n + 1}"} for k in range(9)}}
        for n in range(20)
    }
    found = module.fitted_schema({"$ref": "#/$defs/L0", "$defs": levels})
    check_node(found)
    assert len(json.dumps(found)) < 200_000
    deep: dict[str, Any] = {"type": "string"}
    for _ in range(200):
        deep = {"type": "object", "properties": {"in": deep}, "required": ["in"]}
    check_node(module.fitted_schema(deep))
