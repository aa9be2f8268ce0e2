"""Options: what a person asked for, made whole with what the project says."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any, Literal

from pydantic import TypeAdapter

from chatkit_agent.errors import (
    BadOption,
    CannotRead,
    Refused,
)
from chatkit_agent.options.applications import application
from chatkit_agent.options.blockers import certain_obstacle, known_obstacle
from chatkit_agent.options.features import features_for, tool_routes
from chatkit_agent.options.identity import AuthMode, Mode, auth_of, theirs
from chatkit_agent.options.places import PAGE_PATH, home_for, home_of_leftovers, page_path_for
from chatkit_agent.options.proposed_edits import ProposedEdit
from chatkit_agent.options.resolver import Resolution
from chatkit_agent.options.runtime_package import Runtime
from chatkit_agent.options.values import (
    VALUES,
    read_env_prefix,
    read_extras,
    read_mcp_url,
    read_page_path,
    read_path,
    read_schema,
    read_tools,
)
from chatkit_agent.project.facts import BEARER, App, Credential, Tokens, UserDependency
from chatkit_agent.project.journal import journal_here
from chatkit_agent.project.leftovers import constants
from chatkit_agent.project.locating import located
from chatkit_agent.project.manifest import MANIFEST, manifest_of
from chatkit_agent.project.read import Project

Page = Literal["panel", "none"]
TokenMode = Literal["auto", "header", "argument", "prompt"]

NOT_IN_PLACE = ("app", "mode", "edits", "reference")
"""Options that make another chat, so that they are not changed in one that is there."""


@dataclass(frozen=True)
class RequestedOptions:
    """What was asked for; None or the default leaves a choice to the project."""

    app: str | None = None
    current_user: str | None = None
    """The dependency that gives the signed-in user, such as `app.auth:get_current_user`."""
    mode: Literal["auto", "in-process", "sidecar"] = "auto"
    tools: str = "mcp"
    """Or `none`, or `routes`: those of the application that read; or `routes:GET,POST /tasks`."""
    mcp_url: str | None = None
    auth: Literal["auto", "existing", "jwt", "none"] = "auto"
    token: TokenMode = "auto"  # noqa: S105
    env_prefix: str | None = None
    schema: str | None = None
    path: str = "/chatkit"
    page: Page = "panel"
    page_path: str | None = None
    """The route of the page; None is `/chat`, unless the application has that."""
    runtime: Runtime = "vendored"
    """Whether the machinery is delivered too, or comes as the package chatkit-agent-runtime."""
    features: tuple[str, ...] = ()
    """Names of optional modules."""
    edits: tuple[ProposedEdit, ...] = ()
    """What to do where an edit of ours is not certain."""
    ci: bool = False
    """Whether a workflow for continuous integration is delivered as well."""
    reference: Path | None = None
    """A folder with a chat whose choices are followed where nothing else was asked for."""


@dataclass(frozen=True)
class Options:
    """What every edit works from.

    `home` is the folder that receives `services/` and what it rests on (such as `app`), and
    `home_package` its dotted name as imported from `served_by.directory` (such as `app`).
    `env_prefix` ends with an underscore, such as `TASKFLOW_CHATKIT_`. In mode `sidecar` the chat is
    a service of its own; `obstacle` says what keeps it out of the application, where that is known,
    and `tokens` how the application's own tokens are verified, where `auth` is `existing` and no
    dependency of the application's can be asked.
    """

    app: App
    app_name: str
    auth: AuthMode
    user: UserDependency | None
    token: TokenMode
    env_prefix: str
    schema: str
    path: str
    mcp_url: str | None
    home: str
    home_package: str
    features: tuple[str, ...] = ()
    edits: tuple[ProposedEdit, ...] = ()
    mode: Mode = "in-process"
    obstacle: str | None = None
    tokens: Tokens | None = None
    ci: bool = False
    tools: str = "mcp"
    page: Page = "panel"
    page_path: str = PAGE_PATH
    runtime: Runtime = "vendored"

    @property
    def current_user(self) -> str | None:
        return f"{self.user.module}:{self.user.name}" if self.user else None

    @property
    def credential(self) -> Credential:
        """What a client of the chat sends to be known: a token before anything else."""
        known = (self.user.tokens or self.user.credentials) if self.user else ()
        if not known and self.tokens is not None and not self.tokens.cookie:
            return self.tokens.carried
        return known[0] if known else BEARER

    @property
    def is_sidecar(self) -> bool:
        return self.mode == "sidecar"

    @property
    def verifies_tokens(self) -> bool:
        """Whether the delivered code verifies tokens, and not the application's own dependency."""
        return self.auth != "existing" or self.is_sidecar or self.user is None

    @property
    def service_folder(self) -> str:
        """The folder of the sidecar, such as `backend/chatkit-sidecar`."""
        return self.home.rpartition("/")[0]

    @property
    def served_by(self) -> App:
        """The application that serves the chat: the project's, or the sidecar."""
        if not self.is_sidecar:
            return self.app
        ref, file = f"{self.home_package}.main:app", f"{self.home}/main.py"
        folder = self.service_folder
        return App(ref, "module", file, folder, file, None, "app", working_directory=folder)

    def as_manifest(self) -> dict[str, Any]:
        return asdict(self)


