"""However a turn ends, no task of it stays behind in the server."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest

OURS = ("EventQueue", "__anext__", "_run", "ThreadLock", "_merge")


def tasks_of_turns(alice: Any) -> list[str]:
    tasks: list[str] = alice.http.get("/tasks").json()
    return [task for task in tasks if any(word in task for word in OURS) and "uvicorn" not in task]


BEHAVIOURS: dict[str, dict[str, int]] = {
    "answered": {},
    "stopped": {},
    "failed": {"status": 500},
    "broken off": {"break_after": 3},
}


@pytest.mark.parametrize("ending", BEHAVIOURS)
def test_no_task_is_left(
    chat_process: Callable[..., Any], make_person: Any, offline_model: Any, ending: str
) -> None:
    alice = make_person(chat_process().url)
    before = tasks_of_turns(alice)
    offline_model.behave(seconds_per_word=0.05, **BEHAVIOURS[ending])
    with alice.saying("Good day") as events:
        for number, _ in enumerate(events):
            if ending == "stopped" and number == 8:
                break
    alice.http.close()
    alice = make_person(str(alice.http.base_url))
    until = time.monotonic() + 5
    while tasks_of_turns(alice) != before and time.monotonic() < until:
        time.sleep(0.1)
    assert tasks_of_turns(alice) == before
