"""Options: what a person asked for, made whole with what the project says."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path, PurePosixPath
from typing import Any, Literal
from urllib.parse import urlsplit

from chatkit_agent.errors import (
    BadOption,
    NoApplication,
    Refused,
    SeveralApplications,
    SeveralSignIns,
)
from chatkit_agent.options.blockers import known_obstacle, legacy_code
from chatkit_agent.options.features import chosen_features
from chatkit_agent.options.patches import ProposedEdit
from chatkit_agent.options.resolver import Resolution
from chatkit_agent.project.facts import App, Credential, Named, Tokens, UserDependency
from chatkit_agent.project.manifest import journal_of, manifest_of
from chatkit_agent.project.read import Project
from chatkit_agent.project.text.visible import visible
from chatkit_agent.project.tree import Tree

Mode = Literal["in-process", "sidecar"]
AuthMode = Literal["existing", "jwt", "none"]
TokenMode = Literal["auto", "header", "argument", "prompt"]

URL = re.compile(r"[A-Za-z0-9._~:/?#\[\]@!&*+,;=%()-]{1,2000}")
PACKAGES = ("chatkit_store", "chatkit_runtime", "services")
OWN_PACKAGE = "chatkit_backend"
SERVER = "services/chatkit_server.py"
# With a hyphen they are no packages: nobody imports, builds or collects them by accident.
SIDECARS = ("chatkit-sidecar", "chat-sidecar")
SERVICE = "chat"
# What stays of a sidecar that was taken out: nothing of it was written by us.
LEFT_OVER = {".env", ".venv", "uv.lock", ".pytest_cache"}


@dataclass(frozen=True)
class RequestedOptions:
    """What was asked for; None or the default leaves a choice to the project."""

    app: str | None = None
    current_user: str | None = None
    """The dependency that gives the signed-in user, such as `app.auth:get_current_user`."""
    mode: Literal["auto", "in-process", "sidecar"] = "auto"
    mcp_url: str | None = None
    auth: Literal["auto", "existing", "jwt", "none"] = "auto"
    token: TokenMode = "auto"  # noqa: S105
    env_prefix: str | None = None
    schema: str | None = None
    path: str = "/chatkit"
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
    and `tokens` how the application's own sign-in is verified, where `auth` is `existing`.
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

    @property
    def current_user(self) -> str | None:
        return f"{self.user.module}:{self.user.name}" if self.user else None

    @property
    def is_sidecar(self) -> bool:
        return self.mode == "sidecar"

    @property
    def verifies_tokens(self) -> bool:
        """Whether the delivered code verifies tokens, and not the application's own dependency."""
        return self.auth != "existing" or self.is_sidecar

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
    if journal_of(project.root).is_file():
        raise Refused(
            "An earlier run was cut off in the middle. `chatkit-agent add` puts its files back "
            "before it goes on, and so does `chatkit-agent undo`."
        )
    manifest = manifest_of(project.root)
    if manifest is not None:
        return _kept(project, requested, manifest.options)
    app = _app(project, requested.app)
    why = _obstacle(project, resolution)
    mode: Mode = requested.mode if requested.mode != "auto" else "sidecar" if why else "in-process"
    auth = _auth(project, requested, mode)
    is_here = bool(project.chat.signs)
    home, home_package = _home(app, Tree(project.root), mode, is_here=is_here)
    uses_theirs = auth == "existing"
    return Options(
        app=app,
        app_name=project.name,
        auth=auth,
        user=project.auth.best if uses_theirs and mode == "in-process" else None,
        token=requested.token,
        env_prefix=_env_prefix(requested.env_prefix, project.name),
        schema=_schema(requested.schema, project.name),
        path=_path(requested.path),
        mcp_url=_mcp_url(requested.mcp_url),
        home=home,
        home_package=home_package,
        features=_features(requested.features),
        ci=requested.ci,
        edits=requested.edits,
        mode=mode,
        obstacle=why,
        tokens=project.tokens if uses_theirs and mode == "sidecar" else None,
    )


def _obstacle(project: Project, resolution: Resolution | None) -> str | None:
    if resolution is None or resolution.ok is None:
        return known_obstacle(project)
    return resolution.obstacle or legacy_code(project)


