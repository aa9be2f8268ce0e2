"""Paths: which files a plan of this tool can have, whoever claims that one has them."""

from __future__ import annotations

import os
import re
import unicodedata
from pathlib import Path, PurePosixPath

from chatkit_agent.project.text.visible import is_plain, visible

OWN_FOLDER = ".chatkit-agent"
WORKFLOW = ".github/workflows/chatkit.yml"
HIDDEN_FOLDERS = frozenset({OWN_FOLDER, ".github", ".github/workflows"})
VERSION_CONTROL = re.compile(r"\.(?:git|hg|svn|jj)|git~\d+", re.IGNORECASE)
# What some file systems leave out of a name, so that `.g<U+200C>it` is `.git` there.
LEFT_OUT = re.compile("[\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff]")
RESERVED = re.compile(
    r"(?:con|prn|aux|nul|con(?:in|out)\$|(?:com|lpt)[\d¹²³]) *(?:\..*)?", re.IGNORECASE
)
SHORT_NAME = re.compile(r".*~\d+(?:\..*)?")
ENV_EXAMPLE = re.compile(
    r"(?=.*env)(?=.*(?:example|sample|template|tmpl|dist|default))\.?[\w.-]+", re.IGNORECASE
)
KINDS = re.compile(
    r".+\.(?:pyi?|sql|md|rst|html|css|m?js|tsx?|jsx|json|svg|txt|in|piptools|ini|conf|ya?ml)"
    r"|(?:pyproject|pixi)\.toml|setup\.cfg|Pipfile|(?:.+\.)?Dockerfile(?:\..+)?"
    r"|VERSION|SHA256SUMS|py\.typed",
    re.IGNORECASE,
)
RUN_BY_OTHERS = re.compile(
    r"conftest\.py|(?:site|user)customize\.py|noxfile\.py|package\.json|tox\.ini|pytest\.ini"
    r"|taskfile\.ya?ml",
    re.IGNORECASE,
)
"""What a tool runs on its own: nothing of a chat is in one."""
FOREIGN_FOLDERS = frozenset(
    {"__pycache__", "node_modules", "site-packages", "dist-packages", "venv", "env", "virtualenv"}
)


def not_planned(path: str) -> str | None:
    """Why no plan of this tool has a file of that path; None where one can have it."""
    parts = PurePosixPath(path).parts
    if reason := not_inside(path):
        return reason
    if path == WORKFLOW or parts[0] == OWN_FOLDER:
        return None
    if any(part.startswith(".") for part in parts[:-1]):
        return "it is in a hidden folder"
    if any(part.lower() in FOREIGN_FOLDERS for part in parts[:-1]):
        return "it is in a folder of installed packages"
    name = parts[-1]
    if name.startswith(".") and not ENV_EXAMPLE.fullmatch(name):
        return "it is a hidden file"
    if RUN_BY_OTHERS.fullmatch(name):
        return "other tools run it on their own"
    if not KINDS.fullmatch(name) and not ENV_EXAMPLE.fullmatch(name):
        return "it is of a kind that is never planned"
    return None


def not_inside(path: str) -> str | None:
    """Why a path is none below a project, on any system; None where it is one."""
    parts = PurePosixPath(path).parts
    if not parts or str(PurePosixPath(path)) != path or len(path) > 1000:
        return "it is not written as a path"
    if not is_plain(path) or any(each in path for each in '\\:*?"<>|'):
        return "it has characters that no path of a plan has"
    if path.startswith("/") or ".." in parts:
        return "it is outside of the project"
    for part in parts:
        if is_version_control(part):
            return "it is in the folder of a version control"
        if part[-1:] in (" ", ".") or RESERVED.fullmatch(part) or SHORT_NAME.fullmatch(part):
            return "it is another file on some systems"
    return None


def spelled_alike(path: str) -> str:
    """Two paths of which this is one are one file, where a system tells neither case nor form."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", path).casefold())


def is_version_control(name: str) -> bool:
    """Whether a file system takes a name for that of a version control's folder or file."""
    plain = LEFT_OUT.sub("", name).partition(":")[0].rstrip(" .")
    return VERSION_CONTROL.fullmatch(plain) is not None


def real_below(real_root: str, path: str) -> str:
    """Where a path really leads, its links followed; `real_root` is a real path itself."""
    place = real_root
    for part in path.split("/"):
        place = os.path.join(place, part)
        if part in ("", ".", "..") or os.name == "nt" or os.path.islink(place):
            return os.path.realpath(os.path.join(real_root, path))
    return place


def is_below(real_root: str, place: str) -> bool:
    """Whether a real path is the root or lies below it."""
    return place == real_root or place.startswith(real_root.rstrip(os.sep) + os.sep)


def leads_elsewhere(root: Path, path: str) -> str | None:
    """Why the file that is really written there, by links, is none of a plan."""
    real_root = os.path.realpath(root)
    real = real_below(real_root, path)
    if real == os.path.join(real_root, path):
        return None
    if not is_below(real_root, real):
        return f"a link leads it out of the project, to `{visible(real)}`"
    inner = os.path.relpath(real, real_root).replace(os.sep, "/")
    reason = not_planned(inner)
    return f"a link leads it to `{visible(inner)}`: {reason}" if reason else None
