"""Where this tool itself is installed, and the command that installs more of it there."""

from __future__ import annotations

import json
import shlex
import sys
from importlib.metadata import PackageNotFoundError, distribution, version
from importlib.util import find_spec
from pathlib import Path, PurePath
from typing import Any
from urllib.parse import unquote, urlsplit

NAME = "chatkit-agent"
BESIDE = ("openai-agents", "mcp", "uv", "libcst")
"""Libraries whose version a report of a problem needs."""


def install_command(extra: str) -> str:
    """The command that adds `extra` to this very installation, as it is typed into a shell.

    uv and pipx leave a file in the environment of a tool, wherever that is, an editable clone and
    a wheel are named in `direct_url.json` (PEP 610), and what uv made may have no pip.
    """
    wanted = _requirement(extra)
    parts = PurePath(sys.prefix).parts
    if "archive-v0" in parts:
        return f"uvx --from {wanted} {NAME}"
    if _has("uv-receipt.toml") or ("tools" in parts and "uv" in parts):
        return f"uv tool install --force {wanted}"
    if _has("pipx_metadata.json") or "pipx" in parts:
        return f"pipx install --force {wanted}"
    editable = "-e " if _origin().get("dir_info", {}).get("editable") else ""
    python = shlex.quote(sys.executable)
    if find_spec("pip") is None:
        return f"uv pip install --python {python} {editable}{wanted}"
    return f"{python} -m pip install {editable}{wanted}"


def version_text() -> str:
    """The version, and the environment that it runs in, as a report of a problem needs them."""
    python = ".".join(map(str, sys.version_info[:3]))
    lines = [f"{NAME} {version(NAME)}", f"Python {python} at {sys.executable} ({sys.platform})"]
    return "\n".join([*lines, ", ".join(f"{name} {_version_of(name)}" for name in BESIDE)])


def _has(receipt: str) -> bool:
    return Path(sys.prefix, receipt).is_file()


def _requirement(extra: str) -> str:
    origin = _origin()
    place = unquote(urlsplit(origin["url"]).path) if "url" in origin else NAME
    return shlex.quote(f"{place}[{extra}]")


def _origin() -> dict[str, Any]:
    """What PEP 610 says of a local folder or file; nothing where an index was asked."""
    text = distribution(NAME).read_text("direct_url.json")
    found: dict[str, Any] = json.loads(text) if text else {}
    url = str(found.get("url", ""))
    is_here = url.startswith("file:") and Path(unquote(urlsplit(url).path)).exists()
    return found if is_here else {}


def _version_of(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"
