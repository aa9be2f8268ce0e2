"""History in the system prompt is found, however it gets there; what the owner wrote is not."""

from __future__ import annotations

import pytest

from chatkit_agent.checks.rules.conversation.instructions_of_ours import instructions_of_ours
from tests.checks.rules.conftest import Findings

SERVER = """\
from agents import Agent
from chatkit.agents import simple_to_agent_input
from chatkit.server import ChatKitServer
from app.prompts import PROMPT, filled, language, lines
A = Agent
class Server(ChatKitServer[dict]):
    async def respond(self, thread, item, context):
        page = await self.store.load_thread_items(thread.id, None, 20, "desc", context)
        said = await simple_to_agent_input(page.data)
        {line}
        yield agent
    def made(self, text="", today=""):
        return Agent(name="a", instructions=f"Help. {{text}}", tools=[])
"""
PROMPTS = """\
PROMPT = "Help {name}. {history}"
def filled(history, name=""):
    return PROMPT.format(name=name, history=history)
def lines(page):
    found = []
    for each in page.data:
        found.append(each.content[0].text)
    return "\\n".join(found)
def language(text):
    return "de" if "ja" in text else "en"
"""


@pytest.mark.parametrize(
    ("count", "line"),
    [
        (1, "agent = Agent(name='a', instructions=PROMPT.format(name=1, history=said))"),
        (1, "agent = Agent('a', instructions='Help. ' + str(page.data))"),
        (1, "agent = A(instructions=f'Help. {item.content[0].text}', name='a')"),
        (1, "last = item; agent = A(name='a', instructions=filled(last))"),
        (1, "agent = A(name='a', **{'instructions': filled(name='x', history=lines(page))})"),
        (1, "prompt = filled(lines(page)); agent = self.made(prompt)"),
        (1, "agent = self.made(text=lines(page))"),
        (1, "agent = BASE.clone(instructions='%s' % said)"),
        (1, "agent = BASE.clone(); agent.instructions = '\\n'.join(each.text for each in said)"),
        (1, "agent = A(name='a', instructions=lambda c, a: f'Help. {said}')"),
        (0, "agent = A(name='a', instructions=PROMPT.format(name=1, history='none'))"),
        (0, "history = MANUAL; agent = A(name='a', instructions=f'Help. {history}')"),
        (0, "agent = A(name='a', instructions=f'Help. {len(said)} lines, {thread.id} {item.id}')"),
        (0, "agent = A(name='a', instructions=f'Answer in {language(item.content)}.')"),
        (0, "agent = A(name='a', instructions='Long.' if len(page.data) > 3 else 'Short.')"),
        (0, "agent = A(name='a', instructions=filled('', name=context['user']))"),
        (0, "title = A(name=str(said)); agent = self.made(today=said)  # instructions=said"),
        (0, "log('{}'.format(said)); agent = self.made()"),
        (0, "agent = BASE; messages = said"),
    ],
)
def test_spelled(findings: Findings, count: int, line: str) -> None:
    files = {"app/server.py": SERVER.replace("{line}", line).replace("{{", "{").replace("}}", "}")}
    assert len(findings(instructions_of_ours, {**files, "app/prompts.py": PROMPTS})) == count


def test_quiet_in_a_function_that_nobody_calls(findings: Findings) -> None:
    old = "import chatkit\nfrom agents import Agent\ndef old(store):\n    said = store.load_thread_items(1)\n"
    old += "    return Agent(name='a', instructions=str(said))\n"
    assert not findings(instructions_of_ours, {"app/old.py": old})


GIVEN = """\
from agents import Agent
from chatkit.server import ChatKitServer
async def told(run, agent):
    page = await run.context.store.load_thread_items(run.context.thread.id, None, 9, "desc", run)
    return "Help." + {more}
agent = Agent(name="a", instructions=told)
class Server(ChatKitServer[dict]): ...
"""


@pytest.mark.parametrize(("more", "count"), [("str(page.data)", 1), ("str(len(page.data))", 0)])
def test_a_function_that_makes_them(findings: Findings, more: str, count: int) -> None:
    found = findings(instructions_of_ours, {"app/server.py": GIVEN.format(more=more)})
    assert len(found) == count
