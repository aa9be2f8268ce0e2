"""1 Project: what is here, by name and path, never by line number."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from chatkit_agent.facts import App, Auth, Chat, EnvFile, Packaging, Python, SettingsClass


@dataclass(frozen=True)
class Project:
    """What was read of a project. `app` is None where `candidates` are none or several."""

    root: Path
    name: str
    app: App | None
    candidates: tuple[App, ...]
    packaging: Packaging
    python: Python
    settings: tuple[SettingsClass, ...]
    auth: Auth
    env_files: tuple[EnvFile, ...]
    chat: Chat
    shadows: tuple[str, ...] = ()
    """Top-level modules or folders that hide the SDKs, such as `agents.py`."""
    unreadable: tuple[str, ...] = ()
    """Python files that could not be parsed, with the reason."""
