"""What the tests of the assistant share: a model over HTTP, a project, and a way to ask."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from chatkit_agent.api import Running
from chatkit_agent.frontends.assistant.asking import Assistant
from chatkit_agent.frontends.assistant.history import History
from chatkit_agent.frontends.assistant.limits import Limits
from chatkit_agent.frontends.assistant.provider import Provider
from chatkit_agent.output.documents import AskDocument
from chatkit_agent.sandbox.model import OfflineModel
from chatkit_agent.sandbox.turns import Reply, Turn

PROJECTS = Path(__file__).parents[2] / "projects"
Policy = Callable[[Turn], Reply]


@dataclass
class Asked:
    """An assistant of a project, and the model that it speaks with."""

    root: Path
    model: OfflineModel
    assistant: Assistant
    approvals: list[str] = field(default_factory=list)

    def __call__(self, task: str) -> AskDocument:
        return self.assistant.answer(task)

    @property
    def sent(self) -> list[str]:
        """Every request that the model got, whole."""
        return [request.text for request in self.model.requests]


Ask = Callable[..., Asked]


@pytest.fixture
def model() -> Iterator[OfflineModel]:
    with OfflineModel() as model:
        yield model


@pytest.fixture
def ask(tmp_path: Path, model: OfflineModel) -> Ask:
    def make(
        root: Path,
        policy: Policy,
        *,
        approve: bool | None = True,
        api: Any = "responses",
        limits: Limits | None = None,
    ) -> Asked:
        """`approve` is what the person answers; None: there is no person."""
        model.decides = policy
        assistant = Assistant(
            root,
            Provider("offline-model", api, "sk-offline", model.url),
            Running(python=Path(sys.executable)),
            limits or Limits(),
            history=History(root, tmp_path / "state"),
        )
        asked = Asked(root, model, assistant)
        if approve is not None:
            shows = assistant.screen.approves

            def approves(name: str, arguments: str) -> bool:
                shows(name, arguments)
                asked.approvals.append(name)
                return approve

            assistant.screen.approves = approves  # type: ignore[method-assign]
        return asked

    return make


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return Path(shutil.copytree(PROJECTS / "module_level", tmp_path / "shop"))
