"""Facts: what a detector can say about a project, as frozen values."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from fnmatch import fnmatch
from typing import Literal

Manager = Literal[
    "uv",
    "poetry",
    "pdm",
    "hatch",
    "setuptools",
    "pip",
    "pip-tools",
    "pipenv",
    "pixi",
    "conda",
    "none",
]
Style = Literal[
    "pep621", "poetry", "requirements", "pipfile", "pixi", "setup.cfg", "setup.py", "conda", "none"
]
AppKind = Literal[
    "module", "called_factory", "factory", "subclass", "attribute", "reexport", "wrapped"
]


@dataclass(frozen=True)
class App:
    """A FastAPI application, found without importing it.

    `ref` is what `uvicorn` accepts when started in `directory` (`--factory` where `kind` is
    `factory`). `file` is the file of the module in `ref`; `built_in` is the file in which the
    FastAPI object is made, `function` the function that makes it (None: at module level) and
    `variable` its name there. All paths are relative to the project.
    """

    ref: str
    kind: AppKind
    file: str
    directory: str
    built_in: str
    function: str | None
    variable: str
    reasons: tuple[str, ...] = ()
    working_directory: str = ""
    """Where it is started, so where `.env` is looked for: `directory`, or the folder of `src`."""
    started_by: str = ""
    """The file of the project that starts it, and may read arguments; empty: a server does."""
    perhaps: str = ""
    """What `ref` may be as well, where nothing in the project says from where it is started."""

    @property
    def module(self) -> str:
        return self.ref.partition(":")[0]

    @property
    def attribute(self) -> str:
        return self.ref.partition(":")[2]


@dataclass(frozen=True)
class Hint:
    """A place that says which application is started: `module:attribute`, or only a module.

    `weight` is 3 for what deploys, 2 for what a developer runs, 1 for what a text mentions.
    """

    module: str
    attribute: str | None
    source: str
    weight: int
    folders: tuple[str, ...] = ()
    """Where the place says to start, such as `back` of `cd back && uvicorn main:app`."""
    within: str = ""
    """The folder of the place, where what it names is below that."""


@dataclass(frozen=True)
class Declared:
    """One requirement of the project: its normalised name, and where it stands.

    `text` says it as PEP 508 does, None where it is no release of an index (a path, a repository)
    or could not be understood. `limits_only`: it bounds a version and asks for nothing.
    """

    name: str
    text: str | None
    file: str
    limits_only: bool = False
    of_another_index: bool = False
    """It comes from an index of the project's own: the public one is not asked for it."""


@dataclass(frozen=True)
class Packaging:
    """How the project declares its dependencies. `file` is None where nothing declares them."""

    manager: Manager
    file: str | None
    style: Style
    declared: tuple[str, ...] = ()
    """Names of the declared dependencies, normalised (PEP 503)."""
    requirements: tuple[Declared, ...] = ()
    """The same with their versions, each with the file in which it stands."""
    table: tuple[str, ...] = ()
    """Where in a TOML file the list or table of them is, such as `project`, `dependencies`."""
    compiler: tuple[str, ...] = ()
    """The command that makes a lock file of it, such as `uv pip compile base.in -o base.txt`."""
    also: tuple[str, ...] = ()
    """Requirements of its groups and extras that it was seen not to run without."""

    @property
    def is_above(self) -> bool:
        """Whether it stands above the project's folder, where nothing is written."""
        return (self.file or "").startswith("../")


@dataclass(frozen=True)
class Lock:
    """The versions that run, by normalised name, as the lock file `file` holds them.

    What is no release of an index is not among them.
    """

    file: str
    versions: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Install:
    """A requirements file that an image of the application installs, and the line that does."""

    where: str
    file: str
    requirements: tuple[Declared, ...]
    """What stands in it and in what it includes."""

    @property
    def declared(self) -> tuple[str, ...]:
        """Names of the packages, normalised (PEP 503)."""
        return tuple(dict.fromkeys(each.name for each in self.requirements))


@dataclass(frozen=True)
class Copies:
    """What of the project is copied into an image of the application, last by the line `where`."""

    where: str
    patterns: tuple[str, ...]
    """Files, folders and patterns of them, from the project; '' is the whole."""

    def hold(self, path: str) -> bool:
        parts = path.split("/")
        wanted = [each.split("/") for each in self.patterns if each]
        fitting = (each for each in wanted if len(each) <= len(parts))
        return "" in self.patterns or any(all(map(fnmatch, parts, each)) for each in fitting)


@dataclass(frozen=True)
class Image:
    """An image of the application; `copies` is None where what it is made of is not clear."""

    path: str
    """The file that says how it is made."""
    installs: tuple[Install, ...]
    """The lists that it installs in the place of what `packaging` declares."""
    copies: Copies | None


@dataclass(frozen=True)
class Python:
    """The Python versions that the project declares (a PEP 440 specifier), and where."""

    requires: str | None
    source: str | None
    runs_on: str | None = None
    """What a file says of the one version that runs it, such as `3.12`, of those it allows."""


@dataclass(frozen=True)
class SettingsClass:
    """A pydantic settings class. `extra` is None where the class does not say."""

    name: str
    file: str
    style: Literal["pydantic-settings", "pydantic1"]
    extra: str | None
    env_files: tuple[str, ...]
    """As written, unresolved: the string, or the expression where it is computed."""
    reads_env_file: bool
    inherited: bool = False
    """Its configuration is that of a base class, which is listed too."""

    @property
    def forbids_extra(self) -> bool:
        """Whether an unknown key in the env file breaks this class, and not only its base.

        pydantic-settings forbids unknown keys unless told otherwise; pydantic 1 never saw them.
        """
        strict = self.style == "pydantic-settings" and self.extra in (None, "forbid")
        return strict and self.reads_env_file and not self.inherited


