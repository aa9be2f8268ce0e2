"""A token in the prompt is found, however it gets there; the word alone is not."""

from __future__ import annotations

import pytest

from chatkit_agent.checks.rules.tokens.token_out_of_prompt import token_out_of_prompt
from tests.checks.rules.conftest import Findings, spelled

SERVER = """\
from agents import Agent
from chatkit.server import ChatKitServer
PROMPT = "Be kind."
class Server(ChatKitServer[dict]):
    async def respond(self, thread, item, context):
        token = context.token
        yield {agent}
"""


@pytest.mark.parametrize(
    "agent",
    [
        "Agent(name='a', instructions=f'Pass access_token={context.token}.')",
        "Agent(name='a', instructions=PROMPT + token)",
        "Agent(name='a', instructions=PROMPT + context['bearer'])",
        "Agent(name='a', instructions=PROMPT.format(access_token=context.metadata.access_token))",
        "Agent(name='a', instructions=PROMPT.replace('TOKEN', context.token))",
    ],
)
def test_found(findings: Findings, agent: str) -> None:
    found = findings(token_out_of_prompt, {"app/server.py": SERVER.replace("{agent}", agent)})
    assert {each.where for each in found} == {"app/server.py:7"}
    assert {each.cause for each in found} == {"token in prompt"}


@pytest.mark.parametrize(
    "line",
    [
        "agent.instructions = f'{agent.instructions} Pass {context.token or None}.'",
        "said = f'Pass access_token={token}.'; yield Agent(name='a', instructions=said)",
    ],
)
def test_found_where_it_is_set_later(findings: Findings, line: str) -> None:
    server = SERVER.replace("yield {agent}", line)
    (finding,) = findings(token_out_of_prompt, {"app/server.py": server})
    assert finding.where == "app/server.py:7"


def test_found_where_a_function_gives_it(findings: Findings) -> None:
    server = SERVER.replace("{agent}", "Agent(name='a', instructions=made_instructions(context))")
    server += "def made_instructions(context):\n    return PROMPT + f'Pass {context.token}.'\n"
    (finding,) = findings(token_out_of_prompt, {"app/server.py": server})
    assert finding.where == "app/server.py:9"


@pytest.mark.parametrize(
    "agent",
    [
        "Agent(name='a', instructions='Never show a token.')",
        "Agent(name='a', instructions=f'Signed in: {bool(token)}')",
        "URL.format(token=token)",
    ],
)
def test_quiet(findings: Findings, agent: str) -> None:
    server = SERVER.replace("{agent}", agent)
    assert not findings(token_out_of_prompt, {"app/server.py": server})


