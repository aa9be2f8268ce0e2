"""Requests as OpenAI takes and refuses them, and replies in their short forms."""

from __future__ import annotations

from typing import Any

import pytest

from chatkit_agent.sandbox.turns import (
    MOST_TOOLS,
    BadRequest,
    Reply,
    Tool,
    ToolCall,
    arguments_text,
    check_pairs,
    check_tools,
    reply,
    text_of,
    words,
)

CALL = ToolCall("list_tasks")
OBJECT = {"type": "object", "properties": {}}


@pytest.mark.parametrize(
    ("said", "whole"),
    [
        ("Hello", Reply("Hello")),
        (CALL, Reply(calls=(CALL,))),
        (Reply("Hello", (CALL,)), Reply("Hello", (CALL,))),
    ],
)
def test_short_forms(said: str | ToolCall | Reply, whole: Reply) -> None:
    assert reply(said) == whole


@pytest.mark.parametrize(
    ("calls", "results", "refusal"),
    [
        ({}, [], None),
        ({"c1": "list"}, ["c1"], None),
        ({"c1": "list", "c2": "add"}, ["c2", "c1"], None),
        ({"c1": "list"}, [], "No tool output found for function call c1"),
        ({"c1": "list", "c2": "add"}, ["c1"], "No tool output found for function call c2"),
        ({}, ["c1"], "No tool call found for function call output with call_id c1"),
        ({"c1": "list"}, ["c1", "c3"], "No tool call found .* c3"),
    ],
)
def test_pairs(calls: dict[str, str], results: list[str], refusal: str | None) -> None:
    if refusal is None:
        check_pairs(calls, results)
        return
    with pytest.raises(BadRequest, match=refusal):
        check_pairs(calls, results)


def named(*names: str) -> list[Tool]:
    return [Tool(name, "", OBJECT) for name in names]


@pytest.mark.parametrize(
    ("tools", "refusal"),
    [
        ([], None),
        (named("a", "b-2", "C_3", "x" * 64), None),
        (named(*(f"t{number}" for number in range(MOST_TOOLS))), None),
        ([Tool("a", "", {})], None),
        (named(*(f"t{number}" for number in range(MOST_TOOLS + 1))), "maximum length 128"),
        (named("a", "b c"), r"tools\[1\]\.name"),
        (named("x" * 65), r"tools\[0\]\.name"),
        (named(""), r"tools\[0\]\.name"),
        (named("a.b"), r"tools\[0\]\.name"),
        (named("a", "b", "a"), "two functions called 'a'"),
        ([Tool("a", "", {"type": "string"})], "schema must have type 'object'"),
        ([Tool("a", "", {"properties": {}})], "schema must have type 'object'"),
        ([Tool("a", "", {**OBJECT, "anyOf": []})], "at the top level"),
        ([Tool("a", "", {**OBJECT, "not": {}})], "at the top level"),
    ],
)
def test_tools(tools: list[Tool], refusal: str | None) -> None:
    if refusal is None:
        check_tools(tools)
        return
    with pytest.raises(BadRequest, match=refusal):
        check_tools(tools)


@pytest.mark.parametrize(
    ("declared", "tool"),
    [
        ({"name": "a"}, Tool("a", "", {})),
        ({"name": "a", "description": None, "parameters": None}, Tool("a", "", {})),
        ({"name": "a", "description": "It.", "parameters": OBJECT}, Tool("a", "It.", OBJECT)),
    ],
)
def test_a_tool_as_it_is_declared(declared: dict[str, Any], tool: Tool) -> None:
    assert Tool.of(declared) == tool


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("Hello", "Hello"),
        (None, ""),
        ([], ""),
        ([{"type": "text", "text": "One"}, {"type": "text", "text": "Two"}], "One\nTwo"),
        ([{"type": "image_url", "image_url": {}}, {"type": "input_text", "text": "It"}], "It"),
        (["bare", {"text": 7}], "7"),
        ({"text": "no list"}, ""),
    ],
)
def test_text_of(content: object, text: str) -> None:
    assert text_of(content) == text


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("", []),
        ("one", ["one"]),
        ("one two\n\nthree", ["one", " two", "\n\nthree"]),
        ("  at first", ["  at", " first"]),
        ("at last \n", ["at", " last", " \n"]),
        (" ", [" "]),
        ("\n\n", ["\n\n"]),
    ],
)
def test_words_are_the_text(text: str, pieces: list[str]) -> None:
    assert words(text) == pieces
    assert "".join(words(text)) == text


@pytest.mark.parametrize(
    ("arguments", "text"),
    [({}, "{}"), ({"id": 7}, '{"id": 7}'), ('{"id": ', '{"id": '), ("", "")],
)
def test_arguments_as_they_travel(arguments: dict[str, Any] | str, text: str) -> None:
    assert arguments_text(ToolCall("a", arguments)) == text
