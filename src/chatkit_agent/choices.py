"""Choices: what a person asked for, made whole with what the project says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from chatkit_agent.facts import App, UserDependency

AuthMode = Literal["existing", "jwt", "none"]
TokenMode = Literal["auto", "header", "argument", "prompt"]


@dataclass(frozen=True)
class Request:
    """What was asked for; None leaves a choice to the project."""

    app: str | None = None
    mcp_url: str | None = None
    auth: Literal["auto", "existing", "jwt", "none"] = "auto"
    token: TokenMode = "auto"
    env_prefix: str | None = None
    schema: str | None = None
    path: str = "/chatkit"


@dataclass(frozen=True)
class Choices:
    """What every edit works from.

    `home` is the folder that receives `chatkit_store/` and `services/` (such as `app`), and
    `home_package` its dotted name as imported from `app.directory` (such as `app`).
    `env_prefix` ends with an underscore, such as `TASKFLOW_CHATKIT_`.
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
