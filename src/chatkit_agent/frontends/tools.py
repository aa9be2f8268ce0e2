"""Tools: the verbs as a coding agent or a model calls them: one table for every front end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from chatkit_agent.api import (
    Looking,
    Progress,
    ProposedEdit,
    Request,
    Running,
    apply_fixes,
    apply_plan,
    diagnose,
    get_guide,
    inspect_project,
    plan_fixes,
    plan_integration,
    undo_integration,
    unheard,
    update_integration,
    verify_integration,
)
from chatkit_agent.errors import BadOption
from chatkit_agent.frontends.session import Workbench
from chatkit_agent.output.documents import (
    AddDocument,
    DoctorDocument,
    Document,
    GuideDocument,
    InspectDocument,
    PlanDocument,
    UndoDocument,
    UpdateDocument,
    VerifyDocument,
    without_code,
    without_new_files,
)

TEXT = 4096


class Arguments(BaseModel):
    """What a tool takes; anything else is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_max_length=TEXT)


class InProject(Arguments):
    path: str = Field(".", description="Folder of the project, inside the roots.")


class InspectArguments(InProject):
    app: str | None = Field(None, description="The application, as uvicorn takes it: MODULE:ATTR.")


class EditArguments(Arguments):
    path: str = Field(description="File, from the folder of the project.")
    old: str = Field(description="Text that is in the file once; empty makes a new file.")
    new: str = Field(description="What stands in its place.")
    resolves: str = Field(description="The `edit` in `by_hand` that this is made for.")


class AskedArguments(InspectArguments):
    mode: Literal["auto", "in-process", "sidecar"] = Field(
        "auto", description="The chat in the application, or as a service beside it."
    )
    mcp_url: str | None = Field(None, description="The MCP server whose tools the chat calls.")
    auth: Literal["auto", "existing", "jwt", "none"] = Field(
        "auto", description="Who the user is: the app's own dependency, a verified JWT, or nobody."
    )
    token: Literal["auto", "header", "argument", "prompt"] = Field(
        "auto", description="How the user's token reaches the MCP tools."
    )
    env_prefix: str | None = Field(None, description="Such as TASKFLOW for TASKFLOW_CHATKIT_*.")
    schema_: str | None = Field(
        None, alias="schema", description="PostgreSQL schema of the chat's tables."
    )
    route: str = Field("/chatkit", description="The chat's route in the application.")
    extras: tuple[str, ...] = Field(
        (),
        description="Optional modules, such as retention, approvals or attachments.",
    )
    ci: bool = Field(False, description="Also a GitHub Actions workflow that proves the chat.")
    reference: str | None = Field(
        None, description="A folder with a chat whose choices to follow, inside the roots."
    )
    edits: tuple[EditArguments, ...] = Field(
        (),
        max_length=10,
        description="Edits in place of what a plan has in `by_hand`; taken back if proofs fail.",
    )

    def request(self, workbench: Workbench) -> Request:
        own = ("path", "route", "schema_", "edits", "reference")
        names = [name for name in AskedArguments.model_fields if name not in own]
        asked = {name: getattr(self, name) for name in names}
        edits = tuple(ProposedEdit(**each.model_dump()) for each in self.edits)
        reference = workbench.folder(self.reference) if self.reference else None
        asked |= {"path": self.route, "schema": self.schema_, "reference": reference}
        return Request(**asked, edits=edits)


class NewFiles(Arguments):
    new_files: bool = Field(
        False, description="Whether `diff` has new files too; else read them as resources."
    )


class PlanArguments(AskedArguments, NewFiles):
    pass


class GuideArguments(AskedArguments, NewFiles):
    task: str = Field("", description="What is to be done, in words.")


class Booted(Arguments):
    python: str | None = Field(None, description="The project's interpreter, inside the roots.")
    env_file: str | None = Field(
        None, description="File with variables that the application needs to start."
    )


class ApplyArguments(Booted, NewFiles):
    plan_id: str = Field(description="The plan_id that plan_integration gave.", max_length=64)
    allow_dirty: bool = Field(False, description="Write over uncommitted changes.")
    install: bool = Field(False, description="Install the new dependencies as well.")
    prove: bool = Field(True, description="Boot the application afterwards and prove the chat.")
    keep: bool = Field(False, description="Keep the chat also where its proofs fail.")


class VerifyArguments(AskedArguments, Booted):
    pass