SPELLINGS: list[tuple[str, dict[str, str], bool]] = [
    (
        "straight",
        spelled(
            "a = Agent(name='a', instructions=f'Pass {context.token}.')",
            imports="from agents import Agent",
        ),
        True,
    ),
    (
        "alias",
        spelled(
            "a = A(name='a', instructions=f'Pass {context.token}.')",
            imports="from agents import Agent as A",
        ),
        True,
    ),
    (
        "module",
        spelled(
            "a = agents.Agent(name='a', instructions=f'Pass {context.token}.')",
            imports="import agents",
        ),
        True,
    ),
    (
        "var",
        spelled(
            "text = f'Pass {context.token}.'\n        a = Agent(name='a', instructions=text)",
            imports="from agents import Agent",
        ),
        True,
    ),
    (
        "var token",
        spelled(
            "v = context.token\n        a = Agent(name='a', instructions=f'Pass {v}.')",
            imports="from agents import Agent",
        ),
        True,
    ),
    (
        "helper",
        spelled(
            "a = Agent(name='a', instructions=make(context))",
            imports="from agents import Agent",
            more="def make(c):\n    return f'Pass {c.token}'",
        ),
        True,
    ),
    (
        "helper param",
        spelled(
            "a = Agent(name='a', instructions=make(context.token))",
            imports="from agents import Agent",
            more="def make(v):\n    return 'Pass ' + v",
        ),
        True,
    ),
    (
        "helper file",
        spelled(
            "a = Agent(name='a', instructions=make(context.token))",
            imports="from agents import Agent\nfrom app.words import make",
            **{"app/words.py": "def make(v):\n    return f'Pass {v}'\n"},
        ),
        True,
    ),
    (
        "function",
        spelled(
            "a = Agent(name='a', instructions=make)",
            imports="from agents import Agent",
            more="def make(wrapper, agent):\n    return f'Pass {wrapper.context.request_context.token}'",
        ),
        True,
    ),
    (
        "lambda",
        spelled(
            "a = Agent(name='a', instructions=lambda w, a: f'Pass {w.context.token}')",
            imports="from agents import Agent",
        ),
        True,
    ),
    (
        "format",
        spelled(
            "a = Agent(name='a', instructions=TEXT.format(t=context.token))",
            imports="from agents import Agent",
            top="TEXT = 'pass {t}'",
        ),
        True,
    ),
    (
        "replace",
        spelled(
            "a = Agent(name='a', instructions=TEXT.replace('T', context.token))",
            imports="from agents import Agent",
            top="TEXT = 'pass T'",
        ),
        True,
    ),
    (
        "percent",
        spelled(
            "a = Agent(name='a', instructions='pass %s' % context.token)",
            imports="from agents import Agent",
        ),
        True,
    ),
    (
        "join",
        spelled(
            "a = Agent(name='a', instructions=' '.join(['pass', context.token]))",
            imports="from agents import Agent",
        ),
        True,
    ),
    (
        "template",
        spelled(
            "a = Agent(name='a', instructions=Template(TEXT).substitute(t=context.token))",
            imports="from agents import Agent\nfrom string import Template",
            top="TEXT = 'pass $t'",
        ),
        True,
    ),
    ("set later", spelled("agent.instructions = f'{context.token}'"), True),
    ("augmented", spelled("agent.instructions += f'{context.token}'"), True),
    ("clone", spelled("a = agent.clone(instructions=f'{context.token}')"), True),
    (
        "var aug",
        spelled(
            "text = 'Be kind.'\n        text += f' {context.token}'\n        a = Agent(name='a', instructions=text)",
            imports="from agents import Agent",
        ),
        True,
    ),
    (
        "list appended",
        spelled(
            "parts = ['Be kind.']\n        parts.append(f'{context.token}')\n        a = Agent(name='a', instructions=' '.join(parts))",
            imports="from agents import Agent",
        ),
        True,
    ),
    (
        "system message",
        spelled(
            "r = await client.responses.create(model='m', input=[{'role': 'system', 'content': f'{context.token}'}])"
        ),
        True,
    ),
    (
        "raw instructions",
        spelled(
            "r = await client.responses.create(model='m', instructions=f'Use {context.token}')"
        ),
        True,
    ),
    (
        "method",
        spelled(
            "a = Agent(name='a', instructions=self.words(context))",
            imports="from agents import Agent",
            more="    def words(self, context):\n        return f'Use {context.token}'",
        ),
        True,
    ),
    (
        "partial",
        spelled(
            "a = Make(instructions=f'Use {context.token}')",
            imports="from agents import Agent\nfrom functools import partial",
            top="Make = partial(Agent, name='a')",
        ),
        True,
    ),
    (
        "comment",
        spelled(
            "a = Agent(name='a', instructions='x')  # context.token",
            imports="from agents import Agent",
        ),
        False,
    ),
    (
        "bool",
        spelled(
            "a = Agent(name='a', instructions=f'{bool(context.token)}')",
            imports="from agents import Agent",
        ),
        False,
    ),
    (
        "user by token",
        spelled(
            "a = Agent(name='a', instructions=f'{(await find_user(context.token)).name}')",
            imports="from agents import Agent",
        ),
        False,
    ),
    ("url", spelled("u = URL.format(token=context.token)"), False),
    ("header", spelled("h = {'Authorization': f'Bearer {context.token}'}"), False),
    (
        "own Agent class",
        spelled(
            "a = Agent(instructions=context.token)",
            top="class Agent:\n    def __init__(self, instructions): ...",
        ),
        False,
    ),
    ("tool argument", spelled("r = await call_tool({'access_token': context.token})"), False),
    (
        "image prompt",
        spelled(
            "prompt = build(item)\n        a = Agent(name='a', instructions=prompt)",
            imports="from agents import Agent",
            more="def build(item):\n    return 'Be kind.'",
        ),
        False,
    ),
    (
        "prompt named unrelated",
        spelled(
            "prompt = headers_of(context.token)",
            more="def headers_of(t):\n    return {'Authorization': t}",
        ),
        False,
    ),
    (
        "max token",
        spelled(
            "a = Agent(name='a', instructions=f'Use at most {limit} words')",
            imports="from agents import Agent",
            top="limit = 5",
        ),
        False,
    ),
]


@pytest.mark.parametrize(("name", "files", "is_found"), SPELLINGS, ids=[e[0] for e in SPELLINGS])
def test_spelled_otherwise(
    findings: Findings, name: str, files: dict[str, str], is_found: bool
) -> None:
    assert bool(findings(token_out_of_prompt, files)) == is_found
