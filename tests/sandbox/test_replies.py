"""The offline model takes the tool whose words match, and otherwise says that it cannot."""

from __future__ import annotations

from typing import Any

import pytest

from chatkit_agent.sandbox.replies import WHO, decide
from chatkit_agent.sandbox.turns import Tool, ToolCall, ToolResult, Turn

TITLE = {"properties": {"title": {"type": "string"}}, "required": ["title"]}
NUMBER = {"properties": {"task_id": {"type": "integer"}}, "required": ["task_id"]}
TOOLS = (
    Tool("delete_task", "Delete one of the user's tasks for good.", NUMBER),
    Tool("add_task", "Add a task to the user's list.\n\nArgs: title, what to list", TITLE),
    Tool("complete_task", "Mark one of the user's tasks as done.", NUMBER),
    Tool("list_tasks", "List the tasks of the user.", {}),
)


def turn(message: str, **fields: Any) -> Turn:
    return Turn(**{"message": message, "instructions": "", "tools": TOOLS, "results": (), **fields})


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("What are my tasks?", ToolCall("list_tasks", {})),
        ("Listing, please", ToolCall("list_tasks", {})),
        ("Add a task: buy milk", ToolCall("add_task", {"title": "buy milk"})),
        ("I completed task 3", ToolCall("complete_task", {"task_id": 3})),
        ("mark task 3 as done", ToolCall("complete_task", {"task_id": 3})),
        ("Delete number 4", ToolCall("delete_task", {"task_id": 4})),
    ],
)
def test_the_matching_tool_is_called(message: str, expected: ToolCall) -> None:
    assert decide(turn(message)).calls == (expected,)


@pytest.mark.parametrize("message", ["Hello", "Who are you?", "", "for good"])
def test_without_a_match_it_talks_and_names_its_tools(message: str) -> None:
    said = decide(turn(message))
    assert said.calls == ()
    assert "offline model" in said.text
    assert "`list_tasks`" in said.text


def test_it_asks_for_what_it_does_not_know() -> None:
    said = decide(turn("complete a task"))
    assert said.calls == ()
    assert "`task_id`" in said.text


def test_a_result_ends_the_turn() -> None:
    wrapped = '{"type":"text","text":"two tasks"}'
    said = decide(turn("list my tasks", results=(ToolResult("list_tasks", wrapped),)))
    assert said.calls == ()
    assert said.text == f"two tasks.\n\n*{WHO}*"


@pytest.mark.parametrize(
    ("result", "answer"),
    [
        ("#1 buy milk\n#2 call Ada", "Here is what `t` found:\n\n- #1 buy milk\n- #2 call Ada"),
        (
            '{\n  "id": 1,\n  "by": {"a": 1}\n}',
            'Here is what `t` found:\n\n- id: 1\n- by: {"a": 1}',
        ),
        (
            '[{"id": 1, "title": "Ferns | moss"}, {"id": 2, "title": "Two\\nlines"}]',
            "Here is what `t` found:\n\n| id | title |\n| --- | --- |\n"
            "| 1 | Ferns \\| moss |\n| 2 | Two lines |",
        ),
        ('["ferns", 2]', "Here is what `t` found:\n\n- ferns\n- 2"),
        ('[{"id": 1}, {"name": "b"}]', 'Here is what `t` found:\n\n- {"id": 1}\n- {"name": "b"}'),
        ("[]", "`t` found nothing."),
        ("[not JSON", "[not JSON."),
        (
            "Not run: it waits for the person, who is asked.",
            "I need your approval for that first: please answer below.",
        ),
    ],
)
def test_a_result_reads_like_an_answer(result: str, answer: str) -> None:
    asked = turn("list my tasks", results=(ToolResult("t", result),), is_first=False)
    assert decide(asked).text == answer


def test_the_choice_of_the_caller_is_obeyed() -> None:
    assert decide(turn("list my tasks", choice="none")).calls == ()
    assert decide(turn("hello", choice="required")).calls[0].name == "list_tasks"
    assert decide(turn("hello: x", choice="add_task")).calls[0].name == "add_task"


def test_camel_case_names_are_words_too() -> None:
    tools = (Tool("getWeather", "", {}), Tool("sendMail", "", {}))
    assert decide(turn("how is the weather", tools=tools)).calls == (ToolCall("getWeather", {}),)


def test_a_long_message_is_not_said_again_whole() -> None:
    text = decide(turn("lorem " * 100_000, tools=())).text
    assert text.startswith("You said: lorem lorem")
    assert len(text) < 1_000
