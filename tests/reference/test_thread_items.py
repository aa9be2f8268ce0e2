"""What the model remembers: calls with their results, and no workflows."""

from __future__ import annotations

import importlib
import json
from datetime import datetime, timezone
from types import ModuleType
from typing import Any

import pytest
from chatkit.types import HiddenContextItem, UserMessageItem, WorkflowItem

from .conftest import TARGET


@pytest.fixture
def thread_items(services: ModuleType) -> ModuleType:
    return importlib.import_module(f"{TARGET}.chatkit_runtime.thread_items")


NOW = datetime.now(timezone.utc)
PLACE: dict[str, Any] = {"thread_id": "thr", "created_at": NOW}


@pytest.mark.parametrize("arguments", ["", "{", "[1]", json.dumps({"a": "x" * 9000})])
def test_a_remembered_call_is_valid_whatever_the_model_wrote(
    thread_items: ModuleType, arguments: str
) -> None:
    order = importlib.import_module(f"{TARGET}.chatkit_runtime.message_order")
    kept = thread_items.remembered_call("add", order.arguments_of(arguments))
    assert isinstance(json.loads(kept["arguments"]), dict)
    assert len(kept["arguments"]) < 5000


@pytest.mark.anyio
async def test_calls_come_with_their_results_and_workflows_not_at_all(
    thread_items: ModuleType,
) -> None:
    call = {**thread_items.remembered_call("add", {"title": "milk"}), "result": "added"}
    items = [
        HiddenContextItem(id="tc_1", content=call, **PLACE),
        WorkflowItem.model_validate(
            {"id": "wf_1", "workflow": {"type": "custom", "tasks": []}, **PLACE}
        ),
        UserMessageItem.model_validate(
            {
                "id": "msg_1",
                "content": [
                    {"type": "input_text", "text": "For "},
                    {"type": "input_tag", "id": "t", "text": "Ann", "data": {"id": 7}},
                ],
                "inference_options": {},
                **PLACE,
            }
        ),
    ]
    sent = await thread_items.HISTORY.to_agent_input(items)
    assert [one.get("type") for one in sent[:2]] == ["function_call", "function_call_output"]
    assert sent[0]["call_id"] == sent[1]["call_id"] != "tc_1"
    assert sent[1]["output"] == "added"
    assert "For @Ann" in str(sent[2])
    assert '@Ann: {"id": 7}' in str(sent[3])
