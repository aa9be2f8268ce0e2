"""Each end of a turn is told from the others by the words of the SDKs and of a delivered chat."""

from __future__ import annotations

import pytest

from chatkit_agent.checks.known.turns import TURNS
from tests.checks.known.conftest import Causes, are_all_reached


def failed(why: str) -> str:
    return f"the turn failed: AttributeError: {why}"


LINES = (
    ("max turns", "the turn failed: MaxTurnsExceeded: Max turns (10) exceeded"),
    ("variable:user", "LookupError: <ContextVar name='user' at 0x7f30a>"),
    ("result kind", "AttributeError: 'StreamingResult' object has no attribute 'json'"),
    ("result kind", "TypeError: 'NonStreamingResult' object is not iterable"),
    (
        "result kind",
        "TypeError: 'async for' requires an object with __aiter__ method, got NonStreamingResult",
    ),
    ("coroutine used", "TypeError: sequence item 0: expected str instance, coroutine found"),
    ("coroutine used", "AttributeError: 'coroutine' object has no attribute 'strip'"),
    ("max turns", "agents.exceptions.MaxTurnsExceeded: Max turns (10) exceeded"),
    (
        "answer too long",
        "the turn failed: ModelBehaviorError: Responses stream ended with terminal event `response.incomplete`. status=incomplete; incomplete_details=IncompleteDetails(reason='max_output_tokens').",
    ),
    (
        "answer failed at rate",
        "agents.exceptions.ModelBehaviorError: Responses stream ended with terminal event `response.failed`. status=failed; error=ResponseError(code='rate_limit_exceeded').",
    ),
    (
        "answer failed",
        "agents.exceptions.ModelBehaviorError: Responses stream ended with terminal event `response.failed`. status=failed; error=ResponseError(code='server_error').",
    ),
    (
        "answer incomplete",
        "agents.exceptions.ModelBehaviorError: Responses stream ended with terminal event `response.incomplete`. status=incomplete; incomplete_details=None.",
    ),
    ("no answer", "agents.exceptions.ModelBehaviorError: Model did not produce a final response!"),
    (
        "invented tool",
        "agents.exceptions.ModelBehaviorError: Tool fly_away not found in agent Assistant",
    ),
    (
        "tool arguments",
        'agents.exceptions.ModelBehaviorError: Invalid JSON input for tool search: {"q":',
    ),
    (
        "guardrail",
        "agents.exceptions.InputGuardrailTripwireTriggered: Guardrail InputGuardrail triggered tripwire",
    ),
    (
        "guardrail",
        "the turn failed: OutputGuardrailTripwireTriggered: Guardrail OutputGuardrail triggered tripwire",
    ),
    (
        "thread busy",
        "the turn failed: ThreadBusy: Another answer is being written in this conversation. Wait for it, or stop it.",
    ),
    ("lock kept", "the thread stays busy until its lock ends: StoreUnavailable"),
    ("lock kept", "the lock could not be renewed: TimeoutError"),
    ("store refused", "the chat's database refused a statement: UndefinedObjectError"),
    ("store refused", "the database refused a statement (42P01)"),
    ("store away", "the chat's database: ConnectionDoesNotExistError"),
    ("thread gone", "the turn failed: NotFoundError: Thread thr_1 not found"),
    (
        "bad requests",
        "pydantic_core._pydantic_core.ValidationError: 1 validation error for tagged-union[ThreadsGetByIdReq,ThreadsCreateReq]",
    ),
    ("bad requests", "chatkit.store.NotFoundError: Thread thr_1 not found"),
    (
        "attachment store",
        "RuntimeError: AttachmentStore is not configured. Provide a AttachmentStore to ChatKitServer to handle file operations.",
    ),
    (
        "abstract:Notes",
        "TypeError: Can't instantiate abstract class Notes without an implementation for abstract method 'load_item'",
    ),
    ("not awaited:load_prompt", "RuntimeWarning: coroutine 'load_prompt' was never awaited"),
    (
        "not awaited:Notes.load",
        "/srv/app/server.py:12: RuntimeWarning: coroutine 'Notes.load' was never awaited",
    ),
    ("refused late", "RuntimeError: Caught handled exception, but response already started."),
    ("keys away", "the public keys cannot be fetched: ConnectError"),
    ("approval failed", "an approved call failed: ConnectError"),
    ("transcription", "gpt-4o-mini-transcribe cannot transcribe: NotFoundError"),
    ("answer broken off", "the answer broke off: ReadTimeout"),
    (
        "item:AssistantMessageItem",
        "ValidationError: 1 validation error for AssistantMessageItem thread_id Field required [type=missing]",
    ),
    ("no question", failed("'NoneType' object has no attribute 'attachments'")),
    ("no page", failed("'list' object has no attribute 'has_more'")),
    ("none loaded", failed("'NoneType' object has no attribute 'title'")),
    ("rows for items", failed("'Record' object has no attribute 'thread_id'")),
    ("no server", "AttributeError: 'NoneType' object has no attribute 'process'"),
    ("nobody signs in", "SHOP_CHATKIT_AUTH=none: all callers are one and the same user"),
    (
        "nobody signs in",
        "WARNING:chatkit_runtime:SHOP_CHATKIT_AUTH=none: all callers are one and the same user",
    ),
)


@pytest.mark.parametrize(("cause", "line"), LINES)
def test_a_line_has_its_cause(causes: Causes, cause: str, line: str) -> None:
    assert causes(line) == [cause]


def test_every_row_is_reached() -> None:
    assert are_all_reached(TURNS, [cause for cause, _ in LINES])
