"""A placeholder without a value is found before it raises; a prompt that is filled is not."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from chatkit_agent.checks.rules.conversation.prompt_filled import prompt_filled
from chatkit_agent.evidence.static import Evidence
from tests.checks.rules.conftest import Findings


def server(prompt: str, call: str) -> dict[str, str]:
    return {
        "app/prompts.py": f"PROMPT = {prompt}\n",
        "app/server.py": "from chatkit.server import ChatKitServer\n"
        "from app.prompts import PROMPT\n"
        f"def instructions(context):\n    return {call}\n",
    }


@pytest.mark.parametrize(
    ("prompt", "call", "error"),
    [
        ('"Hi {name} of {team}"', "PROMPT.format(name=context.name)", "KeyError: 'team'"),
        ("'Answer with {\"ok\": true}'", "PROMPT.format(name=1)", "KeyError: '\"ok\"'"),
        ('"A set is {}, {name}"', "PROMPT.format(name=1)", "IndexError"),
        ('"Open { here"', "PROMPT.format(name=1)", "ValueError"),
        ('"unused"', '"Hi {user.name}".format(username=1)', "KeyError: 'user'"),
    ],
)
def test_found(observed: Callable[..., Evidence], prompt: str, call: str, error: str) -> None:
    (finding,) = prompt_filled.over(observed(server(prompt, call)))
    assert error in finding.what
    assert finding.where == "app/server.py:4"


@pytest.mark.parametrize(
    ("prompt", "call"),
    [
        ('"Hi {name}"', "PROMPT.format(name=context.name, team=1)"),
        ("'Answer {{\"ok\": true}} {0}'", "PROMPT.format(context)"),
        ('"Hi {name} of {team}"', "PROMPT.format(**context)"),
        ('"Hi {name}"', "OTHER.format(team=1)"),
        ('"Hi {name} of {team}"', "PROMPT.replace('{name}', context.name)"),
    ],
)
def test_quiet(observed: Callable[..., Evidence], prompt: str, call: str) -> None:
    assert not list(prompt_filled.over(observed(server(prompt, call))))


LOCAL = """\
from chatkit.server import ChatKitServer
from app.prompts import PROMPT
def instructions(settings, context):
    text = settings.system_prompt or PROMPT
    return text.format(name=context.name)
"""


@pytest.mark.parametrize(
    ("prompt", "variable", "where"),
    [
        ("Hi {name} of {team}", "Hi {name}", "app/server.py:5"),
        ("Hi {name}", "Hi {name} of {team}", ".env:1"),
    ],
)
def test_found_through_a_name(
    observed: Callable[..., Evidence], prompt: str, variable: str, where: str
) -> None:
    files = {"app/prompts.py": f"PROMPT = {prompt!r}\n", "app/server.py": LOCAL}
    seen = observed({**files, ".env": f'CHAT_SYSTEM_PROMPT="{variable}"\n'})
    (finding,) = prompt_filled(seen)
    assert finding.where == where
    assert "KeyError: 'team'" in finding.what


def test_quiet_through_a_name(observed: Callable[..., Evidence]) -> None:
    files = {"app/prompts.py": "PROMPT = 'Hi {name}'\n", "app/server.py": LOCAL}
    assert not list(
        prompt_filled.over(observed({**files, ".env": "CHAT_SYSTEM_PROMPT='Be {name}'\n"}))
    )


MODEL = """\
from agents import Agent
from chatkit.server import ChatKitServer
from app import prompts
from app.prompts import TEXT as PROMPT, filled, raw
class Server(ChatKitServer[dict]):
    PROMPT = "Talk to {name}."
    async def respond(self, thread, item, context):
        yield Agent(name="A", instructions={given})
"""
PROMPTS = """\
TEXT = "Talk to {name}."
def raw(context, agent):
    return TEXT
def filled(context, agent):
    return TEXT.format(name=context.name)
"""


@pytest.mark.parametrize(
    ("given", "count"),
    [
        ('"Talk to {name}."', 1),
        ("PROMPT", 1),
        ("prompts.TEXT", 1),
        ("raw", 1),
        ("raw(context, None)", 1),
        ("self.PROMPT", 1),
        ('"Be kind. " "Talk to {name}."', 1),
        ('f"It is {day}. " "Talk to {name}."', 1),
        ('PROMPT + " Be kind."', 1),
        ("lambda context, agent: PROMPT", 1),
        ('f"Talk to {name}."', 0),
        ('"Talk to {name}.".format(name=1)', 0),
        ("PROMPT.format(name=1)", 0),
        ("filled", 0),
        ("filled(context, None)", 0),
        ('PROMPT.replace("{name}", "Ann")', 0),
        ("Template(PROMPT).render(name=1)", 0),
        (r"'Answer as {\"city\": {name}} or {}.'", 0),
        ("'A <LINE>{line_id}</LINE> tag is a line that the person chose.'", 0),
        ("'Ask /tasks/{task_id} or `{name}` or ${name}.'", 0),
        ('"Talk to people."  # {name}', 0),
    ],
)
def test_a_placeholder_that_nothing_fills(findings: Findings, given: str, count: int) -> None:
    files = {"app/server.py": MODEL.replace("{given}", given), "app/prompts.py": PROMPTS}
    assert len(findings(prompt_filled, files)) == count
