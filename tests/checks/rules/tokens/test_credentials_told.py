"""A place for the token that stays empty is found; one that is filled and explained is not."""

from __future__ import annotations

import pytest

from chatkit_agent.checks.rules.tokens.credentials_told import credentials_told
from tests.checks.rules.conftest import Findings, spelled

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
        (
            "I am {token}",
            "yield Agent(name='a', instructions=PROMPT.format(token=context.token))",
            "warning",
        ),
        ("", "yield Agent(name='a', instructions=f'Use {context.token}')", "warning"),
        (
            "Use your tools. The token is {token}",
            "yield Agent(name='a', instructions=PROMPT.format(token=context.token))",
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


AG = "from agents import Agent"

SPELLINGS: list[tuple[str, dict[str, str], bool]] = [
    (
        "unfilled",
        spelled("a = Agent(name='a', instructions=PROMPT)", AG, f"PROMPT = '{TOLD}'"),
        True,
    ),
    (
        "unfilled alias",
        spelled(
            "a = A(name='a', instructions=PROMPT)",
            "from agents import Agent as A",
            f"PROMPT = '{TOLD}'",
        ),
        True,
    ),
    (
        "unfilled other file",
        spelled(
            "a = Agent(name='a', instructions=PROMPT)",
            AG + "\nfrom app.words import PROMPT",
            **{"app/words.py": f"PROMPT = '{TOLD}'\n"},
        ),
        True,
    ),
    (
        "unfilled class attr",
        spelled("a = Agent(name='a', instructions=self.PROMPT)", AG, more=f"    PROMPT = '{TOLD}'"),
        True,
    ),
    (
        "unfilled helper",
        spelled(
            "a = Agent(name='a', instructions=words())",
            AG,
            more=f"def words():\n    return '{TOLD}'",
        ),
        True,
    ),
    (
        "unfilled var",
        spelled(
            "text = PROMPT\n        a = Agent(name='a', instructions=text)",
            AG,
            f"PROMPT = '{TOLD}'",
        ),
        True,
    ),
    (
        "unfilled concat",
        spelled(
            "a = Agent(name='a', instructions=BASE + PROMPT)",
            AG,
            f"BASE = 'Hi. '\nPROMPT = '{TOLD}'",
        ),
        True,
    ),
    (
        "filled empty",
        spelled(
            "a = Agent(name='a', instructions=PROMPT.format(access_token=''))",
            AG,
            f"PROMPT = '{TOLD}'",
        ),
        True,
    ),
    (
        "filled None var",
        spelled(
            "none = None\n        a = Agent(name='a', instructions=PROMPT.format(access_token=none))",
            AG,
            f"PROMPT = '{TOLD}'",
        ),
        True,
    ),
    (
        "filled empty const",
        spelled(
            "a = Agent(name='a', instructions=PROMPT.format(access_token=NOTHING))",
            AG,
            f"NOTHING = ''\nPROMPT = '{TOLD}'",
        ),
        True,
    ),
    ("untold", spelled("a = Agent(name='a', instructions=f'I am {context.token}')", AG), True),
    (
        "untold var",
        spelled(
            "text = f'I am {context.token}'\n        a = Agent(name='a', instructions=text)", AG
        ),
        True,
    ),
    (
        "untold token var",
        spelled("v = context.token\n        a = Agent(name='a', instructions=f'I am {v}')", AG),
        True,
    ),
    (
        "untold helper",
        spelled(
            "a = Agent(name='a', instructions=words(context))",
            AG,
            more="def words(c):\n    return f'I am {c.token}'",
        ),
        True,
    ),
    (
        "untold dynamic",
        spelled(
            "a = Agent(name='a', instructions=words)",
            AG,
            more="def words(w, a):\n    return f'I am {w.context.token}'",
        ),
        True,
    ),
    (
        "untold concat",
        spelled("a = Agent(name='a', instructions='I am ' + context.token)", AG),
        True,
    ),
    (
        "untold format",
        spelled(
            "a = Agent(name='a', instructions=PROMPT.format(t=context.token))",
            AG,
            "PROMPT = 'I am {t}'",
        ),
        True,
    ),
    (
        "told",
        spelled(
            "a = Agent(name='a', instructions=PROMPT.format(access_token=context.token))",
            AG,
            f"PROMPT = '{TOLD}'",
        ),
        False,
    ),
    (
        "told fstring",
        spelled("a = Agent(name='a', instructions=f'Pass {context.token} to each tool.')", AG),
        False,
    ),
    ("comment", spelled("a = Agent(name='a', instructions='Help.')  # {access_token}", AG), False),
    (
        "not a prompt",
        spelled("u = URL.format(token=context.token)", AG, "URL = 'https://x/{token}'"),
        False,
    ),
    ("other place", spelled("a = Agent(name='a', instructions='Help {user}.')", AG), False),
    (
        "format elsewhere",
        spelled(
            "text = PROMPT.format(access_token=context.token)\n        a = Agent(name='a', instructions=text)",
            AG,
            f"PROMPT = '{TOLD}'",
        ),
        False,
    ),
    (
        "replace filled",
        spelled(
            "a = Agent(name='a', instructions=PROMPT.replace('{access_token}', context.token))",
            AG,
            f"PROMPT = '{TOLD}'",
        ),
        False,
    ),
]


@pytest.mark.parametrize(("name", "files", "is_found"), SPELLINGS, ids=[e[0] for e in SPELLINGS])
def test_spelled_otherwise(
    findings: Findings, name: str, files: dict[str, str], is_found: bool
) -> None:
    assert bool(findings(credentials_told, files)) == is_found
