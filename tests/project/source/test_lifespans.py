"""What a lifespan yields, which every request has in its `state`."""

from __future__ import annotations

import pytest

from chatkit_agent.project.source.lifespans import shared_state
from tests.project.source.conftest import Project


@pytest.mark.parametrize(
    ("code", "names"),
    [
        ("async def lifespan(app):\n    yield {'pool': 1, 'model': 2}\n", {"pool", "model"}),
        ("async def begin(app):\n    yield State(pool=1)\nFastAPI(lifespan=begin)\n", {"pool"}),
        ("async def lifespan(app):\n    async with made() as it:\n        yield it\n", set()),
        ("async def lifespan(app):\n    yield\n", set()),
        ("def other():\n    yield {'user': 1}\nFastAPI(lifespan=begin)\n", set()),
    ],
)
def test_what_is_the_same_for_every_request(code: str, names: set[str], project: Project) -> None:
    assert shared_state(project({"main.py": code}).sources) == names