def _kept(project: Project, requested: RequestedOptions, recorded: Any) -> Options:
    """The recorded choices, with the application as it is now."""
    user, tokens = recorded["user"], recorded.get("tokens")
    options = Options(
        **{
            **recorded,
            "app": App(**{**recorded["app"], "reasons": ()}),
            "user": _user(user) if user else None,
            "features": tuple(recorded.get("features", ())),
            "edits": tuple(ProposedEdit(**each) for each in recorded.get("edits", ())),
            "tokens": _tokens(tokens) if tokens else None,
        }
    )
    for option, asked in _asked(requested).items():
        if asked != (options.app.ref if option == "app" else getattr(options, option)):
            if option == "features":
                wanted = ",".join(asked)
                raise Refused(
                    "The chat is here already, with other modules. "
                    f"Add these with `chatkit-agent update --with {wanted}`."
                )
            raise Refused(
                f"The chat is here already, added with another `{option}`. "
                "Run `chatkit-agent undo` first, then add it with the new options."
            )
    known = (project.app, *project.candidates)
    now = [each for each in known if each and each.ref == options.app.ref]
    return replace(options, app=now[0]) if now else options


def _user(recorded: Mapping[str, Any]) -> UserDependency:
    credentials = tuple(Credential(**each) for each in recorded.get("credentials", ()))
    return UserDependency(**{**recorded, "credentials": credentials})


def _tokens(recorded: Mapping[str, Any]) -> Tokens:
    named = ("algorithm", "scheme", "issuer", "audience")
    read = {name: Named(**recorded[name]) if recorded[name] else None for name in named}
    return Tokens(**{**recorded, **read})


def _asked(requested: RequestedOptions) -> dict[str, Any]:
    """The options that differ from their defaults, in the form that choices have."""
    given = {
        each.name: getattr(requested, each.name)
        for each in fields(requested)
        if getattr(requested, each.name) != each.default and each.name != "reference"
    }
    if "env_prefix" in given:
        given["env_prefix"] = _env_prefix(given["env_prefix"], "")
    if "features" in given:
        given["features"] = _features(given["features"])
    return given


def _features(names: Sequence[str]) -> tuple[str, ...]:
    return tuple(each.name for each in chosen_features(names))


def _app(project: Project, ref: str | None) -> App:
    known = [each for each in (project.app, *project.candidates) if each]
    if ref is not None:
        named = [each for each in known if each.ref == ref]
        if not named:
            raise NoApplication(f"No FastAPI application `{ref}` was found. {_listed(known)}")
        return named[0]
    if project.app is not None:
        return project.app
    if known:
        are_told_apart = len({each.ref for each in known}) == len(known)
        how = "Choose one with --app" if are_told_apart else "Give the folder of the one you mean"
        raise SeveralApplications(
            f"Several FastAPI applications were found. {how}: {_listed(known)}"
        )
    raise NoApplication(f"{NoApplication.__doc__} Searched: `{project.root}`.")


def _listed(candidates: list[App]) -> str:
    return "; ".join(
        f"`{each.ref}`{f' in `{each.directory}`' if each.directory else ''} "
        f"({', '.join(each.reasons) or each.file})"
        for each in candidates
    )


def _auth(project: Project, requested: RequestedOptions, mode: Mode) -> AuthMode:
    if project.auth.rivals and mode == "in-process" and requested.auth in ("auto", "existing"):
        raise SeveralSignIns(
            "Several dependencies give a signed-in user, and routes ask for each as often: "
            f"{_named(project.auth.rivals)}. Choose one with --current-user MODULE:NAME."
        )
    theirs = project.tokens if mode == "sidecar" else project.auth.best
    if requested.current_user and (requested.auth in ("jwt", "none") or mode == "sidecar"):
        raise BadOption(
            "--current-user: the application's own dependency can be asked only in its process. "
            "Leave out `--auth` and `--mode sidecar`, or this option."
        )
    if requested.auth == "auto":
        return "existing" if theirs else "jwt"
    if requested.auth == "existing" and theirs is None and mode == "sidecar":
        raise BadOption(
            "--auth existing: the application was not seen to verify a JSON Web Token, so a "
            "service beside it cannot. Use --auth jwt."
        )
    if requested.auth == "existing" and theirs is None:
        raise BadOption(
            "--auth existing: no dependency that gives the signed-in user and its id was found. "
            "Name it with --current-user MODULE:NAME, or use --auth jwt."
        )
    return requested.auth


