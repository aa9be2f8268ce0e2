"""The plan of a folder: when the resolver is asked, and how often."""

from __future__ import annotations

from pathlib import Path

import pytest

from chatkit_agent.options import resolver
from chatkit_agent.options.options import RequestedOptions
from chatkit_agent.options.resolver import Resolution
from chatkit_agent.plan.answered import answered_plan, ask_again

APP = "from fastapi import FastAPI\n\napp = FastAPI()\n"


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The folders that the resolver was asked about."""
    folders: list[str] = []

    def resolve(project: object, *_: object, **__: object) -> Resolution:
        folders.append(str(getattr(project, "root", "")))
        return Resolution(True)

    ask_again()
    monkeypatch.setattr(resolver, "resolve", resolve)
    return folders


@pytest.mark.parametrize(
    ("files", "mode", "times"),
    [
        ({}, "auto", 1),
        ({}, "in-process", 1),
        ({}, "sidecar", 0),
        ({"agents.py": ""}, "auto", 0),
        ({"agents.py": ""}, "in-process", 1),
        ({"runtime.txt": "python-3.9.1"}, "auto", 0),
    ],
)
def test_the_resolver_is_asked_once_and_only_where_it_decides(
    files: dict[str, str], mode: str, times: int, asked: list[str], tmp_path: Path
) -> None:
    for path, text in {"main.py": APP, **files}.items():
        (tmp_path / path).write_text(text)
    requested = RequestedOptions(mode=mode)  # type: ignore[arg-type]
    assert answered_plan(tmp_path, requested).id == answered_plan(tmp_path, requested).id
    assert len(asked) == times
