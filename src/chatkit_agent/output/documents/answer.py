"""What came of a task that was put in words, with or without a model."""

from __future__ import annotations

from typing import Literal

from chatkit_agent.output.documents.base import Document, Part
from chatkit_agent.output.documents.diagnosis import DoctorDocument
from chatkit_agent.output.documents.guide import GuideDocument, UnderstoodPart
from chatkit_agent.output.documents.plan import AddDocument
from chatkit_agent.output.documents.report import VerifyDocument


class CallPart(Part):
    name: str
    arguments: str
    refused: str | None


class UsagePart(Part):
    requests: int
    input_tokens: int
    output_tokens: int


class AskDocument(Document):
    """`ask`: how a task was understood, what was said, called and used, and what is checked."""

    NAME = "ask"
    task: str
    model: str | None
    playbook: str
    understood: tuple[UnderstoodPart, ...]
    answer: str
    ended: Literal["done", "max_turns", "max_tokens", "failed"]
    problem: str | None
    calls: tuple[CallPart, ...]
    denied: tuple[str, ...]
    guide: GuideDocument | None
    added: AddDocument | None
    verification: VerifyDocument | None
    diagnosis: DoctorDocument | None
    usage: UsagePart | None
    notes: tuple[str, ...]
