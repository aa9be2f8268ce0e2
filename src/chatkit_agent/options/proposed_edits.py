"""Edits that somebody suggests where ours are not certain, made like those of a plan."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from chatkit_agent.errors import CannotEdit, CannotRead
from chatkit_agent.project.source import syntax
from chatkit_agent.project.text.lines import Text
from chatkit_agent.project.tree import Tree

MOST_CHARACTERS = 20_000


@dataclass(frozen=True)
class ProposedEdit:
    """In the file `path`, `new` in place of `old`; a new file where `old` is empty.

    `resolves` names the edit of ours that is made by hand with it, such as `mount_router`.
    """

    path: str
    old: str
    new: str
    resolves: str


def proposed(edit: ProposedEdit, tree: Tree) -> Tree:
    """The tree with the edit made; as it was where that is done already.

    Raises:
        CannotEdit: the file is not one to be edited, or `old` is not in it exactly once.
    """
    if reason := _why_forbidden(edit, tree):
        raise _refusal(edit, reason)
    text = _text_with(edit, tree)
    if edit.path.endswith(".py"):
        try:
            syntax.parse(text.content)
        except CannotRead as error:
            raise _refusal(edit, f"it would no longer be Python: {error}") from error
    return tree.write(edit.path, text.content)


def _text_with(edit: ProposedEdit, tree: Tree) -> Text:
    if not tree.exists(edit.path):
        if edit.old:
            raise _refusal(edit, "there is no such file.")
        return Text.of(edit.new.encode())
    text = Text.of(tree.read(edit.path))
    old, new = (_with_newlines(each, text.newline) for each in (edit.old, edit.new))
    if new in text.text:
        return text
    if not old or text.text.count(old) != 1:
        found = text.text.count(old) if old else 0
        raise _refusal(edit, f"the text to replace is in it {found} times; it has to be once.")
    return replace(text, text=text.text.replace(old, new))


def _with_newlines(text: str, newline: str) -> str:
    return newline.join(text.replace("\r\n", "\n").split("\n"))


def _why_forbidden(edit: ProposedEdit, tree: Tree) -> str | None:
    path = PurePosixPath(edit.path)
    target = tree.root / path
    if path.is_absolute() or ".." in path.parts or str(path) != edit.path:
        return "give a path inside the project, such as `app/main.py`."
    if target.resolve() != tree.root.resolve() / path:
        return "it is a link, or in a folder that is one."
    if any(part.startswith(".") for part in path.parts):
        return "hidden files, such as `.env`, are not edited."
    if not edit.new or len(edit.old) + len(edit.new) > MOST_CHARACTERS:
        return f"an edit puts in something, and has {MOST_CHARACTERS} characters at most."
    return None


def _refusal(edit: ProposedEdit, reason: str) -> CannotEdit:
    return CannotEdit(f"The proposed edit of `{edit.path}` cannot be made: {reason}", edit.new)


def resolved_by(edits: Sequence[ProposedEdit]) -> set[str]:
    return {each.resolves for each in edits}
