"""The SDK's types are built before the first request comes."""

from __future__ import annotations

import json
import subprocess
import sys

from .conftest import TARGET
from .conversations import an_answer

# As after a restart: nothing was made in this process yet, and a page of items is asked for.
AFTER_A_RESTART = f"""
import sys
from {TARGET}.chatkit_store.postgres_store import ITEMS
from chatkit.types import Page
page = Page(data=ITEMS.validate_json(sys.argv[1]))
print(page.model_dump_json())
"""
UNBUILT = f"""
from pydantic import BaseModel
import {TARGET}.chatkit_store

def below(kind):
    for each in kind.__subclasses__():
        yield each
        yield from below(each)

for kind in below(BaseModel):
    if kind.__module__.startswith("chatkit.") and not kind.__pydantic_complete__:
        if "[" not in kind.__name__:
            print(kind.__module__, kind.__name__)
"""


def run(script: str, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", script, *arguments], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_items_are_written_by_a_process_that_made_none() -> None:
    item = an_answer("msg_1")
    page = json.loads(run(AFTER_A_RESTART, f"[{item.model_dump_json()}]"))
    assert [each["id"] for each in page["data"]] == ["msg_1"]


def test_no_type_is_left_for_its_first_use() -> None:
    assert run(UNBUILT) == ""