class DoctorArguments(InspectArguments, Booted):
    boot: bool = Field(
        False, description="Start a copy in the sandbox, and ask the services it is configured for."
    )
    symptom: str | None = Field(None, description="What the person sees, in their words.")
    log: str | None = Field(None, description="The application's log, inside the roots.")
    trace: str | None = Field(None, description="A wire log that the console exported.")
    url: str | None = Field(None, description="The running application, to be asked as well.")
    token: str | None = Field(None, description="A user's token, for `url` and MCP server.")


class FixArguments(InspectArguments):
    plan_id: str = Field(description="The plan_id in `fixes` that diagnose gave.", max_length=64)
    edits: tuple[str, ...] = Field(description="The `edits` in those `fixes`.")
    allow_dirty: bool = Field(False, description="Write over uncommitted changes.")


class MergeArguments(InProject):
    markers: bool = Field(
        False,
        description="Where the person's edits overlap, write both versions with conflict markers.",
    )


class UpdateArguments(MergeArguments):
    extras: tuple[str, ...] = Field((), description="Optional modules to add.")
    allow_dirty: bool = Field(False, description="Write over uncommitted changes.")


@dataclass(frozen=True)
class Tool:
    """A verb for agents. `writes` into the project; `command` is what does the same by hand."""

    name: str
    title: str
    description: str
    arguments: type[Arguments]
    result: type[Document]
    call: Callable[[Any, Workbench, Progress], Document]
    command: str
    writes: bool = False
    idempotent: bool = True

    def __call__(
        self, arguments: dict[str, Any], workbench: Workbench, progress: Progress = unheard
    ) -> Document:
        """Carry it out.

        Raises:
            BadOption: the arguments are not what the tool takes.
            ChatKitAgentError: as the verb does.
        """
        return self.call(self._checked(arguments), workbench, progress)

    def _checked(self, arguments: dict[str, Any]) -> Arguments:
        try:
            return self.arguments.model_validate(arguments)
        except ValidationError as error:
            wrong = "; ".join(
                f"`{'.'.join(map(str, each['loc'])) or 'arguments'}`: {each['msg']}"
                for each in error.errors(include_url=False, include_input=False)[:5]
            )
            known = ", ".join(self.input_schema()["properties"])
            raise BadOption(
                f"{self.name} cannot be called so. {wrong}. It takes: {known}."
            ) from None

    def input_schema(self) -> dict[str, Any]:
        return self.arguments.model_json_schema(by_alias=True)

    def output_schema(self) -> dict[str, Any]:
        return self.result.model_json_schema(by_alias=True, mode="serialization")


def _inspect(given: InspectArguments, workbench: Workbench, _: Progress) -> Document:
    return inspect_project(workbench.folder(given.path), given.app)


def _plan(given: PlanArguments, workbench: Workbench, _: Progress) -> Document:
    path, request = workbench.folder(given.path), given.request(workbench)
    document = plan_integration(path, request)
    workbench.plans.remember(document.plan_id, path, request)
    return document if given.new_files else without_new_files(document)


def _guide(given: GuideArguments, workbench: Workbench, _: Progress) -> Document:
    document = get_guide(workbench.folder(given.path), given.request(workbench), given.task)
    return document if given.new_files else without_code(document)


def _apply(given: ApplyArguments, workbench: Workbench, progress: Progress) -> Document:
    path, request = workbench.plans.recall(given.plan_id)
    document = apply_plan(
        path,
        given.plan_id,
        request,
        _running(given, workbench, progress),
        allow_dirty=given.allow_dirty,
        install_packages=given.install,
        prove=given.prove,
        keep=given.keep,
    )
    return document if given.new_files else without_new_files(document)


def _verify(given: VerifyArguments, workbench: Workbench, progress: Progress) -> Document:
    path = workbench.folder(given.path)
    return verify_integration(path, given.request(workbench), _running(given, workbench, progress))


def _diagnose(given: DoctorArguments, workbench: Workbench, progress: Progress) -> Document:
    path, log = workbench.folder(given.path), workbench.file(given.log)
    running = _running(given, workbench, progress)
    looking = Looking(
        app=given.app,
        boot=given.boot,
        python=running.python,
        env_file=running.env_file,
        log=(log.name, log.read_bytes()) if log else None,
        trace=workbench.file(given.trace),
        symptom=given.symptom,
        url=given.url,
        token=given.token,
    )
    document = diagnose(path, looking, progress)
    edits = tuple(dict.fromkeys(each.edit for each in document.findings if each.edit))
    fixes = plan_fixes(path, edits, given.app) if edits else None
    return document.model_copy(update={"fixes": fixes})


