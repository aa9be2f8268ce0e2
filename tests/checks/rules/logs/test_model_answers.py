"""Errors of a provider and ends of turns are told, each once, and nothing else is."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from chatkit_agent.checks.rules.logs.model_answers import model_answers
from chatkit_agent.evidence.static import Evidence

TRACEBACK = 'Traceback (most recent call last):\n  File "/srv/x.py", line 3, in go\n{}\n'
CERTIFICATE = "httpx.ConnectError: [SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed"
KEY = "openai.AuthenticationError: Error code: 401 - {'error': {'message': 'Incorrect API key provided: sk-abc.'}}"
NAME = "openai.BadRequestError: Error code: 400 - {'error': {'message': 'tools.0.custom.name: String should match pattern ^[a-zA-Z0-9_-]{1,128}$'}}"


def test_no_key_is_shown(logged: Callable[[str], Evidence]) -> None:
    (finding,) = model_answers(logged(TRACEBACK.format(KEY)))
    assert finding.cause == "model key"
    assert "sk-abc" not in repr(finding)


@pytest.mark.parametrize(
    "line",
    [
        "INFO POST /v1/responses 200 OK",
        "INFO GET /x 404",
        "INFO the rate limit is 60 a minute; content_filter=on",
        "INFO method overloaded in module",
        "ERROR pydantic: Extra inputs are not permitted",
    ],
)
def test_quiet(logged: Callable[[str], Evidence], line: str) -> None:
    assert not list(model_answers(logged(f"{line}\n")))


def test_what_one_exception_was_raised_from_is_not_another_fault(
    logged: Callable[[str], Evidence],
) -> None:
    first = TRACEBACK.format(CERTIFICATE)
    chained = "\nThe above exception was the direct cause of the following exception:\n\n"
    log = first + chained + TRACEBACK.format("openai.APIConnectionError: Connection error.")
    (finding,) = model_answers(logged(log))
    assert finding.cause == "model certificate"
    assert "APIConnectionError" in finding.more[0]
    apart = logged(first + TRACEBACK.format("openai.APIConnectionError: Connection error."))
    assert {each.cause for each in model_answers(apart)} == {"model certificate", "model away"}


def test_a_name_that_is_not_said_leaves_no_gap(logged: Callable[[str], Evidence]) -> None:
    (finding,) = model_answers(logged(f"ERROR {NAME}\n"))
    assert "``" not in finding.what + finding.fix


def test_a_delivered_chat_logs_the_bare_name(logged: Callable[[str], Evidence]) -> None:
    (finding,) = model_answers(logged("the turn failed: NotFoundError: Error code: 404\n"))
    assert finding.cause == "model url"


IN_CHATKIT = """\
Traceback (most recent call last):
  File "/venv/lib/python3.12/site-packages/chatkit/server.py", line 850, in _process_events
    async for event in stream():
  File "/srv/app/server.py", line 12, in respond
    x
{}
"""
NO_PAGE = "AttributeError: '{}' object has no attribute '{}'"
INVALID = "pydantic_core._pydantic_core.ValidationError: 1 validation error for {}\n"
INVALID += "{}\n  {} [type=x, input_value={{'id': 'a'}}, input_type=dict]"
UNION = "tagged-union[UserMessageItem,AssistantMessageItem,ClientToolCallItem]"


@pytest.mark.parametrize(
    ("error", "cause", "said"),
    [
        (NO_PAGE.format("NoneType", "content"), "no question", "`content`"),
        (NO_PAGE.format("NoneType", "title"), "none loaded", "`title`"),
        (NO_PAGE.format("list", "data"), "no page", "`data`"),
        (NO_PAGE.format("NoneType", "has_more"), "no page", "`has_more`"),
        (NO_PAGE.format("dict", "created_at"), "rows for items", "`created_at`"),
        (NO_PAGE.format("RowMapping", "thread_id"), "rows for items", "`thread_id`"),
        (NO_PAGE.format("NoneType", "process"), "no server", "None"),
        (
            INVALID.format("AssistantMessageItem", "thread_id", "Field required"),
            "item:AssistantMessageItem",
            "`AssistantMessageItem`: `thread_id`: Field required.",
        ),
        (
            INVALID.format("Page", "has_more", "Input should be a valid boolean"),
            "item:Page",
            "`has_more`: Input should be a valid boolean",
        ),
        (
            INVALID.format(UNION, "assistant_message.thread_id", "Field required"),
            "item:",
            "page: `assistant_message.thread_id`: Field required",
        ),
        (
            INVALID.format("tagged-union[ThreadsCreateReq,ThreadsListReq]", "x", "Field required"),
            "bad requests",
            "A request that is none of ChatKit's",
        ),
        (NO_PAGE.format("NoneType", "price"), None, ""),
        (NO_PAGE.format("NoneType", "id"), None, ""),
        (INVALID.format("Order", "price", "Field required"), None, ""),
    ],
)
def test_what_chatkit_cannot_take(
    logged: Callable[[str], Evidence], error: str, cause: str | None, said: str
) -> None:
    found = [*model_answers(logged(IN_CHATKIT.format(error)))]
    assert [each.cause for each in found] == ([cause] if cause else [])
    assert all(said in each.what for each in found)


def test_outside_of_a_turn_that_says_nothing(logged: Callable[[str], Evidence]) -> None:
    error = NO_PAGE.format("NoneType", "content")
    assert not list(model_answers(logged(TRACEBACK.format(error))))
    (finding,) = model_answers(logged(f"WARNING the turn failed: {error}\n"))
    assert finding.cause == "no question"
