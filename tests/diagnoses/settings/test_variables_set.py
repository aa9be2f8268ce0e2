"""A variable that is not set is found where it shows, and its three causes are told apart."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import pytest

from chatkit_agent.diagnoses.settings.variables_set import variables_set
from chatkit_agent.findings import Finding
from chatkit_agent.observations import Observations

NAME = "SHOP_CHATKIT_DATABASE_URL"
SYMPTOM = "I get a 503 at /chatkit"


@pytest.fixture
def lacking(observed: Callable[..., Observations]) -> Callable[..., list[Finding]]:
    def find(files: dict[str, str], symptom: str = SYMPTOM) -> list[Finding]:
        observations = observed(files, symptom=symptom)
        return list(variables_set(dataclasses.replace(observations, required=(NAME,))))

    return find


def test_set_nowhere(lacking: Callable[..., list[Finding]]) -> None:
    (finding,) = lacking({".env": "DATABASE_URL=x\n"})
    assert NAME in finding.what
    assert "`.env`" in finding.evidence


@pytest.mark.parametrize(("symptom", "severity"), [(SYMPTOM, "error"), ("", "warning")])
def test_set_under_another_name(
    lacking: Callable[..., list[Finding]], symptom: str, severity: str
) -> None:
    (finding,) = lacking({".env": "# chat\nCHATKIT_DATABASE_URL=hunter2\n"}, symptom)
    assert (finding.where, finding.severity) == (".env:2", severity)
    assert "hunter2" not in repr(finding)


@pytest.mark.parametrize(("symptom", "severity"), [(SYMPTOM, "error"), ("", "warning")])
def test_set_to_nothing(lacking: Callable[..., list[Finding]], symptom: str, severity: str) -> None:
    (finding,) = lacking({".env": f"A=1\n{NAME}=\n"}, symptom)
    assert (finding.where, finding.severity) == (".env:2", severity)
    assert "has no value" in finding.what


def test_set_in_a_file_that_is_not_read(lacking: Callable[..., list[Finding]]) -> None:
    (finding,) = lacking({"deploy/.env": f"{NAME}=hunter2\n"})
    assert finding.where == "deploy/.env:1"
    assert "hunter2" not in repr(finding)


@pytest.mark.parametrize(
    ("files", "symptom"),
    [
        ({".env": f"{NAME}=x\n"}, SYMPTOM),
        ({"app/.env": f"{NAME}=x\n"}, SYMPTOM),
        ({".env": f"{NAME}=x\n", "app/.env": f"{NAME}=\n"}, SYMPTOM),
        ({".env": "DATABASE_URL=x\n"}, ""),
        ({"deploy/.env": f"{NAME}=x\n"}, ""),
    ],
)
def test_quiet(lacking: Callable[..., list[Finding]], files: dict[str, str], symptom: str) -> None:
    assert not lacking(files, symptom)
