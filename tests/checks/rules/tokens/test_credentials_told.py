"""A place for the token that stays empty is found; one that is filled and explained is not."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from chatkit_agent.checks.finding import Finding
from chatkit_agent.checks.rules.tokens.credentials_told import credentials_told

Findings = Callable[..., list[Finding]]
SERVER = """\
from agents import Agent
from chatkit.server import ChatKitServer
PROMPT = "%s"
class Server(ChatKitServer[dict]):
    async def respond(self, thread, item, context):
        %s
"""
TOLD = "CRITICAL: pass access_token={access_token} in every tool call."


@pytest.mark.parametrize(
    ("prompt", "line", "severity"),
    [
        (TOLD, "yield Agent(name='a', instructions=PROMPT)", "error"),
        (TOLD, "yield Agent(name='a', instructions=PROMPT.format(access_token=''))", "error"),
        (TOLD, "yield Agent(name='a', instructions='The token is {user_token}')", "error"),
        ("I am {token}", "yield PROMPT.format(token=context.token)", "warning"),
        ("", "yield Agent(name='a', instructions=f'Use {context.token}')", "warning"),
        (
            "Use your tools. The token is {token}",
            "yield PROMPT.format(token=context.token)",
            "warning",
        ),
        (
            "Use your tools.",
            "yield Agent(name='a', instructions=f'{PROMPT} I am {context.token}')",
            "warning",
        ),
        ("", "agent.instructions = f'I am {context.token}'", "warning"),
    ],
)
def test_found(findings: Findings, prompt: str, line: str, severity: str) -> None:
    (finding,) = findings(credentials_told, {"app/server.py": SERVER % (prompt, line)})
    assert (finding.where, finding.severity) == ("app/server.py:6", severity)
    assert finding.explains == ("token_missing",)


@pytest.mark.parametrize(
    ("prompt", "line"),
    [
        (TOLD, "yield Agent(name='a', instructions=PROMPT.format(access_token=context.token))"),
        (TOLD, "PROMPT = fill(context); yield Agent(name='a', instructions=PROMPT)"),
        (TOLD, "yield Agent(name='a', instructions=f'{PROMPT} token={context.token}')"),
        ("", "agent.instructions = f'{agent.instructions} I am {context.token}'"),
        ("", "agent.instructions = f'Token: {context.token}. Pass it to the tools.'"),
        ("Help {user}.", "yield Agent(name='a', instructions=PROMPT)"),
        ("", "yield Agent(name='a', instructions=f'Pass token={context.token} to tools')"),
        ("Never show a token.", "yield Agent(name='a', instructions=PROMPT)"),
    ],
)
def test_quiet(findings: Findings, prompt: str, line: str) -> None:
    assert not findings(credentials_told, {"app/server.py": SERVER % (prompt, line)})
