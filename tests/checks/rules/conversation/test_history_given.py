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


TURN_OF_TWO = """\
from agents import Runner
from chatkit.agents import simple_to_agent_input
from chatkit.server import ChatKitServer
from app.words import words_of
class Server(ChatKitServer[dict]):
    async def respond(self, thread, message, context):
        page = await self.store.load_thread_items(thread.id, None, 20, "desc", context)
        {line}
        async for event in self.run(thread, message, context, read):
            yield event
    async def run(self, thread, message, context, read):
        found = await self.history(thread, context)
        yield Runner.run_streamed(agent, read, context=context)
    async def history(self, thread, context):
        page = await self.store.load_thread_items(thread.id, None, 20, "desc", context)
        return list(reversed(page.data))
"""
WORDS = """\
def words_of(message):
    return {"role": "user", "content": message.content[0].text}
"""


def of_two(line: str) -> dict[str, str]:
    return {"app/server.py": TURN_OF_TWO.format(line=line), "app/words.py": WORDS}


@pytest.mark.parametrize(
    "line",
    [
        "read = await simple_to_agent_input([*page.data, message])",
        "read = [*reversed(page.data), message]",
        "page.data.append(message); read = page.data",
        "read = await self.history(thread, context); read.append(message)",
        "items = page.data[-10:]; read = items + [message]",
        "read = await simple_to_agent_input(page.data) + [words_of(message)]",
        "said = words_of(message); read = page.data + [said]",
    ],
)
def test_found_where_the_question_is_read_twice(findings: Findings, line: str) -> None:
    (finding,) = findings(history_given, of_two(line))
    assert finding.cause == "question twice"


@pytest.mark.parametrize(
    "line",
    [
        "read = await simple_to_agent_input(page.data)",
        "read = page.data  # + [message]",
        "read = page.data[1:] + [message]",
        "read = [each for each in page.data if each.id != message.id] + [message]",
        "read = page.data if message.id in seen else page.data + [message]",
        "read = [message]",
        "read = page.data + [{'role': 'system', 'content': await facts_on(message)}]",
        "page = await self.store.load_thread_items(thread.id, None, 1, 'desc', context); read = [message]",
    ],
)
def test_quiet_where_it_is_read_once(findings: Findings, line: str) -> None:
    assert not findings(history_given, of_two(line))


@pytest.mark.parametrize(
    ("read", "count"),
    [
        ("page.data[-1:]", 1),
        ("await simple_to_agent_input(page.data[-1:])", 1),
        ("page.data[-10:]", 0),
        ("page.data[::-1]", 0),
        ("[*page.data[:-1], *page.data[-1:]]", 0),
    ],
)
def test_found_where_only_the_last_item_is_read(findings: Findings, read: str, count: int) -> None:
    line = f"result = Runner.run_streamed(agent, {read}); read = page.data"
    found = findings(history_given, of_two(line))
    assert [each.cause for each in found] == ["no history"] * count


CLIENT = """\
import litellm
from chatkit.server import ChatKitServer
from openai import AsyncOpenAI
client = AsyncOpenAI()
chat = client.chat.completions
def said(item):
    return {"role": item.type, "content": item.content[0].text}
class Server(ChatKitServer[dict]):
    async def respond(self, thread, item, context):
        page = await self.store.load_thread_items(thread.id, None, 20, "desc", context)
        history, text = [said(each) for each in reversed(page.data)], item.content[0].text
        yield await {line}
    async def ask(self, messages):
        return await chat.create(model="m", messages=messages)
    async def ask_more(self, history, question):
        return await client.responses.create(model="m", input=[*history, said(question)])
"""


@pytest.mark.parametrize(
    ("count", "line"),
    [
        (1, "chat.create(messages=[*history, {'role': 'user', 'content': text}])"),
        (1, "client.responses.create(input=[*history, said(item)])"),
        (1, "litellm.acompletion(model='m', messages=history + [said(item)])"),
        (1, "self.ask([*history, said(item)])"),
        (1, "self.ask_more(history, item)"),
        (0, "chat.create(messages=history)"),
        (0, "chat.create(messages=[{'role': 'system', 'content': 'Be kind'}, *history])"),
        (0, "chat.create(messages=[*history[:-1], said(item)])"),
        (0, "chat.create(messages=[*(e for e in history if e['id'] != item.id), said(item)])"),
        (0, "client.moderations.create(input=text)"),
        (0, "chat.create(messages=history, user=item.id)"),
        (0, "title(chat.create(messages=[said(item)]), chat.create(messages=history))"),
        (0, "self.ask(history)  # self.ask([*history, said(item)])"),
    ],
)
def test_a_question_that_a_providers_client_is_given_twice(
    findings: Findings, count: int, line: str
) -> None:
    files = {"app/server.py": CLIENT.replace("{line}", line)}
    assert [each.cause for each in findings(history_given, files)] == ["question twice"] * count
