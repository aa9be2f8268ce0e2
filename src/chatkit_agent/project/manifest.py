"""Manifest: what was applied to a project, kept in the project, and how it looks without that."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from chatkit_agent.errors import CannotRead
from chatkit_agent.project.text.added_code import take_out
from chatkit_agent.project.text.forms import Form, is_only_laid_out

MANIFEST = ".chatkit-agent/manifest.json"
MENDED = ".chatkit-agent/mended.json"
"""What the doctor mended is told apart from the chat that was added, and undone before it."""
KEPT = ".chatkit-agent/kept.json"
"""What `undo` left because the user had edited it, as it was delivered: `add` takes it up."""
UNFINISHED = ".chatkit-agent/unfinished.json"
"""There only while files are being put in place."""
FORMAT = 1
BEFORE, AFTER = "before the chat", "this version"
"""What our side of a conflict is, in its markers."""


@dataclass(frozen=True)
class Touched:
    """A file before (None: it was not there) and after."""

    path: str
    before: bytes | None
    after: bytes


@dataclass(frozen=True)
class Manifest:
    """What was applied. `folders` are those that were made for it, the outermost first."""

    version: str
    plan_id: str
    options: Mapping[str, Any]
    files: tuple[Touched, ...]
    folders: tuple[str, ...]

    def as_json(self) -> bytes:
        document = {
            "format": FORMAT,
            "version": self.version,
            "plan_id": self.plan_id,
            "options": self.options,
            "folders": self.folders,
            "files": [
                {"path": each.path, "before": _packed(each.before), "after": _packed(each.after)}
                for each in self.files
            ],
        }
        return (json.dumps(document, indent=1, ensure_ascii=False) + "\n").encode()


@dataclass(frozen=True)
class Place:
    """A line of a file in the project."""

    path: str
    line: int

    def __str__(self) -> str:
        return f"{self.path} line {self.line}"


@dataclass(frozen=True)
class Restoration:
    """What makes a project be without the chat: contents by path (None: no such file).

    `kept` are files of ours that the user has edited; `overlaps` are where the user's later edits
    changed the lines that were added.
    """

    contents: Mapping[str, bytes | None]
    kept: tuple[str, ...]
    overlaps: tuple[Place, ...]


def manifest_of(root: Path, name: str = MANIFEST) -> Manifest | None:
    """The manifest of a project, None where nothing was applied.

    Raises:
        CannotRead: there is a manifest that this version cannot read.
    """
    path = root / name
    if not path.is_file():
        return None
    try:
        document = json.loads(path.read_bytes())
        if document["format"] != FORMAT:
            raise CannotRead(f"`{MANIFEST}` was written by another version; install that one.")
        return Manifest(
            document["version"],
            document["plan_id"],
            document["options"],
            tuple(map(_touched, document["files"])),
            tuple(map(_inside, document["folders"])),
        )
    except (ValueError, KeyError, TypeError) as error:
        raise CannotRead(f"`{MANIFEST}` is damaged; take it back from version control.") from error


def without_chat(root: Path, manifest: Manifest, ours_is: str | None = None) -> Restoration:
    """How the files under `root` have to be for the chat to be gone; writes nothing.

    With `ours_is`, both sides of an overlap are in the contents, between conflict markers.
    """
    contents: dict[str, bytes | None] = {}
    kept: list[str] = []
    overlaps: list[Place] = []
    for each in manifest.files:
        path = root / each.path
        now = path.read_bytes() if path.is_file() else None
        if now is None:
            continue
        was = in_form_of(now, each)
        if now == was.before:
            continue
        if was.before is None:
            if is_unedited(now, was) and not path.is_symlink():
                contents[each.path] = None
            else:
                kept.append(each.path)
        else:
            merged = take_out(each.path, was.after, now, was.before, ours_is)
            if merged.content != now:
                contents[each.path] = merged.content
            overlaps += [Place(each.path, place.first) for place in merged.overlaps]
    return Restoration(contents, tuple(kept), tuple(overlaps))


def in_form_of(now: bytes, touched: Touched) -> Touched:
    """What was recorded of a file, in the encoding and the line ends that it has by now."""
    form = Form.between(touched.after, now)
    before = None if touched.before is None else form.of(touched.before)
    return Touched(touched.path, before, form.of(touched.after))


def is_unedited(now: bytes, was: Touched) -> bool:
    """Whether a file is as it was written, or as a formatter lays out just that."""
    return now == was.after or is_only_laid_out(was.path, now, was.after)


def _packed(content: bytes | None) -> dict[str, str] | None:
    if content is None:
        return None
    try:
        return {"text": content.decode()}
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(content).decode()}


def _unpacked(packed: dict[str, str]) -> bytes:
    return packed["text"].encode() if "text" in packed else base64.b64decode(packed["base64"])


def _inside(path: str) -> str:
    """A path that stays in the project; the manifest is a file that anybody can have written."""
    if PurePosixPath(path).is_absolute() or ".." in PurePosixPath(path).parts:
        raise ValueError(f"{path} is outside of the project")
    return path


def _touched(each: dict[str, Any]) -> Touched:
    before = None if each["before"] is None else _unpacked(each["before"])
    return Touched(_inside(each["path"]), before, _unpacked(each["after"]))
