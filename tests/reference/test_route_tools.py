"""Routes of the application are called as the person who asks, and nothing else is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any

import pytest

from chatkit_agent.sandbox.model import ToolCall
from chatkit_agent.sandbox.serving import served

from .task_app import make_app
from .test_approvals import answer

WRITING = ("GET", "POST /tasks", "DELETE /tasks/{task_id}")


@pytest.fixture
def serve_tasks(
    services: ModuleType,
    configured: Callable[..., None],
    verified_user: Any,
    optional: Callable[[str], ModuleType],
) -> Callable[..., Any]:
    routes, approvals = optional("route_tools"), optional("approvals")

    @contextmanager
    def serve(*wanted: str, asks: bool = True) -> Iterator[tuple[Any, str]]:
        bases = ((approvals.AskingMCPServer,) if asks else ()) + (routes.RouteTools,)
        tools = type("Tools", bases, {"routes": wanted or ("GET",)})
        servers = ((approvals.Approvals,) if asks else ()) + (
            routes.ApplicationRoutes,
            services.ChatServer,
        )
        server = type("Chat", servers, {"tools": tools})
        app = make_app(verified_user)
        app.include_router(
            services.create_chatkit_router(current_user=verified_user, server=server)
        )
        with served(app) as url:
            yield app, url

    return serve


@pytest.fixture
def talk(
    serve_tasks: Callable[..., Any], make_person: Callable[..., Any], offline_model: Any
) -> Iterator[Callable[..., Any]]:
    """What the model is told after these calls, each in a turn of its own."""
    with serve_tasks(*WRITING) as (app, url):

        def ask(*calls: ToolCall, name: str = "alice", **headers: str) -> list[str]:
            person = make_person(url, name)
            person.http.headers.update(headers)
            offline_model.script([text for call in calls for text in (call, "Done.")])
            told = []
            for _ in calls:
                assert person.say("Do it").text == "Done."
                items = offline_model.requests[-1].body["input"]
                outputs = [e["output"] for e in items if e["type"] == "function_call_output"]
                told.append("".join(part["text"] for part in outputs[-1]))
            return told

        ask.app, ask.url = app, url  # type: ignore[attr-defined]
        yield ask


def offered(offline_model: Any) -> dict[str, Any]:
    return {tool["name"]: tool for tool in offline_model.requests[-1].body["tools"]}


def test_only_what_people_read_is_offered(
    serve_tasks: Callable[..., Any], make_person: Callable[..., Any], offline_model: Any
) -> None:
    with serve_tasks(asks=False) as (_, url):
        make_person(url).say("Hello")
        tools = offered(offline_model)
    assert list(tools) == [
        *("list_tasks", "export_tasks", "read_task", "moved", "people", "broken", "echo", "large")
    ]
    assert tools["list_tasks"]["description"] == "The person's tasks."
    limit = tools["list_tasks"]["parameters"]["properties"]["limit"]
    assert (limit["type"], limit["default"], limit["maximum"]) == ("integer", 50, 100)


def test_a_route_answers_with_the_persons_own(talk: Callable[..., Any]) -> None:
    own, foreign, alice, bob = talk(
        ToolCall("list_tasks", {"limit": 10}),
        ToolCall("read_task", {"task_id": 2}),
        ToolCall("read_task", {"task_id": 1}),
        ToolCall("read_task", {"task_id": "x"}),
    )
    assert "water the ferns" in own
    assert "secret cat" not in own
    assert "No such task." in foreign
    assert "secret cat" not in foreign
    assert "water the ferns" in alice
    assert "task_id: Input should be a valid integer" in bob
    assert "secret cat" in talk(ToolCall("list_tasks", {}), name="bob")[0]


@pytest.mark.parametrize(
    "value", ["hidden", "stream", "export", "../health", "1/../../health", "", "..", "1?x=2"]
)
def test_a_value_leads_to_no_other_route(talk: Callable[..., Any], value: str) -> None:
    (told,) = talk(ToolCall("read_task", {"task_id": value}))
    assert told.startswith("The tool failed.")
    assert "secret cat" not in told


def test_every_failure_is_told_in_words(talk: Callable[..., Any]) -> None:
    moved, forbidden, broken, file = talk(
        ToolCall("moved", {}),
        ToolCall("people", {}),
        ToolCall("broken", {}),
        ToolCall("export_tasks", {}),
    )
    assert "points elsewhere" in moved
    assert "not allowed to do this. It says: Administrators only." in forbidden
    assert broken == "The tool failed. The application failed."
    assert "The answer is a file" in file


def test_a_large_answer_is_cut_and_said(talk: Callable[..., Any]) -> None:
    (told,) = talk(ToolCall("large", {}))
    assert len(told) < 21_000
    assert "[Cut: the answer has 70001 characters. Ask for less of it, with `page`.]" in told


def test_the_credential_goes_along_and_stays_hidden(talk: Callable[..., Any]) -> None:
    headers = {"X-Api-Key": "key-of-alice-123", "Cookie": "sid=cookie-of-alice", "X-Org": "acme"}
    (told,) = talk(ToolCall("echo", {}), **headers)
    assert '"x-org":"acme"' in told
    assert "key-of-alice-123" not in told
    assert "cookie-of-alice" not in told
    assert "eyJ" not in told
    assert '"authorization":"Bearer [hidden]"' in told


def test_what_writes_waits_for_the_person(
    talk: Callable[..., Any], make_person: Callable[..., Any], offline_model: Any
) -> None:
    person = make_person(talk.url)  # type: ignore[attr-defined]
    state = talk.app.state  # type: ignore[attr-defined]
    offline_model.script([ToolCall("add_task", {"body": {"title": "milk"}}), "Asked.", "Added."])
    said = person.say("Add milk")
    assert len(state.tasks) == 2
    (question,) = [each for each in person.items(said.thread) if each["type"] == "widget"]
    answer(person, said.thread, question)
    assert [task.title for task in state.tasks if task.owner == "alice"][-1] == "milk"
    assert state.later == ["milk"]
    properties = offered(offline_model)["add_task"]["parameters"]["properties"]
    assert properties["body"]["properties"]["title"]["description"] == "What is to be done."


def test_what_writes_is_not_offered_without_a_question(
    serve_tasks: Callable[..., Any], make_person: Callable[..., Any], offline_model: Any
) -> None:
    with serve_tasks("POST /tasks", "GET /tasks", "GET /nowhere", asks=False) as (_, url):
        person = make_person(url)
        person.say("Hello")
        degraded = person.http.get("/chatkit/health").json()["degraded"]
    assert list(offered(offline_model)) == ["list_tasks"]
    assert degraded == [
        "the tool POST /tasks: it writes, and nothing asks the person first: "
        "add the chat's approvals",
        "the tool GET /nowhere: there is no such route in the application's OpenAPI document",
    ]


def test_the_chat_is_no_tool_of_itself(
    serve_tasks: Callable[..., Any], make_person: Callable[..., Any], offline_model: Any
) -> None:
    wanted = ("POST /chatkit", "GET /chatkit/health", "POST /auth/login", "GET /session")
    with serve_tasks(*wanted) as (_, url):
        person = make_person(url)
        person.say("Hello")
        assert not offered(offline_model)
        degraded = person.http.get("/chatkit/health").json()["degraded"]
        assert [each.partition(": ")[2] for each in degraded] == [
            *("it is the chat's own", "it is the chat's own"),
            *("it signs people in, or is for whoever runs the server", "it gives out tokens"),
        ]
        person.http.headers["x-chatkit-tool-call"] = "1"
        assert person.ask("threads.list", limit=1).status_code == 508
