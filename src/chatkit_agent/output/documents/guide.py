"""How to do a task in a project: steps, code, commands, variables, and what to do when it fails."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from chatkit_agent.output.documents.parts import Document, Part
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
    """`guide`: how to do a task in this project, and how it was understood."""

    NAME = "guide"
    root: str
    plan_id: str
    playbook: str
    title: str
    understood: tuple[UnderstoodPart, ...]
    pattern: str
    command: str | None
    steps: tuple[StepPart, ...]
    troubles: tuple[TroublePart, ...]
    manual_steps: tuple[BlockedPart, ...]
    notes: tuple[str, ...]

    @classmethod
    def of(cls, guide: Guide) -> GuideDocument:
        return cls.model_validate(
            {
                **vars(guide),
                "root": str(guide.plan.project.root),
                "plan_id": guide.plan.id,
                "playbook": guide.playbook.name,
                "title": guide.playbook.title,
                "understood": guide.task.understood,
            }
        )


def without_code(document: GuideDocument) -> GuideDocument:
    """The guide with whole files by name and purpose only; changes of files stay."""

    def short(step: StepPart) -> StepPart:
        files = tuple(file.model_copy(update={"content": None}) for file in step.files)
        return step.model_copy(update={"files": files})

    return document.model_copy(update={"steps": tuple(map(short, document.steps))})
