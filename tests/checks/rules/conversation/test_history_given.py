"""A server that never loads what was said is found; any way to remember is fine."""

from __future__ import annotations

import pytest

from chatkit_agent.checks.rules.conversation.history_given import history_given
from tests.checks.rules.conftest import Findings

SERVER = """\
from agents import Runner
from chatkit.server import ChatKitServer
class Server(ChatKitServer[dict]):
    async def respond(self, thread, item, context):
        {line}
        yield Runner.run_streamed(agent, "x"{more})
"""
STORE = (
    "from chatkit.store import Store\nclass S(Store[dict]):\n    def load_thread_items(self): ...\n"
)


def test_found(findings: Findings) -> None:
    server = SERVER.format(line="pass", more="")
    (finding,) = findings(history_given, {"app/server.py": server, "app/store.py": STORE})
    assert finding.where == "app/server.py:6"


def test_a_store_in_the_same_file_is_no_server(findings: Findings) -> None:
    server = SERVER.format(line="pass", more="")
    (finding,) = findings(history_given, {"app/server.py": STORE + server})
    assert finding.where == "app/server.py:9"
    loads = SERVER.format(line="items = await self.store.load_thread_items(thread.id)", more="")
    assert not findings(history_given, {"app/server.py": STORE + loads})


@pytest.mark.parametrize(
    ("line", "more"),
    [
        ("items = await self.store.load_thread_items(thread.id)", ""),
        ("pass", ", previous_response_id=last"),
        ("pass", ", session=memory"),
    ],
)
def test_quiet(findings: Findings, line: str, more: str) -> None:
    assert not findings(history_given, {"app/server.py": SERVER.format(line=line, more=more)})


SPELLED = """\
from agents import Runner
from app.words import earlier, say, said
from chatkit.agents import ThreadItemConverter, simple_to_agent_input
from chatkit.server import ChatKitServer
from chatkit.store import Store
MEMORY = {}
converter = ThreadItemConverter()
class Rows(Store[dict]):
    async def load_thread_items(self, thread_id, after, limit, order, context):
        return await super().load_thread_items(thread_id, after, limit, order, context)
class Server(ChatKitServer[dict]):
    def __init__(self, store):
        self.kept = []
    def _only(self, item, thread):
        return say(item)
    async def respond(self, thread, item, context):
        history = session = await db.session()
        # load_thread_items
{body}
"""
WORDS = """\
def say(item):
    return [{"role": "user", "content": item.content[0].text}]
def said(item, thread):
    return f"{thread.id}: {item.content[0].text}"
async def earlier(thread_id):
    return await db.fetch("select data from items where thread_id = $1", thread_id)
"""
RUN = "yield Runner.run_streamed(agent, {given})"
FORGETS = {
    "the message": RUN.format(given="await converter.to_agent_input(item)"),
    "a name": "given = say(item)\n" + RUN.format(given="given"),
    "by keyword": RUN.format(given="input=say(item)"),
    "a method": RUN.format(given="self._only(item, thread)"),
    "no session": RUN.format(given="say(item), session=None"),
    "a session of the database": RUN.format(given="say(item)"),
    "the thread in another place": RUN.format(given="say(item), context=Made(thread=thread)"),
}
KEEPS = {
    "the items": "page = await self.store.load_thread_items(thread.id, None, 9, 'desc', context)\n"
    + RUN.format(given="await simple_to_agent_input(page.data)"),
    "rows of its own": RUN.format(given="[*await earlier(thread.id), *say(item)]"),
    "a name of them": "rows = await earlier(thread.id)\nrows.append(item)\n"
    + RUN.format(given="rows"),
    "memory": "MEMORY.setdefault('x', []).append(item)\n" + RUN.format(given="MEMORY['x']"),
    "its own memory": "self.kept.append(item)\n" + RUN.format(given="self.kept"),
    "an earlier answer": RUN.format(
        given="say(item), previous_response_id=thread.metadata['last']"
    ),
    "a session of the SDK": RUN.format(given="say(item), session=SQLiteSession(thread.id)"),
    "a session by a dict": "more = {'session': SQLiteSession(thread.id)}\n"
    + RUN.format(given="say(item), **more"),
    "what only running tells": RUN.format(given="say(item), **options()"),
}


def spelled(body: str) -> dict[str, str]:
    lines = "".join(f"        {line}\n" for line in body.splitlines())
    return {"app/server.py": SPELLED.replace("{body}\n", lines), "app/words.py": WORDS}


@pytest.mark.parametrize("name", FORGETS)
def test_what_forgets_in_whatever_way(findings: Findings, name: str) -> None:
    assert len(findings(history_given, spelled(FORGETS[name]))) == 1


@pytest.mark.parametrize("name", KEEPS)
def test_what_remembers_in_whatever_way(findings: Findings, name: str) -> None:
    assert not findings(history_given, spelled(KEEPS[name]))