def _fix(given: FixArguments, workbench: Workbench, progress: Progress) -> Document:
    path = workbench.folder(given.path)
    made = apply_fixes(path, given.plan_id, given.edits, given.app, allow_dirty=given.allow_dirty)
    return diagnose(path, Looking(app=given.app), progress).model_copy(update={"fixes": made})


def _undo(given: MergeArguments, workbench: Workbench, _: Progress) -> Document:
    return undo_integration(workbench.folder(given.path), markers=given.markers)


def _update(given: UpdateArguments, workbench: Workbench, _: Progress) -> Document:
    path = workbench.folder(given.path)
    return update_integration(
        path, given.extras, allow_dirty=given.allow_dirty, markers=given.markers
    )


def _running(given: Booted, workbench: Workbench, progress: Progress) -> Running:
    python = workbench.file(given.python) or workbench.running.python
    return Running(python, workbench.file(given.env_file) or workbench.running.env_file, progress)


TOOLS: tuple[Tool, ...] = (
    Tool(
        "inspect_project",
        "Inspect the project",
        "Shows what is in a FastAPI project: the application, dependencies, settings, the "
        "signed-in user, environment files, a chat that is there already. Reads only; nothing of "
        "the project is run. Start here.",
        InspectArguments,
        InspectDocument,
        _inspect,
        "inspect",
    ),
    Tool(
        "plan_integration",
        "Plan the chat",
        "Makes the plan to add a ChatKit chat: a unified diff with a plan_id, the variables to "
        "set, the dependencies, and what has to be done by hand. Writes nothing. Show the plan to "
        "the person, then call apply_plan with its plan_id.",
        PlanArguments,
        PlanDocument,
        _plan,
        "plan",
    ),
    Tool(
        "get_guide",
        "Get the guide",
        "Tells how to do a task in this project, from its plan: the pattern, steps, diffs, "
        "commands to install, start and test, variables, and what to do when it does not work. "
        "Shows how the task was understood. Writes nothing.",
        GuideArguments,
        GuideDocument,
        _guide,
        "guide",
    ),
    Tool(
        "apply_plan",
        "Apply the plan",
        "Writes a plan that plan_integration gave, all or nothing, then boots the application and "
        "proves the chat offline (about half a minute). undo_integration takes it out again.",
        ApplyArguments,
        AddDocument,
        _apply,
        "add",
        writes=True,
        idempotent=False,
    ),
    Tool(
        "verify_integration",
        "Prove the chat",
        "Boots a copy of the application with an embedded PostgreSQL, an offline model and a probe "
        "MCP server, and proves streaming, persistence, isolation between users and a tool call "
        "with the user's token. Writes nothing into the project; needs no API key.",
        VerifyArguments,
        VerifyDocument,
        _verify,
        "verify",
    ),
    Tool(
        "diagnose",
        "Find what is wrong",
        "Names what is wrong with a chat, whoever wrote it: causes with their evidence, the most "
        "likely first, each with its fix. Reads source, environment files (names only), and a log, "
        "a trace or a running application where one is given. Writes nothing. Where edits can "
        "mend something, `fixes` has their diff and plan_id for apply_fixes.",
        DoctorArguments,
        DoctorDocument,
        _diagnose,
        "doctor",
    ),
    Tool(
        "apply_fixes",
        "Mend what was found",
        "Makes the edits that diagnose offers in `fixes`, and looks again.",
        FixArguments,
        DoctorDocument,
        _fix,
        "doctor",
        writes=True,
    ),
    Tool(
        "undo_integration",
        "Take the chat out",
        "Takes out what apply_plan wrote, by a three-way merge: later edits of the person stay.",
        MergeArguments,
        UndoDocument,
        _undo,
        "undo",
        writes=True,
    ),
    Tool(
        "update_integration",
        "Update the chat",
        "Brings delivered code up to the installed version, or adds optional modules to a chat "
        "that is there; the person's edits stay.",
        UpdateArguments,
        UpdateDocument,
        _update,
        "update",
        writes=True,
    ),
)
