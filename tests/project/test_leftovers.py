"""What is left of a chat that was taken out: by the note of `undo`, else by what files are."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from chatkit_agent.errors import CannotRead
from chatkit_agent.project.leftovers import REFERENCE, Leftover, constants, find_leftovers
from chatkit_agent.project.manifest import KEPT, MANIFEST, Manifest, Touched
from chatkit_agent.project.tree import Tree

STORE = "chatkit_store/postgres_store.py"
SERVER = "services/chatkit_server.py"
MOUNTING = "from app.chatkit_runtime.routes import create_chatkit_router\n"


def put(root: Path, path: str, content: bytes | str) -> None:
    file = root / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content if isinstance(content, bytes) else content.encode())


def delivered(path: str) -> bytes:
    return (REFERENCE / path).read_bytes()


def note(root: Path, options: dict[str, Any], *files: Touched) -> None:
    put(root, KEPT, Manifest("1", "p", options, files, ()).as_json())


@pytest.mark.parametrize(
    ("below", "home", "target"),
    [
        (SERVER, "app", f"app/{SERVER}"),
        (SERVER, ".", SERVER),
        (None, "app", "main.py"),
    ],
)
def test_where_the_chat_looks_for_it(below: str | None, home: str, target: str) -> None:
    assert Leftover("main.py", below, None).target(home) == target


@pytest.mark.parametrize(
    ("options", "home", "found"),
    [
        ({"home": "app"}, "app", [(f"app/{SERVER}", SERVER), ("main.py", None)]),
        ({"home": "."}, ".", [(f"app/{SERVER}", f"app/{SERVER}"), ("main.py", "main.py")]),
        ({}, ".", [(f"app/{SERVER}", f"app/{SERVER}"), ("main.py", "main.py")]),
    ],
)
def test_by_the_note(
    tmp_path: Path, options: dict[str, Any], home: str, found: list[tuple[str, str | None]]
) -> None:
    for path in (f"app/{SERVER}", "main.py"):
        put(tmp_path, path, "edited = 1\n")
    gone = Touched("app/gone.py", None, b"")
    note(
        tmp_path,
        options,
        Touched(f"app/{SERVER}", None, b"x = 1\n"),
        Touched("main.py", b"", b"y = 1\n"),
        gone,
    )
    left = find_leftovers(Tree(tmp_path))
    assert [(each.path, each.below) for each in left.files] == found
    assert [each.base for each in left.files] == [b"x = 1\n", b"y = 1\n"]
    assert (left.home, left.options) == (home, options)


def test_a_note_of_files_that_are_gone_says_nothing(tmp_path: Path) -> None:
    note(tmp_path, {"home": "app"}, Touched("app/gone.py", None, b"x = 1\n"))
    assert find_leftovers(Tree(tmp_path)).files == ()


@pytest.mark.parametrize("home", ["..", "../other", "/etc", "app/../..", 7])
def test_a_note_that_leads_out_is_refused(tmp_path: Path, home: object) -> None:
    put(tmp_path, "main.py", "")
    note(tmp_path, {"home": home}, Touched("main.py", None, b"x = 1\n"))
    with pytest.raises(CannotRead, match="no path in the project"):
        find_leftovers(Tree(tmp_path))


def test_a_chat_that_is_here_leaves_nothing(tmp_path: Path) -> None:
    note(tmp_path, {"home": "app"}, Touched("main.py", None, b"x = 1\n"))
    put(tmp_path, "main.py", "")
    put(tmp_path, MANIFEST, "{}")
    assert find_leftovers(Tree(tmp_path)).files == ()


def edited(content: bytes) -> bytes:
    lines = content.splitlines(keepends=True)
    return b"".join([*lines[: len(lines) * 3 // 4], b"mine = 1\n"])


@pytest.mark.parametrize(
    ("files", "home"),
    [
        ({f"app/{STORE}": delivered(STORE)}, "app"),
        ({f"app/{STORE}": edited(delivered(STORE)), f"app/{SERVER}": delivered(SERVER)}, "app"),
        ({STORE: delivered(STORE)}, "."),
        ({f"app/{STORE}": delivered(STORE), "main.py": "x = 1\n"}, "app"),
        # Not alike, of another name, in two places, or of a chat that is mounted.
        ({f"app/{STORE}": b"x = 1\n"}, None),
        ({"app/store.py": delivered(STORE)}, None),
        ({f"app/my{STORE}": delivered(STORE)}, None),
        ({f"app/{STORE}": delivered(STORE), f"api/{STORE}": delivered(STORE)}, None),
        ({f"app/{STORE}": delivered(STORE), "main.py": MOUNTING}, None),
        ({}, None),
    ],
)
def test_by_what_files_are(tmp_path: Path, files: dict[str, bytes | str], home: str | None) -> None:
    for path, content in files.items():
        put(tmp_path, path, content)
    left = find_leftovers(Tree(tmp_path))
    assert left.home == home
    prefix = "" if home == "." else f"{home}/"
    ours = sorted(path for path in files if home and path != "main.py")
    assert sorted(left.paths) == ours
    assert all(each.path == f"{prefix}{each.below}" for each in left.files)
    assert left.options is None


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('APP_NAME = "shop"\nSCHEMA = "chat"\n', {"app_name": "shop", "schema": "chat"}),
        ('ENV_PREFIX = ""\n', {"env_prefix": ""}),
        ("SCHEMA = 'chat'\n", {}),
        ('    SCHEMA = "chat"\n', {}),
        ('SCHEMA = "a\\"b"\n', {}),
    ],
)
def test_constants(tmp_path: Path, text: str, found: dict[str, str]) -> None:
    path = "app/chatkit_store/config.py"
    put(tmp_path, path, text)
    note(tmp_path, {"home": "app"}, Touched(path, None, b"x = 1\n"))
    assert constants(tmp_path, find_leftovers(Tree(tmp_path))) == found
