"""The plugin's own files: skills, the subagent, and the MCP server's command."""

from __future__ import annotations

from pathlib import Path

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
