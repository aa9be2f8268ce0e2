"""What a person reads of a call before they answer."""

from __future__ import annotations

import importlib
from typing import Any

import pytest

from .conftest import TARGET


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        ({"task_id": 2}, "Task ID: 2"),
        ({"taskId": "2"}, "Task ID: 2"),
        ({"due-date": None}, "Due date: null"),
        ({"avoid": True}, "Avoid: true"),
        ({"callback_url": "https://x.example"}, "Callback URL: https://x.example"),
        ({"tags": ["é", "b"]}, 'Tags: ["é", "b"]'),
        ({"_": 1}, "_: 1"),
    ],
)
def test_arguments_are_shown_as_people_write(arguments: dict[str, Any], line: str) -> None:
    approvals = importlib.import_module(f"{TARGET}.chatkit_runtime.approvals")
    assert approvals.lines_of(arguments) == [line]
