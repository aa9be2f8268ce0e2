"""Manifest: what was applied to a project, kept in the project, and how it looks without that."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, TypeGuard

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from chatkit_agent.errors import CannotRead
from chatkit_agent.project.paths import (
    HIDDEN_FOLDERS,
    leads_elsewhere,
    not_inside,
    not_planned,
    spelled_alike,
)
from chatkit_agent.project.text.added_code import take_out
from chatkit_agent.project.text.forms import Form, is_only_laid_out
from chatkit_agent.project.text.merging import marked_lines
from chatkit_agent.project.text.visible import visible
from chatkit_agent.project.tree import Tree

MANIFEST = ".chatkit-agent/manifest.json"
FIXED = ".chatkit-agent/fixed.json"
"""What the doctor fixed is told apart from the chat that was added, and undone before it."""
KEPT = ".chatkit-agent/kept.json"
"""What `undo` left because the user had edited it, as it was delivered: `add` takes it up."""
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
                {"path": each.path, "before": _pack(each.before), "after": _pack(each.after)}
                for each in self.files
            ],
        }
        return (json.dumps(document, indent=1, ensure_ascii=False) + "\n").encode()


def _unpack(packed: object) -> object:
    """A file's content: `text`, or `base64` where it is none; null where there is no such file."""
    if not isinstance(packed, dict) or len(packed) != 1:
        return packed
    [(form, content)] = packed.items()
    if not isinstance(content, str) or form not in ("text", "base64"):
        return packed
    return content.encode() if form == "text" else base64.b64decode(content, validate=True)


def _plan_path(path: str) -> str:
    if reason := not_planned(path):
        raise ValueError(f"no plan has `{path}`: {reason}")
    return path


def _folder(path: str) -> str:
    hidden = path.startswith(".") and path not in HIDDEN_FOLDERS
    if path != "." and (reason := "it is hidden" if hidden else not_inside(path)):
        raise ValueError(f"no plan makes the folder `{path}`: {reason}")
    return path


def _option(options: dict[str, Any]) -> dict[str, Any]:
    """Those of the options that are paths stay inside; the rest is checked where it is used."""
    app = options.get("app")
    places = (app.get(each) for each in PLACES) if _is_table(app) else ()
    for path in (options.get("home"), *places):
        if path not in (None, "", ".") and (not isinstance(path, str) or not_inside(path)):
            raise ValueError(f"`{path}` is no path in the project")
    return options


def _is_table(value: object) -> TypeGuard[dict[str, Any]]:
    return isinstance(value, dict)


Content = Annotated[bytes, BeforeValidator(_unpack)]
PLACES = ("file", "built_in", "directory", "working_directory")


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, defer_build=True)
    path: Annotated[str, AfterValidator(_plan_path)]
    before: Content | None
    after: Content


def _apart(files: tuple[_File, ...]) -> tuple[_File, ...]:
    seen: dict[str, str] = {}
    for each in files:
        key = spelled_alike(each.path)
        if key in seen:
            raise ValueError(f"`{seen[key]}` and `{each.path}` are one file on some systems")
        seen[key] = each.path
    return files


class _Document(BaseModel):
    """The manifest as it is written; anybody can have written it, so all of it is checked."""

    model_config = ConfigDict(extra="ignore", defer_build=True)
    format: int
    version: str = Field(pattern=r"^[\w.+!-]{1,64}$")
    plan_id: str = Field(pattern=r"^[\w.-]{1,64}$")
    options: Annotated[dict[str, Any], AfterValidator(_option)]
    files: Annotated[tuple[_File, ...], AfterValidator(_apart)]
    folders: tuple[Annotated[str, AfterValidator(_folder)], ...]


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
    changed the lines that were added. `known` is what the files held when they were read.
    """

    contents: Mapping[str, bytes | None]
    kept: tuple[str, ...]
    overlaps: tuple[Place, ...]
    known: Mapping[str, bytes | None]


def manifest_of(root: Path, name: str = MANIFEST) -> Manifest | None:
    """The manifest of a project, None where nothing was applied.

    Raises:
        CannotRead: there is a manifest that this version cannot read.
    """
    try:
        (root / name).lstat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    tree = Tree(root)
    if not tree.exists(name):
        raise CannotRead(f"`{name}` is no plain file, or too large to be read. Take it away.")
    content = tree.read(name)
    if marked_lines(content):
        raise CannotRead(
            f"`{name}` has conflict markers of a merge in it. Nothing was written. Take one side "
            f"of it whole (`git checkout --ours -- {name}`, or `--theirs`), with the same side of "
            "the chat's files; then run the command again."
        )
    try:
        document = _Document.model_validate_json(content)
    except (ValueError, RecursionError) as error:
        raise CannotRead(
            f"`{name}` is damaged: {_reason(error)}. Nothing was written; take the file back from "
            "version control."
        ) from error
    if document.format != FORMAT:
        raise CannotRead(f"`{name}` was written by another version; install that one.")
    for each in document.files:
        if reason := leads_elsewhere(root, each.path):
            raise CannotRead(f"`{name}` names `{each.path}`, and {reason}. Nothing was written.")
    return Manifest(
        document.version,
        document.plan_id,
        document.options,
        tuple(Touched(each.path, each.before, each.after) for each in document.files),
        document.folders,
    )


def _reason(error: Exception) -> str:
    if not isinstance(error, ValidationError):
        return "it is not JSON that can be read"
    first = error.errors(include_url=False, include_input=False)[0]
    place = ".".join(map(str, first["loc"]))
    return visible(f"`{place}`: {first['msg']}" if place else first["msg"])


def without_chat(root: Path, manifest: Manifest, ours_is: str | None = None) -> Restoration:
    """How the files under `root` have to be for the chat to be gone; writes nothing.

    With `ours_is`, both sides of an overlap are in the contents, between conflict markers.
    """
    contents: dict[str, bytes | None] = {}
    kept: list[str] = []
    overlaps: list[Place] = []
    known: dict[str, bytes | None] = {}
    for each in manifest.files:
        path = root / each.path
        now = path.read_bytes() if path.is_file() else None
        known[each.path] = now
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
    return Restoration(contents, tuple(kept), tuple(overlaps), known)


def in_form_of(now: bytes, touched: Touched) -> Touched:
    """What was recorded of a file, in the encoding and the line ends that it has by now."""
    form = Form.between(touched.after, now)
    before = None if touched.before is None else form.of(touched.before)
    return Touched(touched.path, before, form.of(touched.after))


def is_unedited(now: bytes, was: Touched) -> bool:
    """Whether a file is as it was written, or as a formatter lays out just that."""
    return now == was.after or is_only_laid_out(was.path, now, was.after)


def _pack(content: bytes | None) -> dict[str, str] | None:
    if content is None:
        return None
    try:
        return {"text": content.decode()}
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(content).decode()}