@dataclass(frozen=True)
class SignIn:
    """A route that takes a name and a password and gives a token, in the field `token`.

    It takes JSON with the name in the field `json_name`, or, where that is empty, a form with
    `username`.
    """

    path: str
    json_name: str = ""
    token: str = "access_token"  # noqa: S105 - the name of a field

    def __post_init__(self) -> None:
        if not re.fullmatch(r"\w*", self.json_name + self.token):
            # A manifest may say anything, and both are written into code and commands.
            raise ValueError("the name of a field has letters, digits and `_` only")

    @property
    def asks_for(self) -> str:
        return "Email" if "mail" in self.json_name else "User name"


@dataclass(frozen=True)
class Credential:
    """What a request carries to sign its user in, such as the cookie `session`.

    `scheme` stands before it, such as `Bearer`. In a `session` the server keeps who the user is,
    and with `basic` it is a password: neither is a token that could be handed on.
    """

    place: Literal["header", "cookie", "query", "session", "basic"]
    name: str
    scheme: str = ""
    sign_in: SignIn | None = field(default=None, compare=False)

    @property
    def is_token(self) -> bool:
        return self.place in ("header", "cookie", "query")

    @property
    def is_usual(self) -> bool:
        return (self.place, self.name.lower(), self.scheme) == ("header", "authorization", "Bearer")

    def __str__(self) -> str:
        named = {"session": "a session of the server", "basic": "a user name and password"}
        return named.get(self.place, f"the {self.place} `{self.name}`")


BEARER = Credential("header", "Authorization", "Bearer")
OF_KEY = "id_of_key"
"""Stands for the expression of a user's id where a key is all that is known of them."""


@dataclass(frozen=True)
class UserDependency:
    """The application's own way to know its user, for `Depends`.

    `user_id` is the expression on `user` that gives the user's id, such as `user.id` or
    `user["sub"]`.
    """

    name: str
    file: str
    module: str
    form: Literal["function", "annotated", "instance"]
    user_id: str
    evidence: str
    credentials: tuple[Credential, ...] = ()
    """What it reads of a request to know the user, in its order; empty where that is not told."""

    @property
    def bound(self) -> str:
        """The name that has to be imported, such as `Control` for `Control.is_authed`."""
        return re.split(r"[.(]", self.name)[0]

    @property
    def tokens(self) -> tuple[Credential, ...]:
        return tuple(each for each in self.credentials if each.is_token)


@dataclass(frozen=True)
class Auth:
    """What the project has to sign its users in."""

    dependencies: tuple[UserDependency, ...] = ()
    schemes: tuple[str, ...] = ()
    """Names of the security classes that are used, such as OAuth2PasswordBearer."""
    not_used: tuple[str, ...] = ()
    """Where `dependencies` is empty: what looks like a sign-in, and why it does not do as one."""
    rivals: tuple[UserDependency, ...] = ()
    """Where it cannot be told which of several gives the user: these, and `best` is none."""

    @property
    def best(self) -> UserDependency | None:
        return self.dependencies[0] if self.dependencies and not self.rivals else None


@dataclass(frozen=True)
class Named:
    """A value that the application reads: the variable that holds it, and what it is without one.

    A secret's value is never kept.
    """

    variable: str | None = None
    default: str | None = None


@dataclass(frozen=True)
class Tokens:
    """How the application verifies the JSON Web Tokens that it signs its users in with.

    `key` is the expression that verifies them, as written in `file`; `key_variable` holds its
    value, None where that is not read from the environment. `user` is the claim that names the
    user, such as `sub` or, one within another, `user.email`.
    """

    file: str
    key: str
    key_variable: str | None
    is_jwks: bool
    algorithm: Named
    user: str
    evidence: str
    header: str = "Authorization"
    scheme: Named = Named(default="Bearer")
    issuer: Named | None = None
    audience: Named | None = None
    cookie: str = ""
    """The cookie that brings the token, where a header does not."""
    key_service: Named | None = None
    """The variable with which the address of the keys begins, where it is not all of it."""
    sign_in: SignIn | None = field(default=None, compare=False)

    @property
    def carried(self) -> Credential:
        """What carries one in a header."""
        return Credential("header", self.header, self.scheme.default or "", self.sign_in)


@dataclass(frozen=True)
class Middleware:
    """One that stands in the way of a streamed answer; `effect` goes on after its name."""

    name: str
    file: str
    effect: str


@dataclass(frozen=True)
class MCPServer:
    """An MCP server that the repository has, and where it is while it runs on this machine."""

    file: str
    url: str
    warning: str = ""
    """What the chat's own `mcp` would do to it."""


@dataclass(frozen=True)
class Route:
    """A route that reads, and whether it depends on who is signed in."""

    method: str
    path: str
    file: str
    function: str
    knows_person: bool

    @property
    def label(self) -> str:
        return f"{self.method} {self.path}"


@dataclass(frozen=True)
class EnvFile:
    """An environment file; `names` are its variables (values are never read into a Project)."""

    path: str
    is_example: bool
    names: tuple[str, ...]


@dataclass(frozen=True)
class Chat:
    """A chat that is already here: ours (`applied`, from our record) or somebody else's."""

    applied: bool = False
    signs: tuple[str, ...] = ()
    """What was found and where, such as `ChatKitServer subclass in app/chat.py`."""