def choose(
    project: Project, requested: RequestedOptions, resolution: Resolution | None = None
) -> Options:
    """Decide everything that the edits need to know.

    What was applied before keeps its choices. What `resolution` says to be in the way, or without
    one what can be read, keeps the chat out of the application's process.

    Raises:
        NoApplication, SeveralApplications: it is not clear which application is meant.
        BadOption: an option has a value that cannot be used.
        Refused: the chat is here already, and was added with other options.
    """
    if journal_here(project.root) is not None:
        raise Refused(
            "An earlier run was cut off in the middle, or one is going on right now. What was cut "
            "off is put back by `chatkit-agent add` before it goes on, and by `chatkit-agent undo`."
        )
    manifest = manifest_of(project.root)
    if manifest is not None:
        recorded = located(project.root, manifest).manifest.options
        return _same_options(project, requested, recalled(recorded))
    left = project.leftovers
    if left.options and _fits(left.options, project, requested):
        return _taken_up(project, requested, recalled(left.options))
    app = application(project, requested.app)
    why = _obstacle(project, resolution)
    mode: Mode = requested.mode if requested.mode != "auto" else "sidecar" if why else "in-process"
    auth = auth_of(project, requested.auth, requested.current_user, mode)
    is_here = bool(project.chat.signs)
    home, home_package = home_of_leftovers(left, app, mode) or home_for(
        app, project.tree, mode, is_here=is_here
    )
    user, tokens = theirs(project, auth, mode)
    options = Options(
        app=app,
        app_name=project.name,
        auth=auth,
        user=user,
        token=requested.token,
        env_prefix=read_env_prefix(requested.env_prefix, project.name),
        schema=read_schema(requested.schema, project.name),
        path=read_path(requested.path),
        page=requested.page,
        runtime=requested.runtime,
        page_path=page_path_for(requested.page_path, project.tree),
        mcp_url=read_mcp_url(requested.mcp_url),
        home=home,
        home_package=home_package,
        features=read_extras(requested.features),
        ci=requested.ci,
        tools=read_tools(requested.tools),
        edits=requested.edits,
        mode=mode,
        obstacle=why,
        tokens=tokens,
    )
    return _whole(replace(options, **_kept_constants(project, requested)))


def changed(options: Options, project: Project, asked: Mapping[str, Any]) -> Options:
    """The same choices but for the options in `asked`, by the names that a request has for them.

    `features` are added to those that are there, and `without` names those that are not to be. The
    project is the one without the chat.

    Raises:
        BadOption: an option has a value that cannot be used, or cannot be changed in place.
    """
    new: dict[str, Any] = {}
    for name, value in asked.items():
        if name in NOT_IN_PLACE:
            raise BadOption(
                f"--{name} cannot be changed in place. Run `chatkit-agent undo`, then add the chat "
                "with it: what you edited is kept, and taken up again."
            )
        if name in ("auth", "current_user"):
            auth = value if name == "auth" else "existing"
            new |= _signed_in(project, auth, options.mode)
        elif name not in ("features", "without"):
            new[name] = VALUES[name](value) if name in VALUES else value
    gone = read_extras(asked.get("without", ()))
    features = read_extras((*options.features, *asked.get("features", ())))
    kept = tuple(each for each in features if each not in gone)
    return _whole(replace(options, **new, features=kept))


def _whole(options: Options) -> Options:
    """With what the tools need: a route that writes asks the person first."""
    if options.is_sidecar and tool_routes(options.tools):
        raise BadOption(
            "--tools routes: the application's routes are called in its own process, and the chat "
            "is a service beside it. Give it an MCP server with --mcp-url, or use --tools none."
        )
    return replace(options, features=features_for(options.features, options.tools))


def _signed_in(project: Project, asked: Any, mode: Mode) -> dict[str, Any]:
    auth = auth_of(project, asked, None, mode)
    user, tokens = theirs(project, auth, mode)
    return {"auth": auth, "user": user, "tokens": tokens}


def _obstacle(project: Project, resolution: Resolution | None) -> str | None:
    if resolution is None or resolution.ok is None:
        return known_obstacle(project)
    return certain_obstacle(project) or resolution.obstacle


