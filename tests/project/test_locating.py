"""Files of a manifest are found by their path, else by their content, or it is said why not."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from chatkit_agent.project.locating import located, other_projects, outside
from chatkit_agent.project.manifest import MANIFEST, Manifest, Touched
from chatkit_agent.project.tree import Tree

AGENT = b"".join(b"line_%d = %d\n" % (number, number) for number in range(10))
SERVER = b"".join(b"other_%d = %d\n" % (number, number) for number in range(10))
MAIN = b"from app.services import chat\nfrom app.models import X\napp.include(chat)\n"
FILES = (
    Touched("app/services/agent.py", None, AGENT),
    Touched("app/services/server.py", None, SERVER),
    Touched("app/services/__init__.py", None, b""),
    Touched("app/main.py", b"from app.models import X\n", MAIN),
)
OPTIONS = {
    "home": "app",
    "home_package": "app",
    "app": {"file": "app/main.py", "module": "app.main", "ref": "app.main:app", "directory": ""},
    "user": {"file": "app/auth.py", "module": "app.auth", "name": "user"},
    "title": "app",
}
RECORDED = Manifest("1", "p", OPTIONS, FILES, ("app/services",))
HERE = {each.path: each.after for each in FILES}


def put(root: Path, files: Mapping[str, bytes]) -> Path:
    for path, content in files.items():
        file = root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    return root


def moved_to(folder: str) -> dict[str, bytes]:
    return {path.replace("app", folder, 1): content for path, content in HERE.items()}


def edited(content: bytes, share: float) -> bytes:
    lines = content.splitlines(keepends=True)
    return b"".join([*lines[: int(len(lines) * share)], b"mine = 1\n"])


def test_all_of_it_is_where_it_was(tmp_path: Path) -> None:
    found = located(put(tmp_path, HERE), RECORDED)
    assert (found.manifest, found.moved, found.lost, found.unclear) == (RECORDED, {}, (), {})


@pytest.mark.parametrize("folder", ["src/app", "server", "back/end/app", "app/inner"])
def test_a_folder_was_moved_or_renamed(tmp_path: Path, folder: str) -> None:
    found = located(put(tmp_path, moved_to(folder)), RECORDED)
    assert found.moved == {path: path.replace("app", folder, 1) for path in HERE}
    assert [each.path for each in found.manifest.files] == list(moved_to(folder))
    assert found.manifest.folders == (f"{folder}/services",)
    assert (found.lost, found.unclear) == ((), {})
    options = found.manifest.options
    assert (options["home"], options["title"]) == (folder, "app")
    assert (options["app"]["file"], options["user"]["file"]) == (
        f"{folder}/main.py",
        f"{folder}/auth.py",
    )


@pytest.mark.parametrize(
    ("folder", "imported", "package"),
    [
        ("server", "server", "server"),
        ("back/server", "back.server", "back.server"),
        ("back/server", "server", "server"),
        ("src/app", "app", "app"),
    ],
)
def test_the_package_has_the_name_that_is_imported(
    tmp_path: Path, folder: str, imported: str, package: str
) -> None:
    main = MAIN.replace(b"from app.", f"from {imported}.".encode())
    put(tmp_path, {**moved_to(folder), f"{folder}/main.py": main})
    manifest = located(tmp_path, RECORDED).manifest
    options: Mapping[str, Any] = manifest.options
    assert options["home_package"] == package
    assert (options["app"]["ref"], options["user"]["module"]) == (
        f"{package}.main:app",
        f"{package}.auth",
    )
    assert manifest.files[-1].after == main
    assert manifest.files[-1].before == main.splitlines(keepends=True)[1]


@pytest.mark.parametrize(
    ("files", "moved", "lost"),
    [
        # Edited, in its folder's new place or under its own name elsewhere.
        ({"server/services/agent.py": edited(AGENT, 0.2)}, "server/services/agent.py", False),
        ({"elsewhere/agent.py": edited(AGENT, 0.7)}, "elsewhere/agent.py", False),
        ({"elsewhere/agent.py": edited(AGENT, 0.3)}, None, True),
        # By another name it has to be more alike.
        ({"elsewhere/prompt.py": AGENT}, "elsewhere/prompt.py", False),
        ({"elsewhere/prompt.py": edited(AGENT, 0.9)}, "elsewhere/prompt.py", False),
        ({"elsewhere/prompt.py": edited(AGENT, 0.7)}, None, True),
        ({"elsewhere/agent.txt": AGENT}, None, True),
        # Only laid out, as a formatter does it.
        ({"elsewhere/agent.py": b"\n" + AGENT + b"\n\n"}, "elsewhere/agent.py", False),
        ({}, None, True),
        # What is another chat's, or where no plan has anything.
        ({"other/agent.py": AGENT, f"other/{MANIFEST}": b"{}"}, None, True),
        ({"venv/lib/agent.py": AGENT}, None, True),
        ({"elsewhere/conftest.py": AGENT}, None, True),
    ],
)
def test_one_file(tmp_path: Path, files: dict[str, bytes], moved: str | None, lost: bool) -> None:
    rest = {path: HERE[path] for path in HERE if path != FILES[0].path}
    if any(path.startswith("server/") for path in files):
        rest = {path.replace("app", "server", 1): content for path, content in rest.items()}
    found = located(put(tmp_path, {**rest, **files}), RECORDED)
    assert found.moved.get(FILES[0].path) == moved
    assert found.lost == ((FILES[0].path,) if lost else ())


def test_several_places(tmp_path: Path) -> None:
    rest = {path: HERE[path] for path in HERE if path != FILES[0].path}
    put(tmp_path, {**rest, "one/agent.py": AGENT, "two/agent.py": AGENT, "three/x.py": AGENT})
    found = located(tmp_path, RECORDED)
    assert found.unclear == {FILES[0].path: ("one/agent.py", "two/agent.py")}
    assert (found.moved, found.lost) == ({}, ())


def test_a_file_that_has_none_of_our_lines_is_not_the_one_we_edited(tmp_path: Path) -> None:
    """Sharing the user's own lines, of before, does not tell it."""
    own = b"".join(b"theirs_%d = 1\n" % number for number in range(20))
    touched = Touched("app/main.py", own, own + b"ours = 1\n")
    manifest = Manifest("1", "p", OPTIONS, (touched,), ())
    put(tmp_path, {"web/main.py": own})
    assert located(tmp_path, manifest).lost == ("app/main.py",)
    put(tmp_path, {"api/main.py": own[15:] + b"ours = 1\n"})
    assert located(tmp_path, manifest).moved == {"app/main.py": "api/main.py"}


