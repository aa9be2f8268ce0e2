"""A key, address or model's name that cannot work is found, and no value is told."""

from __future__ import annotations

import pytest

from chatkit_agent.checks.check import Finding
from chatkit_agent.checks.rules.configuration.model_variables_fit import model_variables_fit
from tests.checks.rules.conftest import Findings

READS = "\nimport os\nMODEL = os.getenv('CHAT_MODEL', 'gpt-5-mini'){more}\n"


@pytest.fixture(autouse=True)
def without_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL", "CHAT_MODEL"):
        monkeypatch.delenv(name, raising=False)


def found(findings: Findings, env: str, more: str = "") -> list[Finding]:
    files = {".env": f"# model\n{env}\n", "app/names.py": READS.format(more=more)}
    files["app/auth.py"] = "from app.names import MODEL\nasync def get_current_user(): ...\n"
    return findings(model_variables_fit, files)


@pytest.mark.parametrize(
    "env",
    [
        "OPENAI_BASE_URL=https://api.openai.com",
        "OPENAI_BASE_URL=http://canary:11434/",
        "OPENAI_BASE_URL=canary.example/v1",
        "OPENAI_BASE_URL=https://canary.example/v1/chat/completions",
        "OPENAI_API_KEY=sk-ant-canary",
        "OPENAI_API_KEY=gsk_canary",
        "OPENAI_API_KEY=Bearer sk-canary",
        "OPENAI_API_KEY=\"'sk-canary'\"",
        "OPENAI_API_KEY=your-api-key",
        "CHAT_MODEL=",
    ],
)
def test_found(findings: Findings, env: str) -> None:
    (finding,) = found(findings, env)
    assert (finding.where, finding.severity) == (".env:2", "error")
    assert "canary" not in repr(finding)


def test_an_address_that_may_be_meant_is_a_warning(findings: Findings) -> None:
    (finding,) = found(findings, "OPENAI_BASE_URL=http://gateway:4000")
    assert finding.severity == "warning"


@pytest.mark.parametrize(
    ("env", "more"),
    [
        ("OPENAI_BASE_URL=https://api.openai.com/v1/", ""),
        ("OPENAI_BASE_URL=", ""),
        ("OPENAI_API_KEY='sk-proj-a1'", ""),
        ("OPENAI_API_KEY=sk-or-a1\nOPENAI_BASE_URL=https://openrouter.ai/api/v1", ""),
        ("OPENAI_API_KEY=gsk_a1", "\nclient = AsyncOpenAI(base_url=GROQ)"),
        ("CHAT_MODEL=gpt-5-mini", ""),
        ("CHAT_MODEL=", " or 'gpt-5-mini'"),
        ("CAR_MODEL=", ""),
    ],
)
def test_quiet(findings: Findings, env: str, more: str) -> None:
    assert not found(findings, env, more)


def test_examples_and_what_the_environment_overrides_are_left_alone(
    findings: Findings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-real")
    files = {".env": "OPENAI_API_KEY=your-key\n", ".env.example": "OPENAI_BASE_URL=http://x\n"}
    assert not findings(model_variables_fit, files)