def recalled(recorded: Mapping[str, Any]) -> Options:
    """The options in a manifest; CannotRead where they are not those of a chat."""
    try:
        options = TypeAdapter(Options).validate_python(_recorded_options(recorded))
        read_schema(options.schema, "")
        read_path(options.path)
        read_page_path(options.page_path)
        read_mcp_url(options.mcp_url)
        read_tools(options.tools)
        read_env_prefix(options.env_prefix, "")
    except (KeyError, TypeError, AttributeError, ValueError, BadOption) as error:
        why = "its options are not those of a chat. Take it back from version control."
        raise CannotRead(f"`{MANIFEST}` is damaged: {why}") from error
    return options


def _recorded_options(recorded: Mapping[str, Any]) -> Options:
    user, tokens = recorded["user"], recorded.get("tokens")
    return Options(
        **{
            **recorded,
            "app": App(**{**recorded["app"], "reasons": ()}),
            "user": recorded_user(user) if user else None,
            "features": tuple(recorded.get("features", ())),
            "edits": tuple(ProposedEdit(**each) for each in recorded.get("edits", ())),
            "tokens": recorded_tokens(tokens) if tokens else None,
        }
    )


def _same_options(project: Project, requested: RequestedOptions, options: Options) -> Options:
    """The options that were made, with the application as it is now."""
    asked = _differences(requested)
    now = {name: getattr(options, name) for name in asked}
    other = {name: each for name, each in asked.items() if each != _comparable(name, now[name])}
    if other:
        raise Refused(_change_in_place(other))
    return with_present_app(project, options)


def _comparable(name: str, value: Any) -> Any:
    return value.ref if name == "app" else value


def _change_in_place(other: Mapping[str, Any]) -> str:
    if fixed := [name for name in other if name in NOT_IN_PLACE]:
        return (
            f"The chat is here already, added with another `{fixed[0]}`. Run `chatkit-agent undo` "
            "first, then add it with the new options; what you edited is taken up again."
        )
    return (
        "The chat is here already, added with other options. Change them in place: "
        f"`chatkit-agent update {' '.join(_flag(*each) for each in other.items())}`."
    )


def _flag(name: str, value: Any) -> str:
    if name == "features":
        return f"--with {','.join(value)}"
    if name == "env_prefix":
        value = value.removesuffix("_CHATKIT_")
    flag = f"--{name.replace('_', '-')}"
    return flag if value is True else f"{flag} {shlex.quote(str(value))}"


def with_present_app(project: Project, options: Options) -> Options:
    known = [each for each in (project.app, *project.candidates) if each]
    same_ref = [each for each in known if each.ref == options.app.ref]
    same_file = [each for each in known if each.file == options.app.file]
    now = next(iter((*same_ref, *same_file)), None)
    return replace(options, app=now) if now else options


def _fits(recorded: Mapping[str, Any], project: Project, requested: RequestedOptions) -> bool:
    """Whether what was kept is of the chat that is asked for."""
    known = {each.ref for each in (project.app, *project.candidates) if each}
    ref = str(recorded["app"]["ref"])
    is_same = requested.app in (None, ref) or (ref not in known and requested.app in known)
    return is_same and requested.mode in ("auto", recorded["mode"])


def _taken_up(project: Project, requested: RequestedOptions, options: Options) -> Options:
    """What was chosen for the chat whose edited files are here still, and what is asked for now."""
    known = {each.ref for each in (project.app, *project.candidates) if each}
    ref = requested.app or (options.app.ref if options.app.ref in known else None)
    options = replace(options, app=application(project, ref), edits=requested.edits)
    asked = {
        name: each for name, each in _differences(requested).items() if name not in NOT_IN_PLACE
    }
    options = replace(options, **_kept_constants(project, requested))
    return changed(options, project, asked)


def _kept_constants(project: Project, requested: RequestedOptions) -> dict[str, Any]:
    found = constants(project.root, project.leftovers)
    return {name: each for name, each in found.items() if name not in _differences(requested)}


def _differences(requested: RequestedOptions) -> dict[str, Any]:
    """The options that differ from their defaults, in the form that choices have."""
    given = {
        each.name: getattr(requested, each.name)
        for each in fields(requested)
        if getattr(requested, each.name) != each.default and each.name != "reference"
    }
    if "env_prefix" in given:
        given["env_prefix"] = read_env_prefix(given["env_prefix"], "")
    if "features" in given:
        given["features"] = features_for(given["features"], requested.tools)
    if "tools" in given:
        given["tools"] = read_tools(given["tools"])
    return given


def recorded_user(recorded: Mapping[str, Any]) -> UserDependency:
    return TypeAdapter(UserDependency).validate_python(recorded)


def recorded_tokens(recorded: Mapping[str, Any]) -> Tokens:
    return TypeAdapter(Tokens).validate_python(recorded)
