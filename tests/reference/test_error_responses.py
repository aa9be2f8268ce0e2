"""What is refused is refused early, and a line of the log is short whatever was sent."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any

import pytest

from .conftest import TARGET
from .people import message

LONG_ID = "x" * 201


@pytest.mark.parametrize(
    ("operation", "params"),
    [
        ("threads.get_by_id", {"thread_id": LONG_ID}),
        ("items.list", {"thread_id": "thr_1", "after": LONG_ID}),
        ("threads.list", {"limit": 5, "after": LONG_ID}),
        ("items.feedback", {"thread_id": "t", "item_ids": ["i", LONG_ID], "kind": "positive"}),
        ("threads.retry_after_item", {"thread_id": "t", "item_id": LONG_ID}),
        ("threads.add_user_message", {"thread_id": LONG_ID, "input": message("x")}),
        ("threads.create", {"input": message("x", attachments=[LONG_ID])}),
    ],
)
def test_a_long_id_is_refused_before_anything_is_done(
    person: Callable[..., Any],
    caplog: pytest.LogCaptureFixture,
    operation: str,
    params: dict[str, Any],
) -> None:
    refused = person().ask(operation, **params)
    assert refused.status_code == 400
    assert LONG_ID not in refused.text
    assert all(len(record.getMessage()) < 500 for record in caplog.records)


def test_a_line_of_the_log_is_not_as_long_as_what_it_tells_of() -> None:
    responses = importlib.import_module(f"{TARGET}.chatkit_runtime.error_responses")
    try:
        raise OSError("x" * 1_000_000)
    except OSError as error:
        text = responses.traceback_of(error)
    assert len(text) < 3000
    assert text.startswith("Traceback")
    assert "OSError: xxx" in text
