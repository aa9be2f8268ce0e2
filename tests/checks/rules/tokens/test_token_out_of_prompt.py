"""A token in the prompt is found, however it gets there; the word alone is not."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from chatkit_agent.checks.finding import Finding
from chatkit_agent.checks.rules.tokens.token_out_of_prompt import token_out_of_prompt

Findings = Callable[..., list[Finding]]
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
        "PROMPT.replace('TOKEN', context.token)",
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
        "system_prompt = f'Pass access_token={token}.'",
    ],
)
def test_found_where_it_is_set_later(findings: Findings, line: str) -> None:
    server = SERVER.replace("yield {agent}", line)
    (finding,) = findings(token_out_of_prompt, {"app/server.py": server})
    assert finding.where == "app/server.py:7"


def test_found_where_a_function_gives_it(findings: Findings) -> None:
    server = SERVER.replace("{agent}", "made_instructions(context)")
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
