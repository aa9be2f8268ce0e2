"""The answer to a question about a project: the case, code, commands, variables, and what else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from chatkit_agent.output.documents.base import Document, Part
from chatkit_agent.output.documents.plan import BlockedPart, VariablePart

if TYPE_CHECKING:
    from chatkit_agent.guide import Guide


class UnderstoodPart(Part):
    what: str
    value: str
    words: str


class GuideFilePart(Part):
    path: str
    action: Literal["create", "modify", "read"]
    purpose: str
    language: str
    content: str | None
    diff: str | None


class ExcerptPart(Part):
    path: str
    line: int | None
    language: str
    text: str
    why: str


class CommandPart(Part):
    command: str
    expect: str


class StepPart(Part):
    title: str
    text: str
    files: tuple[GuideFilePart, ...]
    commands: tuple[CommandPart, ...]
    variables: tuple[VariablePart, ...]


class TroublePart(Part):
    symptom: str
    cause: str
    fix: str


class GuideDocument(Document):
    """`guide`: the answer for this project. `steps` have whole files; the rest is short."""

    NAME = "guide"
    root: str
    plan_id: str | None
    playbook: str
    title: str
    understood: tuple[UnderstoodPart, ...]
    situation: tuple[str, ...]
    pattern: str
    code: tuple[ExcerptPart, ...]
    do: tuple[CommandPart, ...]
    variables: tuple[VariablePart, ...]
    test: tuple[CommandPart, ...]
    also: tuple[str, ...]
    command: str | None
    steps: tuple[StepPart, ...]
    troubles: tuple[TroublePart, ...]
    manual_steps: tuple[BlockedPart, ...]
    notes: tuple[str, ...]
    answers: tuple[str, ...]

    @classmethod
    def of(cls, guide: Guide) -> GuideDocument:
        return cls.model_validate({**vars(guide), "root": str(guide.root)})

    @property
    def is_known(self) -> bool:
        return self.playbook != "unknown"


def without_code(document: GuideDocument) -> GuideDocument:
    """The answer without whole files: what matters of them is in `code`, and changes stay."""

    def short(step: StepPart) -> StepPart:
        files = tuple(file for file in step.files if file.diff is not None)
        return step.model_copy(update={"files": files, "commands": (), "variables": ()})

    steps = (short(step) for step in document.steps)
    return document.model_copy(update={"steps": tuple(step for step in steps if step.files)})
