"""A sampling setting for a reasoning model is found; for another model, or none, it is not."""

from __future__ import annotations

import pytest

from chatkit_agent.checks.rules.conversation.model_takes_settings import model_takes_settings
from tests.checks.rules.conftest import Findings

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


SPELLED = """\
import os
from agents import Agent as A, LitellmModel, ModelSettings as S, OpenAIResponsesModel, RunConfig
from chatkit.server import ChatKitServer
from app.names import FAST
LOCAL, COOL = "o3", S(temperature=0.2)
class Settings:
    model: str = "gpt-5-mini"
    heat: float = 0.2
    cold: float | None = None
settings = Settings()
AGENT = {made}
"""


@pytest.mark.parametrize(
    ("count", "made"),
    [
        (1, "A(name='a', model=LOCAL, model_settings=COOL)"),
        (1, "A(name='a', model=FAST, model_settings=S(0.2))"),
        (1, "A(name='a', model='o4-mini', model_settings=S(**{'top_p': 0.5}))"),
        (1, "A(name='a', model=settings.model, model_settings=S(temperature=settings.heat))"),
        (1, "A(name='a', model=os.getenv('MODEL', 'gpt-5'), model_settings=COOL)"),
        (
            1,
            "A(name='a', model=OpenAIResponsesModel(model=FAST, openai_client=c), model_settings=COOL)",
        ),
        (1, "A(name='a', model=LitellmModel('openai/gpt-5'), model_settings=COOL)"),
        (1, "RunConfig(model=LOCAL, model_settings=S(temperature=1.0))"),
        (0, "A(name='a', model=chosen('gpt-4.1', instead_of='o3'), model_settings=COOL)"),
        (0, "A(name='a', model=FAST, model_settings=S(temperature=settings.cold))"),
        (0, "A(name='a', model=FAST, model_settings=S(temperature=0.2 if plain else None))"),
        (0, "A(name='a', model={'o3': 'gpt-4.1'}[LOCAL], model_settings=COOL)"),
        (0, "A(name='a', model='gpt-4.1', instructions='o3', model_settings=COOL)  # o3"),
    ],
)
def test_spelled(findings: Findings, count: int, made: str) -> None:
    files = {"app/server.py": SPELLED.format(made=made), "app/names.py": 'FAST = "gpt-5-mini"\n'}
    assert len(findings(model_takes_settings, files)) == count
