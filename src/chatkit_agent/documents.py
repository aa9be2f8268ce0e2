"""The JSON that every front end gives out: one typed, versioned document for each verb."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from chatkit_agent.changes import Undone, Updated
from chatkit_agent.errors import ChatKitAgentError
from chatkit_agent.plan import Plan, unified_diff
from chatkit_agent.project import Project
from chatkit_agent.verification import Report


class Part(BaseModel):
    """A part of a document, filled from the value of the same shape that flows between stages."""

    model_config = ConfigDict(frozen=True, from_attributes=True)


class Document(Part):
    """A whole answer. `schema` names its shape and version; a breaking change raises the number."""

    model_config = ConfigDict(
        frozen=True, from_attributes=True, populate_by_name=True, serialize_by_alias=True
    )
    NAME: ClassVar[str]
    schema_: str = Field(alias="schema", default="")

    def model_post_init(self, _context: Any) -> None:
        object.__setattr__(self, "schema_", f"chatkit-agent/{self.NAME}/1")


class AppPart(Part):
    ref: str
    file: str
    kind: str
    directory: str
    built_in: str
    function: str | None
    variable: str
    reasons: tuple[str, ...]


class PackagingPart(Part):
    manager: str
    file: str | None
    style: str
    declared: tuple[str, ...]


class PythonPart(Part):
    requires: str | None
    source: str | None


class SettingsPart(Part):
    name: str
    file: str
    style: str
    extra: str | None
    env_files: tuple[str, ...]
    forbids_extra: bool


class UserDependencyPart(Part):
    name: str
    file: str
    module: str
    form: str
    user_id: str
    evidence: str


class AuthPart(Part):
    dependencies: tuple[UserDependencyPart, ...]
    schemes: tuple[str, ...]


class EnvFilePart(Part):
    path: str
    is_example: bool
    names: tuple[str, ...]


class ChatPart(Part):
    applied: bool
    signs: tuple[str, ...]


class InspectDocument(Document):
    """`inspect`: what is here."""

    NAME = "inspect"
    root: str
    name: str
    app: AppPart | None
    candidates: tuple[AppPart, ...]
    packaging: PackagingPart
    python: PythonPart
    settings: tuple[SettingsPart, ...]
    auth: AuthPart
    env_files: tuple[EnvFilePart, ...]
    chat: ChatPart
    shadows: tuple[str, ...]
    unreadable: tuple[str, ...]

    @classmethod
    def of(cls, project: Project) -> InspectDocument:
        parts = {name: getattr(project, name) for name in cls.model_fields if name != "schema_"}
        return cls.model_validate({**parts, "root": str(project.root)})


class ChangePart(Part):
    path: str
    action: Literal["create", "modify"]


class VariablePart(Part):
    name: str
    purpose: str
    required: bool
    example: str


class BlockedPart(Part):
    edit: str
    reason: str
    by_hand: str


class ChoicesPart(Part):
    app_name: str
    auth: str
    user: UserDependencyPart | None
    token: str
    env_prefix: str
    schema_name: str
    path: str
    mcp_url: str | None
    home: str
    extras: tuple[str, ...]


class FindingPart(Part):
    what: str
    where: str
    evidence: str
    fix: str
    severity: str
    edit: str | None


class CheckPart(Part):
    name: str
    title: str
    ok: bool
    findings: tuple[FindingPart, ...]


class VerifyDocument(Document):
    """`verify`: every check over one body of evidence."""

    NAME = "verify"
    ok: bool
    checks: tuple[CheckPart, ...]
    notes: tuple[str, ...]

    @classmethod
    def of(cls, report: Report) -> VerifyDocument:
        return cls.model_validate(
            {"ok": report.ok, "checks": report.checks, "notes": tuple(report.notes)}
        )


class PlanDocument(Document):
    """`plan`: what would be done, as a unified diff with an id."""

    NAME = "plan"
    root: str
    plan_id: str
    app: AppPart
    choices: ChoicesPart
    changes: tuple[ChangePart, ...]
    diff: str
    environment: tuple[VariablePart, ...]
    dependencies: tuple[str, ...]
    by_hand: tuple[BlockedPart, ...]
    notes: tuple[str, ...]

    @classmethod
    def of(cls, plan: Plan) -> PlanDocument:
        return cls.model_validate(plan_fields(plan))


class AddDocument(PlanDocument):
    """`add`: the plan, whether it was applied, and the proofs."""

    NAME = "add"
    applied: bool
    verification: VerifyDocument | None
    next_steps: tuple[str, ...]


class UndoDocument(Document):
    """`undo`: what was put back."""

    NAME = "undo"
    restored: tuple[str, ...]
    removed: tuple[str, ...]
    kept: tuple[str, ...]

    @classmethod
    def of(cls, undone: Undone) -> UndoDocument:
        return cls.model_validate(
            {"restored": undone.restored, "removed": undone.removed, "kept": undone.kept}
        )


class UpdateDocument(Document):
    """`update`: which version the delivered code had and has, and what was changed for it."""

    NAME = "update"
    before: str
    after: str
    changed: tuple[str, ...]
    kept: tuple[str, ...]

    @classmethod
    def of(cls, updated: Updated) -> UpdateDocument:
        return cls.model_validate(vars(updated))


class ErrorDocument(Document):
    """Any command that could not do its work."""

    NAME = "error"
    error: str
    message: str
    exit_status: int

    @classmethod
    def of(cls, error: ChatKitAgentError, exit_status: int) -> ErrorDocument:
        return cls(error=type(error).__name__, message=str(error), exit_status=exit_status)


def plan_fields(plan: Plan) -> dict[str, Any]:
    """The fields that `plan` and `add` have in common."""
    return {
        "root": str(plan.project.root),
        "plan_id": plan.id,
        "app": plan.choices.app,
        "choices": {**vars(plan.choices), "schema_name": plan.choices.schema},
        "changes": plan.changes,
        "diff": unified_diff(plan),
        "environment": plan.environment,
        "dependencies": plan.dependencies,
        "by_hand": plan.by_hand,
        "notes": plan.notes,
    }
