"""The oldest items only, and a history that is not turned round, are told."""

from __future__ import annotations

import pytest

from chatkit_agent.checks.rules.conversation.newest_items_given import newest_items_given
from tests.checks.rules.conftest import TURN, Findings


@pytest.mark.parametrize(
    "line",
    [
        'page = await self.store.load_thread_items(thread.id, None, 20, "asc", context)\n        Runner.run_streamed(agent, await simple_to_agent_input(page.data))',
        "page = await self.store.load_thread_items(thread.id, after=None, limit=FEW, order=ORDER, context=context)\n        Runner.run_streamed(agent, await simple_to_agent_input(page.data))",
        'page = await self.store.load_thread_items(thread.id, None, 20, "desc", context)\n        Runner.run_streamed(agent, await simple_to_agent_input(page.data))  # reversed',
    ],
)
def test_found(findings: Findings, line: str) -> None:
    found = findings(newest_items_given, {"app/server.py": TURN.replace("{line}", line)})
    assert len(found) == 1
    assert found[0].where.startswith("app/server.py:")


@pytest.mark.parametrize(
    "line",
    [
        'page = await self.store.load_thread_items(thread.id, None, 20, "desc", context)\n        Runner.run_streamed(agent, await simple_to_agent_input(list(reversed(page.data))))',
        'page = await self.store.load_thread_items(thread.id, None, 20, "desc", context)\n        Runner.run_streamed(agent, await simple_to_agent_input(page.data[::-1]))',
        'page = await self.store.load_thread_items(thread.id, None, 1000, "asc", context)\n        Runner.run_streamed(agent, await simple_to_agent_input(page.data))',
        'page = await self.store.load_thread_items(thread.id, None, 1, "asc", context)\n        self.title(page.data[0])',
    ],
)
def test_quiet(findings: Findings, line: str) -> None:
    assert not findings(newest_items_given, {"app/server.py": TURN.replace("{line}", line)})


SPELLED = """\
from agents import Runner
from chatkit.agents import simple_to_agent_input as given
from chatkit.server import ChatKitServer
from app import pages
from app.pages import latest, ordered, shown
MOST = 20
class Server(ChatKitServer[dict]):
    FEW = 10
    async def _page(self, thread, context):
        return await self.store.load_thread_items(thread.id, None, MOST, "desc", context)
    async def respond(self, thread, item, context):
        tools = sorted(TOOLS)
        # reversed(page.data)
{body}
"""
PAGES = """\
async def latest(store, thread_id, context):
    page = await store.load_thread_items(thread_id, None, 30, "desc", context)
    return list(reversed(page.data))
def ordered(items):
    return sorted(items, key=lambda each: each.created_at)
def shown(items):
    return list(items)
"""
LOAD = "page = await self.store.load_thread_items(thread.id, None, {limit}, '{order}', context)\n"
NEWEST, OLDEST = LOAD.format(limit=20, order="desc"), LOAD.format(limit=20, order="asc")
RUN = "Runner.run_streamed(agent, await given({given}))"
WRONG = {
    "backwards": NEWEST + RUN.format(given="page.data"),
    "a class attribute": LOAD.format(limit="self.FEW", order="asc") + RUN.format(given="page.data"),
    "from a method": "page = await self._page(thread, context)\n" + RUN.format(given="page.data"),
    "through a helper": NEWEST + RUN.format(given="shown(page.data)"),
    "in a list": NEWEST + "items = [each for each in page.data]\n" + RUN.format(given="items"),
    "others are sorted": NEWEST + "names = sorted(TOOLS)\n" + RUN.format(given="page.data"),
    "the oldest": OLDEST + RUN.format(given="page.data"),
    "by keywords": "page = await self.store.load_thread_items(order='asc', limit=MOST, "
    "thread_id=thread.id, after=None, context=context)\n" + RUN.format(given="page.data"),
}
RIGHT = {
    "turned": NEWEST + RUN.format(given="list(reversed(page.data))"),
    "turned by a slice": NEWEST + "items = page.data[::-1]\n" + RUN.format(given="items"),
    "turned in place": NEWEST + "page.data.reverse()\n" + RUN.format(given="page.data"),
    "a name turned in place": NEWEST
    + "all_ = page.data\nall_.reverse()\n"
    + RUN.format(given="all_"),
    "sorted": NEWEST + RUN.format(given="sorted(page.data, key=lambda e: e.created_at)"),
    "sorted by a helper of another module": NEWEST + RUN.format(given="ordered(page.data)"),
    "one after the other": NEWEST + "items = deque()\nfor each in page.data:\n"
    "    items.appendleft(each)\n" + RUN.format(given="items"),
    "put before": NEWEST
    + "items = []\nfor each in page.data:\n    items.insert(0, each)\n"
    + RUN.format(given="items"),
    "from a method, turned": "page = await self._page(thread, context)\n"
    + RUN.format(given="page.data[::-1]"),
    "from another module": "items = await latest(self.store, thread.id, context)\n"
    + RUN.format(given="items"),
    "by its module": "items = await pages.latest(self.store, thread.id, context)\n"
    + RUN.format(given="items"),
    "the last one only": LOAD.format(limit=1, order="desc") + RUN.format(given="page.data"),
    "for another use": NEWEST + "count = len(page.data)\n" + RUN.format(given="[item]"),
    "many": LOAD.format(limit=500, order="asc") + RUN.format(given="page.data"),
    "page by page": "after, items = None, []\nwhile True:\n    page = await self.store."
    "load_thread_items(thread.id, after, 50, 'asc', context)\n    items += page.data\n"
    "    if not page.has_more:\n        break\n    after = page.after\n"
    + RUN.format(given="items"),
}


def spelled(body: str) -> dict[str, str]:
    lines = "".join(f"        {line}\n" for line in body.splitlines())
    return {"app/server.py": SPELLED.replace("{body}\n", lines), "app/pages.py": PAGES}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_order_in_whatever_way(findings: Findings, name: str) -> None:
    assert len(findings(newest_items_given, spelled(WRONG[name]))) == 1


@pytest.mark.parametrize("name", RIGHT)
def test_a_right_order_in_whatever_way(findings: Findings, name: str) -> None:
    assert not findings(newest_items_given, spelled(RIGHT[name]))
