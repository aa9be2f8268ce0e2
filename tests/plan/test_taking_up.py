"""What the user had edited of an earlier chat becomes part of the planned one."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from chatkit_agent.plan.change import Change
from chatkit_agent.plan.taking_up import take_up
from chatkit_agent.project.leftovers import Leftover, Leftovers
from chatkit_agent.project.tree import Tree

DELIVERED = b"one = 1\ntwo = 2\nthree = 3\n"
NEWER = b"one = 1\ntwo = 2\nthree = 33\n"
EDITED = b"mine = 0\none = 1\ntwo = 2\nthree = 3\n"
BOTH = b"mine = 0\none = 1\ntwo = 2\nthree = 33\n"
NOTE = "`app/a.py` is taken up with your edits in it."


def project(root: Path, **left: Any) -> Any:
    """With `app/a.py` as it is left; its text is `now`, and `base` is what is noted of it."""
    path = left.get("path", "app/a.py")
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    (root / path).write_bytes(left["now"])
    files = (Leftover(path, left.get("below", "a.py"), left.get("base")),)
    return SimpleNamespace(root=root, leftovers=Leftovers(files))


def planned(root: Path, content: bytes | None) -> Tree:
    tree = Tree(root)
    return tree if content is None else tree.write("app/a.py", content)


@pytest.mark.parametrize(
    ("now", "base", "ours", "becomes"),
    [
        (EDITED, DELIVERED, NEWER, BOTH),
        (EDITED, DELIVERED, DELIVERED, EDITED),
        # Nobody noted what it was: it is as the user has it.
        (EDITED, None, NEWER, EDITED),
        # In the form that the user's editor gave it.
        (EDITED.replace(b"\n", b"\r\n"), DELIVERED, NEWER, BOTH.replace(b"\n", b"\r\n")),
    ],
)
def test_edits_are_taken_up(
    tmp_path: Path, now: bytes, base: bytes | None, ours: bytes, becomes: bytes
) -> None:
    taken = take_up(project(tmp_path, now=now, base=base), "app", planned(tmp_path, ours))
    change = Change("app/a.py", now, becomes, delivered=ours)
    is_right = becomes == now
    assert (taken.untouched if is_right else taken.changes) == (change,)
    assert (taken.changes if is_right else taken.untouched) == ()
    assert (taken.notes, taken.conflicts, taken.paths) == ((NOTE,), (), {"app/a.py"})


def test_in_a_folder_that_has_moved(tmp_path: Path) -> None:
    left = project(tmp_path, path="old/a.py", now=EDITED, base=DELIVERED)
    taken = take_up(left, "app", planned(tmp_path, NEWER))
    assert taken.changes == (Change("app/a.py", None, BOTH, delivered=NEWER),)
    assert taken.notes == (
        "`app/a.py` gets your edits of `old/a.py`, which nothing uses any more.",
    )


def test_what_overlaps_is_left_to_the_user(tmp_path: Path) -> None:
    left = project(tmp_path, now=DELIVERED.replace(b"3", b"333"), base=DELIVERED)
    taken = take_up(left, "app", planned(tmp_path, NEWER))
    [(reason, manual)] = taken.conflicts
    assert reason == "`app/a.py`, line 3: you edited what this chat has otherwise."
    assert manual.endswith(NEWER.decode())
    assert (taken.changes, taken.untouched, taken.notes) == ((), (), ())


def test_what_the_chat_no_longer_has(tmp_path: Path) -> None:
    left = project(tmp_path, path="app/b.py", below="b.py", now=EDITED)
    taken = take_up(left, "lib", Tree(tmp_path))
    assert taken.notes == ("`app/b.py` is left of an earlier chat, and this one does not use it.",)
    assert taken.paths == frozenset()
