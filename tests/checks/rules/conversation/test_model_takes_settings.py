"""A sampling setting for a reasoning model is found; for another model, or none, it is not."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from chatkit_agent.checks.finding import Finding
from chatkit_agent.checks.rules.conversation.model_takes_settings import model_takes_settings

Findings = Callable[..., list[Finding]]
SERVER = """\
from agents import Agent, ModelSettings
from chatkit.server import ChatKitServer
MODEL = "gpt-5-mini"
agent = Agent(name="a", model={model}, model_settings=ModelSettings({given}))
"""


@pytest.mark.parametrize("model", ["MODEL", '"o3"', 'OpenAIResponsesModel("gpt-5", client)'])
@pytest.mark.parametrize("given", ["temperature=0.2", "max_tokens=9, top_p=0.9"])
def test_found(findings: Findings, model: str, given: str) -> None:
    server = SERVER.format(model=model, given=given)
    (finding,) = findings(model_takes_settings, {"app/server.py": server})
    assert finding.where == "app/server.py:4"


@pytest.mark.parametrize(
    ("model", "given"),
    [
        ('"gpt-4.1-mini"', "temperature=0.2"),
        ("settings.model", "temperature=0.2"),
        ("MODEL", "max_tokens=9"),
        ("MODEL", "temperature=None"),
    ],
)
def test_quiet(findings: Findings, model: str, given: str) -> None:
    server = SERVER.format(model=model, given=given)
    assert not findings(model_takes_settings, {"app/server.py": server})