def _named(users: Sequence[UserDependency]) -> str:
    return "; ".join(f"`{each.module}:{each.name}` ({each.evidence})" for each in users)


def _words(name: str) -> str:
    """A name as an identifier in lower case, such as `my_app` for `My-App`."""
    words = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")
    return words if re.match(r"[a-z]", words) else f"app_{words}".strip("_")


def _env_prefix(asked: str | None, name: str) -> str:
    if asked is not None and not re.fullmatch(r"[A-Za-z]\w*", asked, re.ASCII):
        raise BadOption(
            f"--env-prefix {asked}: a variable is named with letters, digits and underscores, "
            "and begins with a letter, such as TASKFLOW."
        )
    words = _words(asked or name).upper().removesuffix("_CHATKIT")
    return f"{words}_CHATKIT_"


def _schema(asked: str | None, name: str) -> str:
    if asked is None:
        return f"{_words(name)[:58].rstrip('_')}_chat"
    if not re.fullmatch(r"[a-z_][a-z0-9_]{0,62}", asked) or asked.startswith("pg_"):
        raise BadOption(
            f"--schema {asked}: a schema is named with at most 63 lower-case letters, digits and "
            "underscores, begins with a letter, and not with `pg_`."
        )
    return asked


def _path(asked: str) -> str:
    if not re.fullmatch(r"(/(?!\.{1,2}(?:/|$))[A-Za-z0-9._~-]+)+", asked) or len(asked) > 200:
        raise BadOption(
            f"--path {asked}: a path begins with a slash, ends without one, and has letters, "
            "digits and `. _ ~ -` between, such as `/chatkit`."
        )
    return asked


def _mcp_url(asked: str | None) -> str | None:
    if asked is None:
        return None
    if not URL.fullmatch(asked):
        raise BadOption(
            f"--mcp-url {visible(asked)[:200]}: a URL has no spaces, quotes, line ends or control "
            "characters; it is written to files. Percent-encode them."
        )
    parts = urlsplit(asked)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise BadOption(f"--mcp-url {asked}: give an http or https URL.")
    if parts.username or parts.password:
        raise BadOption("--mcp-url: leave out the user and password; the URL is written to files.")
    return asked


def _home(app: App, tree: Tree, mode: Mode, *, is_here: bool) -> tuple[str, str]:
    """The folder that receives the chat, or has it by somebody's hand, and its dotted name."""
    if mode == "sidecar":
        return _beside(app, tree), SERVICE
    folder = PurePosixPath(app.file).parent
    package = app.module if app.file.endswith("__init__.py") else app.module.rpartition(".")[0]
    places = [(folder, package)] if package else []
    places.append((folder / OWN_PACKAGE, f"{package}.{OWN_PACKAGE}".lstrip(".")))
    for home, name in places:
        if is_here and tree.exists(str(home / SERVER)):
            return str(home), name
        taken = [OWN_PACKAGE] if home.name == OWN_PACKAGE else PACKAGES
        above = home.parent if home.name == OWN_PACKAGE else home
        if not any(_is_taken(tree, str(above / each)) for each in taken):
            return str(home), name
    raise Refused(f"`{folder / OWN_PACKAGE}` is there already. Rename it, then run this again.")


def _beside(app: App, tree: Tree) -> str:
    for name in SIDECARS:
        folder = str(PurePosixPath(app.working_directory or ".") / name)
        on_disk = tree.root / folder
        there = {each.name for each in on_disk.iterdir()} if on_disk.is_dir() else set[str]()
        if there <= LEFT_OVER and (there or not tree.is_taken(folder)):
            return f"{folder}/{SERVICE}"
    raise Refused(f"`{folder}` is there already. Rename it, then run this again.")


def _is_taken(tree: Tree, path: str) -> bool:
    return tree.is_taken(path) or tree.is_taken(f"{path}.py")
