"""Arguments: what each tool takes, as models that describe and check it, in short schemas."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from chatkit_agent.api import ProposedEdit, RequestedOptions
from chatkit_agent.frontends.session import Session

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
    resolves: str = Field(description="The `edit` in `manual_steps` that this is made for.")


class AskedArguments(InspectArguments):
    mode: Literal["auto", "in-process", "sidecar"] = Field(
        "auto", description="The chat in the application, or as a service beside it."
    )
    tools: str = Field(
        "mcp",
        description="Where tools come from: mcp, none, or routes: the application's own that read, "
        "called as the person who asks; writing ones by name: routes:GET,POST /tasks.",
    )
    mcp_url: str | None = Field(None, description="The MCP server whose tools the chat calls.")
    auth: Literal["auto", "existing", "jwt", "none"] = Field(
        "auto", description="Who the user is: the app's own dependency, a verified JWT, or nobody."
    )
    current_user: str | None = Field(
        None,
        description="The app's own dependency that gives the signed-in user: MODULE:NAME, such "
        "as app.auth:get_current_user.",
    )
    token: Literal["auto", "header", "argument", "prompt"] = Field(
        "auto", description="How the user's token reaches the MCP tools."
    )
    env_prefix: str | None = Field(None, description="Such as TASKFLOW for TASKFLOW_CHATKIT_*.")
    schema_: str | None = Field(
        None, alias="schema", description="PostgreSQL schema of the chat's tables."
    )
    route: str = Field("/chatkit", description="The chat's route in the application.")
    page: Literal["panel", "none"] = Field("panel", description="A page with the chat, or none.")
    page_path: str | None = Field(None, description="The page's route, /chat by default.")
    runtime: Literal["vendored", "package"] = Field(
        "vendored", description="The machinery in the project, or as chatkit-agent-runtime."
    )
    features: tuple[str, ...] = Field(
        (),
        description="Optional modules, such as retention, approvals or attachments.",
    )
    ci: bool = Field(False, description="Also a GitHub Actions workflow that checks the chat.")
    reference: str | None = Field(
        None, description="A folder with a chat whose choices to follow, inside the roots."
    )
    edits: tuple[EditArguments, ...] = Field(
        (),
        max_length=10,
        description="Edits in place of a plan's `manual_steps`; taken back if checks fail.",
    )

    def requested(self, session: Session) -> RequestedOptions:
        own = ("path", "route", "schema_", "edits", "reference")
        names = [name for name in AskedArguments.model_fields if name not in own]
        asked = {name: getattr(self, name) for name in names}
        edits = tuple(ProposedEdit(**each.model_dump()) for each in self.edits)
        reference = session.folder(self.reference) if self.reference else None
        asked |= {"path": self.route, "schema": self.schema_, "reference": reference}
        return RequestedOptions(**asked, edits=edits)


class NewFiles(Arguments):
    new_files: bool = Field(
        False, description="Whether `diff` has new files too; else read them as resources."
    )


class PlanArguments(AskedArguments, NewFiles):
    pass


class GuideArguments(AskedArguments):
    task: str = Field("", description="What is to be done, in words; `help` lists what is known.")
    full: bool = Field(False, description="Also every file whole, and all steps by hand.")


class Booted(Arguments):
    python: str | None = Field(None, description="The project's interpreter, inside the roots.")
    env_file: str | None = Field(
        None, description="File with variables that the application needs to start."
    )
    own_services: tuple[str, ...] = Field(
        (),
        max_length=20,
        description="Variables or HOST:PORT of the person's own that the application may reach "
        "for real; nothing else of theirs is. Only what they named themselves.",
    )
    own_services_approved: bool = Field(
        False, description="The person was told what `own_services` means, and agreed."
    )


class ApplyArguments(Booted, NewFiles):
    plan_id: str = Field(description="The plan_id that plan_integration gave.", max_length=64)
    allow_dirty: bool = Field(False, description="Write over uncommitted changes.")
    install: bool = Field(False, description="Install the new dependencies as well.")
    check: bool = Field(True, description="Boot the application afterwards and check the chat.")
    keep: bool = Field(False, description="Keep the chat also where its checks fail.")


class Ruled(Arguments):
    """Which rules are wanted."""

    select: tuple[str, ...] = Field((), description="Only these rules, such as CK2 or CK203.")
    ignore: tuple[str, ...] = Field((), description="All rules but these.")


class VerifyArguments(AskedArguments, Booted, Ruled):
    pass


class DoctorArguments(InspectArguments, Booted, Ruled):
    boot: bool = Field(False, description="Start a copy in the sandbox, and ask it.")
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


class UndoArguments(MergeArguments):
    dry_run: bool = Field(False, description="Only say what would go and what stays.")
    force: bool = Field(False, description="Take out also what the person's own code imports.")


class UpdateArguments(MergeArguments):
    tools: str | None = Field(
        None, description="Where tools come from, from now on: mcp, none, routes or routes:..."
    )
    mcp_url: str | None = Field(None, description="The MCP server from now on.")
    auth: Literal["auto", "existing", "jwt", "none"] | None = Field(
        None, description="Who the user is from now on."
    )
    current_user: str | None = Field(
        None, description="The app's own dependency that gives the user from now on: MODULE:NAME."
    )
    token: Literal["auto", "header", "argument", "prompt"] | None = Field(
        None, description="How the user's token reaches the MCP tools from now on."
    )
    env_prefix: str | None = Field(None, description="Prefix of the variables from now on.")
    schema_: str | None = Field(None, alias="schema", description="PostgreSQL schema from now on.")
    route: str | None = Field(None, description="The chat's route from now on.")
    page: Literal["panel", "none"] | None = Field(None, description="A page, or none.")
    page_path: str | None = Field(None, description="The page's route from now on.")
    runtime: Literal["vendored", "package"] | None = Field(
        None, description="The machinery in the project, or as a package, from now on."
    )
    features: tuple[str, ...] = Field((), description="Optional modules to add.")
    without: tuple[str, ...] = Field((), description="Optional modules to take out.")
    ci: bool | None = Field(None, description="Whether there is a GitHub Actions workflow.")
    allow_dirty: bool = Field(False, description="Write over uncommitted changes.")
    dry_run: bool = Field(False, description="Only say what would change.")

    def asked(self) -> dict[str, Any]:
        """The options that were given, by the names that a request has for them."""
        own = {*MergeArguments.model_fields, "allow_dirty", "dry_run", "route", "schema_"}
        names = [name for name in UpdateArguments.model_fields if name not in own]
        given = {name: getattr(self, name) for name in names}
        given |= {"path": self.route, "schema": self.schema_}
        return {name: value for name, value in given.items() if value not in (None, ())}


Schema = dict[str, Any]
KEPT = ("type", "enum", "default", "description", "items", "properties", "required", "$ref")
"""What a model reads of a schema in every conversation; a call is checked against all of it."""
KINDS = ("array", "boolean", "integer", "number", "object", "string")


def input_schema(full: Schema) -> Schema:
    """What a tool takes, without titles, lengths and the null that stands for "not given"."""
    short = _short(full) | {"additionalProperties": False}
    if "$defs" in full:
        short["$defs"] = {name: _short(each) for name, each in full["$defs"].items()}
    return short


def output_schema(full: Schema) -> Schema:
    """What a tool gives out: the fields of the document, and of which kind each is."""
    fields = {name: _kind(each) for name, each in full["properties"].items()}
    return {"type": "object", "properties": fields, "required": list(full.get("required", ()))}


def _short(full: Schema) -> Schema:
    chosen: Schema = next(
        (each for each in full.get("anyOf", ()) if each.get("type") != "null"), {}
    )
    merged = chosen | full
    short = {key: merged[key] for key in KEPT if key in merged}
    if short.get("default", ...) is None:
        del short["default"]
    if "items" in short:
        short["items"] = _short(short["items"])
    if "properties" in short:
        short["properties"] = {name: _short(each) for name, each in short["properties"].items()}
    return short


def _kind(full: Schema) -> Schema:
    kind = full.get("type")
    return {"type": kind} if kind in KINDS else {}
