"""What would be changed, and what became of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

from pydantic import TypeAdapter, ValidationError

from chatkit_agent.errors import BadOption
from chatkit_agent.options.proposed_edits import ProposedEdit
from chatkit_agent.output.documents.base import Document, Part
from chatkit_agent.output.documents.project import AppPart, TokensPart, UserDependencyPart
from chatkit_agent.output.documents.report import VerifyDocument
from chatkit_agent.plan.plan import Plan, unified_diff
from chatkit_agent.project.tree import text_of


class ChangePart(Part):
    path: str
    action: Literal["create", "modify"]


class VariablePart(Part):
    name: str
    purpose: str
    required: bool
    example: str
    state: Literal["needed", "set", "optional"]


class BlockedPart(Part):
    edit: str
    reason: str
    snippet: str


class EditPart(Part):
    path: str
    old: str
    new: str
    resolves: str


def proposed_edits(content: bytes) -> tuple[ProposedEdit, ...]:
    """The edits in a JSON list, such as `[{"path", "old", "new", "resolves"}]`.

    Raises:
        BadOption: it is no such list.
    """
    try:
        parts = TypeAdapter(list[EditPart]).validate_json(text_of(content))
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(map(str, first["loc"])) or "the file"
        raise BadOption(
            f"--edits: {place}: {first['msg']}. Give a JSON list of objects with path, old, new "
            "and resolves (the edit that is left to be made by hand, such as mount_router)."
        ) from error
    return tuple(ProposedEdit(**each.model_dump()) for each in parts)


class OptionsPart(Part):
    app_name: str
    auth: str
    user: UserDependencyPart | None
    token: str
    env_prefix: str
    schema_name: str
    path: str
    tools: str
    mcp_url: str | None
    home: str
    features: tuple[str, ...]
    edits: tuple[EditPart, ...]
    mode: str
    obstacle: str | None
    tokens: TokensPart | None
    ci: bool = False
    page: str
    page_path: str
    runtime: str = "vendored"


class PlanDocument(Document):
    """`plan`: what would be done, as a unified diff with an id."""

    NAME = "plan"
    root: str
    plan_id: str
    app: AppPart
    options: OptionsPart
    changes: tuple[ChangePart, ...]
    diff: str
    environment: tuple[VariablePart, ...]
    dependencies: tuple[str, ...]
    manual_steps: tuple[BlockedPart, ...]
    notes: tuple[str, ...]

    @classmethod
    def of(cls, plan: Plan) -> PlanDocument:
        return cls.model_validate(plan_fields(plan))


class AddDocument(PlanDocument):
    """`add`: the plan, whether it was applied, and the checks."""

    NAME = "add"
    applied: bool
    verification: VerifyDocument | None
    next_steps: tuple[str, ...]

    @classmethod
    def after(
        cls,
        plan: Plan,
        *,
        applied: bool,
        verification: VerifyDocument | None,
        next_steps: tuple[str, ...],
    ) -> AddDocument:
        became = {"applied": applied, "verification": verification, "next_steps": next_steps}
        return cls.model_validate({**plan_fields(plan), **became})

    @classmethod
    def only_planned(cls, document: PlanDocument) -> AddDocument:
        fields = document.model_dump(exclude={"schema_"})
        return cls(**fields, applied=False, verification=None, next_steps=())


def plan_fields(plan: Plan) -> dict[str, Any]:
    """The fields that `plan` and `add` have in common."""
    return {
        "root": str(plan.project.root),
        "plan_id": plan.id,
        "app": plan.options.app,
        "options": {**vars(plan.options), "schema_name": plan.options.schema},
        "changes": plan.changes,
        "diff": unified_diff(plan),
        "environment": plan.environment,
        "dependencies": plan.dependencies,
        "manual_steps": plan.manual_steps,
        "notes": plan.notes,
    }


@dataclass(frozen=True)
class FileDiff:
    """One file of a diff: `text` is all that is said of it, `hunks` what is within it."""

    path: str
    is_new: bool
    text: str
    hunks: str

    @property
    def added(self) -> int:
        return sum(line.startswith("+") for line in self.hunks.splitlines())


def files_of(diff: str) -> Iterator[FileDiff]:
    for part in f"\n{diff}".split("\ndiff --git ")[1:]:
        header, mark, body = part.partition("\n@@")
        # `a/PATH b/PATH`, where the path may have any of this in it.
        named = header.partition("\n")[0]
        path, text = named[2 : len(named) // 2], part.rstrip("\n")
        is_new = "\nnew file mode" in header
        yield FileDiff(path, is_new, f"diff --git {text}\n", f"{mark}{body}".strip("\n"))


Planned = TypeVar("Planned", bound=PlanDocument)


def without_new_files(document: Planned) -> Planned:
    """The same, with a diff of existing files only; new ones stay listed in `changes`."""
    diff = "".join(each.text for each in files_of(document.diff) if not each.is_new)
    return document.model_copy(update={"diff": diff})
