"""Inspection: what is in a project; of all operations the one that loads without the others."""

from __future__ import annotations

from pathlib import Path

from chatkit_agent.output.documents import InspectDocument
from chatkit_agent.project.read import read_project


def inspect_project(path: Path, app: str | None = None) -> InspectDocument:
    """What is in the project at `path`, but for the code of a chat of ours. Writes nothing."""
    return InspectDocument.of(read_project(path, app=app, own_only=True))
