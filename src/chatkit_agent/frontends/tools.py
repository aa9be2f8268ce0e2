"""Tools: the operations as a coding agent or a model calls them: one table for every front end."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import ValidationError

from chatkit_agent.api import (
    OWN_SERVICES,
    Looking,
    Progress,
    Running,
    apply_fixes,
    apply_plan,
    diagnose,
    get_guide,
    inspect_project,
    plan_fixes,
    plan_integration,
    plan_undo,
    plan_update,
    undo_integration,
    unheard,
    update_integration,
    verify_integration,
)
from chatkit_agent.errors import BadOption, Refused
from chatkit_agent.frontends.arguments import (
    ApplyArguments,
    Arguments,
    Booted,
    DoctorArguments,
    FixArguments,
    GuideArguments,
    InspectArguments,
    PlanArguments,
    UndoArguments,
    UpdateArguments,
    VerifyArguments,
    input_schema,
    output_schema,
)
from chatkit_agent.frontends.session import Session
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


@dataclass(frozen=True)
class Tool:
    """An operation for agents. `writes` into the project; `command` does the same by hand."""

    name: str
    title: str
    description: str
    arguments: type[Arguments]
    result: type[Document]
    call: Callable[[Any, Session, Progress], Document]
    command: str
    writes: bool = False
    idempotent: bool = True
    runs: tuple[str, ...] | Literal["always"] = ()
    """The arguments with which it runs the project, or reaches out of this machine."""
    asks_index: bool = False
    """Whether the package index is asked which versions go together."""

    def runs_with(self, given: Mapping[str, Any]) -> bool:
        """Whether a call with these arguments runs the project, or reaches out."""
        return self.runs == "always" or any(given.get(name) for name in self.runs)

    def __call__(
        self, arguments: dict[str, Any], session: Session, progress: Progress = unheard
    ) -> Document:
        """Carry it out.

        Raises:
            BadOption: the arguments are not what the tool takes.
            ChatKitAgentError: as the operation does.
        """
        return self.call(self.checked(arguments), session, progress)

    def checked(self, arguments: Mapping[str, Any]) -> Arguments:
        """The arguments as the tool takes them.

        Raises:
            BadOption: they are not.
        """
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
        return input_schema(self.arguments.model_json_schema(by_alias=True))

    def output_schema(self) -> dict[str, Any]:
        full = self.result.model_json_schema(by_alias=True, mode="serialization")
        return output_schema(full)


def _inspect(given: InspectArguments, session: Session, _: Progress) -> Document:
    return inspect_project(session.folder(given.path), given.app)


def _plan(given: PlanArguments, session: Session, _: Progress) -> Document:
    path, request = session.folder(given.path), given.requested(session)
    document = plan_integration(path, request)
    session.plans.remember(document.plan_id, path, request)
    return document if given.new_files else without_new_files(document)


def _guide(given: GuideArguments, session: Session, _: Progress) -> Document:
    document = get_guide(session.folder(given.path), given.requested(session), given.task)
    return document if given.full else without_code(document)


def _apply(given: ApplyArguments, session: Session, progress: Progress) -> Document:
    planned, request = session.plans.recall(given.plan_id)
    # By now it may be a link to elsewhere, or nothing that this client may touch.
    path = session.folder(str(planned))
    document = apply_plan(
        path,
        given.plan_id,
        request,
        _running(given, session, progress),
        agree=_only_what_was_shown,
        allow_dirty=given.allow_dirty,
        install_packages=given.install,
        check=given.check,
        keep=given.keep,
    )
    return document if given.new_files else without_new_files(document)


def _only_what_was_shown(other: PlanDocument) -> None:
    """The person has seen another plan than this one."""
    raise Refused(
        f"{other.notes[1]} A service beside the application can be tried: call plan_integration "
        'with "mode": "sidecar", show the person that plan, then call apply_plan with its plan_id.'
    )


def _verify(given: VerifyArguments, session: Session, progress: Progress) -> Document:
    path = session.folder(given.path)
    return verify_integration(
        path,
        given.requested(session),
        _running(given, session, progress),
        select=given.select,
        ignore=given.ignore,
    )


def _diagnose(given: DoctorArguments, session: Session, progress: Progress) -> Document:
    path, log = session.folder(given.path), session.file(given.log)
    running = _running(given, session, progress)
    looking = Looking(
        app=given.app,
        boot=given.boot,
        python=running.python,
        env_file=running.env_file,
        own_services=running.own_services,
        log=(log.name, log.read_bytes()) if log else None,
        trace=session.file(given.trace),
        symptom=given.symptom,
        url=given.url,
        token=given.token,
        select=given.select,
        ignore=given.ignore,
    )
    document = diagnose(path, looking, progress)
    edits = tuple(dict.fromkeys(each.edit for each in document.findings if each.edit))
    fixes = plan_fixes(path, edits, given.app) if edits else None
    return document.model_copy(update={"fixes": fixes})


def _fix(given: FixArguments, session: Session, progress: Progress) -> Document:
    path = session.folder(given.path)
    made = apply_fixes(path, given.plan_id, given.edits, given.app, allow_dirty=given.allow_dirty)
    return diagnose(path, Looking(app=given.app), progress).model_copy(update={"fixes": made})


def _undo(given: UndoArguments, session: Session, _: Progress) -> Document:
    path = session.folder(given.path)
    if given.dry_run:
        return plan_undo(path, markers=given.markers)
    return undo_integration(path, markers=given.markers, force=given.force)


def _update(given: UpdateArguments, session: Session, _: Progress) -> Document:
    path = session.folder(given.path)
    if given.dry_run:
        return plan_update(path, given.asked(), markers=given.markers)
    return update_integration(
        path, given.asked(), allow_dirty=given.allow_dirty, markers=given.markers
    )


def _running(given: Booted, session: Session, progress: Progress) -> Running:
    python = session.interpreter(given.python) or session.running.python
    env_file = session.file(given.env_file) or session.running.env_file
    if given.own_services and not given.own_services_approved:
        meaning = OWN_SERVICES.format(names=", ".join(given.own_services))
        raise Refused(f"{meaning} Tell the person so, ask, and set own_services_approved.")
    own = (*given.own_services, *session.running.own_services)
    return Running(python, env_file, progress, own)


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
        asks_index=True,
    ),
    Tool(
        "get_guide",
        "Get the guide",
        "Answers a question about a chat in this project: what is the case here, the pattern, the "
        "code that matters, commands to do and to test it, variables, what else. `playbook` is "
        "unknown where it has no answer. Writes nothing.",
        GuideArguments,
        GuideDocument,
        _guide,
        "guide",
        asks_index=True,
    ),
    Tool(
        "apply_plan",
        "Apply the plan",
        "Writes a plan that plan_integration gave, all or nothing, then boots the application and "
        "checks the chat offline (about half a minute). Where the application makes checks fail, "
        "the chat is taken out, and next_steps say what else can be planned. undo_integration "
        "takes it out later.",
        ApplyArguments,
        AddDocument,
        _apply,
        "add",
        writes=True,
        idempotent=False,
        runs="always",
    ),
    Tool(
        "verify_integration",
        "Check the chat",
        "Boots a copy of the application with an embedded PostgreSQL, an offline model and a probe "
        "MCP server, and checks streaming, persistence, isolation between users and a tool call "
        "with the user's token. Its `outcome` is passed, failed, or inconclusive: then something "
        "was not seen, which is no success. Writes nothing into the project; needs no API key.",
        VerifyArguments,
        VerifyDocument,
        _verify,
        "verify",
        idempotent=False,
        runs="always",
    ),
    Tool(
        "diagnose",
        "Find what is wrong",
        "Names what is wrong with a chat, whoever wrote it: causes with their evidence, the most "
        "likely first, each with its fix. Reads source, environment files (names only), and a log, "
        "a trace or a running application where one is given. Writes nothing. Where edits can "
        "fix something, `fixes` has their diff and plan_id for apply_fixes.",
        DoctorArguments,
        DoctorDocument,
        _diagnose,
        "doctor",
        runs=("boot", "url", "token", "python"),
    ),
    Tool(
        "apply_fixes",
        "Fix what was found",
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
        "Takes out what apply_plan wrote, by a three-way merge: later edits of the person stay, "
        "and `stays` says what else does. With dry_run it only says so: show that first.",
        UndoArguments,
        UndoDocument,
        _undo,
        "undo",
        writes=True,
    ),
    Tool(
        "update_integration",
        "Update the chat",
        "Brings delivered code up to the installed version, and changes options of a chat that is "
        "there, such as mcp_url or auth; what is not given and the person's edits stay.",
        UpdateArguments,
        UpdateDocument,
        _update,
        "update",
        writes=True,
    ),
)
