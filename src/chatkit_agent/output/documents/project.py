"""What is in a project."""

from __future__ import annotations

from chatkit_agent.output.documents.base import Document, Part
from chatkit_agent.project.read import Project


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


class CredentialPart(Part):
    place: str
    name: str
    scheme: str


class UserDependencyPart(Part):
    name: str
    file: str
    module: str
    form: str
    user_id: str
    evidence: str
    credentials: tuple[CredentialPart, ...] = ()


class AuthPart(Part):
    dependencies: tuple[UserDependencyPart, ...]
    schemes: tuple[str, ...]
    not_used: tuple[str, ...] = ()
    rivals: tuple[UserDependencyPart, ...] = ()


class NamedPart(Part):
    variable: str | None
    default: str | None


class TokensPart(Part):
    file: str
    key: str
    key_variable: str | None
    is_jwks: bool
    algorithm: NamedPart
    user: str
    header: str
    scheme: NamedPart
    cookie: str = ""
    issuer: NamedPart | None
    audience: NamedPart | None
    evidence: str


class EnvFilePart(Part):
    path: str
    is_example: bool
    names: tuple[str, ...]


class ChatPart(Part):
    applied: bool
    signs: tuple[str, ...]


class MCPServerPart(Part):
    file: str
    url: str
    warning: str


class RoutePart(Part):
    label: str
    file: str
    knows_person: bool


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
    tokens: TokensPart | None
    env_files: tuple[EnvFilePart, ...]
    chat: ChatPart
    mcp_servers: tuple[MCPServerPart, ...]
    routes: tuple[RoutePart, ...]
    shadows: tuple[str, ...]
    shadowed: tuple[str, ...]
    unreadable: tuple[str, ...]

    @classmethod
    def of(cls, project: Project) -> InspectDocument:
        parts = {name: getattr(project, name) for name in cls.model_fields if name != "schema_"}
        return cls.model_validate({**parts, "root": str(project.root)})
