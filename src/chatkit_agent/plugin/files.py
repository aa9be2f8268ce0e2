"""Files: the plugin's own, and where each coding agent looks for such."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

PACKAGE = Path(__file__).parent.parent
NAME = "chatkit-agent"
SERVER = {"command": "uvx", "args": ["chatkit-agent", "mcp"]}
"""Depends on nothing but uv: neither on PATH having this command, nor on an environment."""


def plugin_folder() -> Path:
    """Where `skills/` and `agents/` lie: in the installed package, or at the repository's root."""
    installed = PACKAGE / "plugin_files"
    return installed if installed.is_dir() else PACKAGE.parent.parent


def skill_files() -> dict[str, bytes]:
    """Every file of the skills, by its path below a folder of skills."""
    return _below(plugin_folder() / "skills")


def subagent_files() -> dict[str, bytes]:
    return _below(plugin_folder() / "agents")


def _below(folder: Path) -> dict[str, bytes]:
    found = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in found}


Agent = Literal["claude", "codex", "gemini", "cursor", "vscode", "agents"]
SHARED_SKILLS = ".agents/skills"
"""Read by Codex, Gemini CLI, Cursor, VS Code and whatever follows the Agent Skills convention."""


@dataclass(frozen=True)
class Home:
    """Folders and files below the project, or below the user's home where `user` is meant.

    `servers` is the file that lists MCP servers, and `section` the member that holds them there.
    `command` is a command for what has no file of its own to be put into.
    """

    skills: str
    subagents: str | None = None
    servers: str | None = None
    section: str = "mcpServers"
    command: str | None = None


PROJECT: dict[Agent, Home] = {
    "claude": Home(".claude/skills", ".claude/agents", ".mcp.json"),
    "codex": Home(SHARED_SKILLS, None, ".codex/config.toml", "mcp_servers"),
    "gemini": Home(SHARED_SKILLS, ".gemini/agents", ".gemini/settings.json"),
    "cursor": Home(SHARED_SKILLS, None, ".cursor/mcp.json"),
    "vscode": Home(SHARED_SKILLS, None, ".vscode/mcp.json", "servers"),
    "agents": Home(SHARED_SKILLS),
}

# Claude Code keeps the user's servers in a file that it rewrites while it runs.
CLAUDE_ADDS = "claude mcp add --scope user chatkit-agent -- uvx chatkit-agent mcp"


def user_home(agent: Agent) -> Home:
    """Where the agent looks for what is its user's, whatever the project."""
    if agent == "claude":
        return Home(".claude/skills", ".claude/agents", command=CLAUDE_ADDS)
    if agent == "vscode":
        return Home(SHARED_SKILLS, None, f"{_vscode_profile()}/mcp.json", "servers")
    return PROJECT[agent]


def _vscode_profile() -> str:
    if sys.platform == "darwin":
        return "Library/Application Support/Code/User"
    return "AppData/Roaming/Code/User" if sys.platform == "win32" else ".config/Code/User"
