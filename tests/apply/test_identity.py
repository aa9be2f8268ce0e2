"""Whatever the user edits and however files are converted, an undo leaves just the user's edits."""

from __future__ import annotations

import codecs
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from chatkit_agent.apply.apply import apply
from chatkit_agent.apply.undo import undo
from chatkit_agent.apply.update import update

from .samples import copy_of, planned, snapshot

Change = Callable[[bytes], bytes]
FILES = ("app/main.py", "pyproject.toml")
CONVERSIONS: dict[str, Change] = {
    "none": lambda content: content,
    "crlf": lambda content: content.replace(b"\n", b"\r\n"),
    "mark": lambda content: codecs.BOM_UTF8 + content,
    "both": lambda content: codecs.BOM_UTF8 + content.replace(b"\n", b"\r\n"),
}
MOVES = ("app", "src/app", "backend/app")
WORDS = st.text("abcxyz_", min_size=1, max_size=12)


def converted(root: Path, how: Change) -> None:
    for file in [each for each in root.rglob("*") if each.is_file()]:
        if ".chatkit-agent" not in file.parts and file.suffix in (".py", ".toml", ".md"):
            file.write_bytes(how(file.read_bytes()))


def edited(root: Path, words: list[str], at_top: bool) -> None:
    """The user's own lines, at the top or the end of files that are the user's."""
    text = "".join(f"# {word}\n" for word in words)
    for name in FILES:
        file = root / name
        old = file.read_text()
        file.write_text(text + old if at_top else old + text)


def moved(root: Path, place: str) -> None:
    if place != "app":
        (root / place).parent.mkdir(parents=True, exist_ok=True)
        shutil.move(root / "app", root / place)


@given(
    words=st.lists(WORDS, max_size=4),
    at_top=st.booleans(),
    how=st.sampled_from(sorted(CONVERSIONS)),
    place=st.sampled_from(MOVES),
    updates=st.booleans(),
)
@settings(max_examples=25, deadline=None)
def test_undo_after_add_is_only_the_users_edits(
    words: list[str], at_top: bool, how: str, place: str, updates: bool
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        with_chat, without = (Path(folder, name) for name in ("one", "two"))
        for parent in (with_chat, without):
            parent.mkdir()
        root, plain = copy_of("module_level", with_chat), copy_of("module_level", without)
        apply(planned(root))
        for each in (root, plain):
            edited(each, words, at_top)
            converted(each, CONVERSIONS[how])
            moved(each, place)
        if updates:
            update(root, {"token": "prompt"})
        undone = undo(root)
        assert not undone.kept
        assert snapshot(root) == snapshot(plain)