def test_what_is_only_named_goes_where_the_nearest_folder_went(tmp_path: Path) -> None:
    files = {
        path.replace("app/services", "svc").replace("app/", "web/"): HERE[path] for path in HERE
    }
    options = {**OPTIONS, "user": {"file": "app/services/auth.py"}}
    manifest = Manifest("1", "p", options, FILES, ("app/services", "app/other"))
    found = located(put(tmp_path, files), manifest).manifest
    assert found.folders == ("svc", "web/other")
    assert (found.options["home"], found.options["user"]["file"]) == ("web", "svc/auth.py")


def test_outside(tmp_path: Path) -> None:
    above = tmp_path.resolve()
    rest = {f"project/{path}": HERE[path] for path in HERE if path != FILES[0].path}
    root = put(tmp_path, {**rest, "lib/agent.py": AGENT, "more/server.py": SERVER}) / "project"
    found = located(root, RECORDED)
    assert found.lost == (FILES[0].path,)
    assert outside(root, above, found) == (above / "lib" / "agent.py",)
    assert outside(root, root.resolve(), found) == ()
    put(root, {FILES[0].path: AGENT})
    assert outside(root, above, located(root, RECORDED)) == ()


def test_other_projects(tmp_path: Path) -> None:
    put(tmp_path, {"a/b/x.py": b"", "c/x.py": b"", MANIFEST: b"{}", f"a/b/{MANIFEST}": b"{}"})
    assert list(other_projects(Tree(tmp_path))) == ["a/b"]
