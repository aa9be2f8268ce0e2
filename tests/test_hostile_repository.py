"""A repository that means harm: nothing of it is run, nothing else is read or written, and told."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from chatkit_agent.frontends.cli import main

MAIN = """from fastapi import FastAPI

app = FastAPI()
"""
SECRET = "internal-project-codename"


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    folder = tmp_path / "outside"
    folder.mkdir()
    (folder / "secret.txt").write_text(f"{SECRET}==1.0\nfastapi\n")
    (folder / ".env").write_text(f"OUTSIDE_{'X' * 5}_NAME={SECRET}\n")
    (folder / "module.py").write_text(f"{SECRET.replace('-', '_')} = 1\n")
    return folder


@pytest.fixture
def project(tmp_path: Path) -> Path:
    root = tmp_path / "repository"
    root.mkdir()
    (root / "main.py").write_text(MAIN)
    (root / "requirements.txt").write_text("fastapi\n")
    git(root, "init", "-q")
    git(root, "add", "-A")
    git(root, "-c", "user.name=a", "-c", "user.email=a@b.c", "commit", "-qm", "x")
    return root


def git(root: Path, *arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=root, capture_output=True, text=True, check=True)
    return done.stdout


def run(command: str, root: Path, *more: str) -> Result:
    name, *options = command.split()
    words = ["add a chat"] if name == "guide" else []
    done = CliRunner().invoke(main, [name, *options, *more, str(root), *words])
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done


@pytest.fixture(autouse=True)
def own_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """State of its own, and a package index where nobody answers."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("UV_INDEX_URL", "http://127.0.0.1:9/")
    monkeypatch.setenv("UV_OFFLINE", "1")


def everything(root: Path) -> dict[str, bytes | str]:
    found: dict[str, bytes | str] = {}
    for each in sorted(root.rglob("*")):
        name = os.fsencode(each.relative_to(root)).decode(errors="replace")
        if each.is_symlink():
            found[name] = os.readlink(each)
        elif each.is_file() and each.stat().st_size < 10_000_000:
            found[name] = each.read_bytes()
    return found


def manifest(root: Path, **changed: object) -> None:
    after = {"text": "[core]\n"}
    document = {
        "format": 1,
        "version": "0.1.0",
        "plan_id": "0123456789ab",
        "options": {"app": {"ref": "main:app"}},
        "folders": [],
        "files": [{"path": ".git/config", "before": {"text": "[core]\n"}, "after": after}],
    }
    (root / ".chatkit-agent").mkdir(exist_ok=True)
    text = json.dumps({key: value for key, value in (document | changed).items() if value != ...})
    (root / ".chatkit-agent/manifest.json").write_text(text)


PATHS = (
    ".git/config",
    ".GIT/config",
    ".git./config",
    ".git /hooks/post-commit",
    "GIT~1/config",
    ".g\u200cit/config",
    "vendor/lib/.git/config",
    "vendor/lib/.git",
    ".gitmodules",
    ".env",
    "config/.env",
    ".envrc",
    ".vscode/tasks.json",
    ".github/workflows/release.yml",
    ".venv/lib/python3.11/site-packages/x.py",
    "lib/site-packages/evil.pth",
    "evil.pth",
    "Makefile",
    "conftest.py",
    "sitecustomize.py",
    "../outside/secret.txt",
    "/etc/passwd",
    "//etc/x.py",
    "app/com¹.py",
    "a/../../outside/secret.txt",
    "..\\outside\\secret.txt",
    "C:/Windows/win.ini",
    "app/main.py:stream",
    "nul",
    "app/x.py\n",
    "a\x1b[31m.py",
    "./main.py",
    "",
    "main.py/",
)
DAMAGE: dict[str, object] = {
    "no version": {"version": ...},
    "no files": {"files": ...},
    "no folders": {"folders": ...},
    "no options": {"options": ...},
    "files is a table": {"files": {}},
    "a file without its path": {"files": [{"before": None, "after": {"text": ""}}]},
    "a file without a content": {"files": [{"path": "a.py", "before": None, "after": {}}]},
    "a file of two contents": {
        "files": [{"path": "a.py", "before": None, "after": {"text": "", "base64": ""}}]
    },
    "no base64": {"files": [{"path": "a.py", "before": None, "after": {"base64": "%"}}]},
    "a folder elsewhere": {"folders": ["../outside"], "files": []},
    "a folder elsewhere by two slashes": {"folders": ["//tmp"], "files": []},
    "a folder of git": {"folders": [".git/objects"], "files": []},
    "a home elsewhere": {
        "options": {"app": {"ref": "main:app"}, "home": "../outside"},
        "files": [],
    },
    "a home elsewhere by two slashes": {
        "options": {"app": {"ref": "main:app"}, "home": "//outside"},
        "files": [],
    },
    "an application elsewhere": {
        "options": {"app": {"ref": "x:app", "file": "/etc/passwd"}, "home": "."},
        "files": [],
    },
}


@pytest.mark.parametrize("command", ["undo", "update"])
@pytest.mark.parametrize("path", PATHS)
def test_a_manifest_cannot_name_what_no_plan_has(
    path: str, command: str, project: Path, outside: Path
) -> None:
    from chatkit_agent.apply.undo import undo
    from chatkit_agent.apply.update import update
    from chatkit_agent.errors import CannotRead
    from chatkit_agent.project.manifest import manifest_of

    file = {"path": path, "before": {"text": "pwned"}, "after": {"text": "x"}}
    manifest(project, files=[file])
    before = everything(project.parent)
    with pytest.raises(CannotRead, match=r"(?s)is damaged: .*Nothing was written"):
        manifest_of(project)
    with pytest.raises(CannotRead):
        {"undo": undo, "update": update}[command](project)
    assert everything(project.parent) == before


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_manifest_is_checked_whole_before_anything(damage: str, project: Path) -> None:
    from chatkit_agent.errors import CannotRead
    from chatkit_agent.project.manifest import manifest_of

    manifest(project, **DAMAGE[damage])  # type: ignore[arg-type]
    with pytest.raises(CannotRead, match="damaged"):
        manifest_of(project)


def test_a_manifest_is_refused_by_the_command_with_a_sentence(project: Path) -> None:
    manifest(project)
    for command in ("undo", "update", "plan"):
        done = run(command, project)
        assert done.exit_code == 3
        assert "it is in the folder of a version control" in done.stderr.replace("\n", " ")


def test_a_link_does_not_lead_the_manifest_elsewhere(project: Path, outside: Path) -> None:
    from chatkit_agent.errors import CannotRead
    from chatkit_agent.project.manifest import manifest_of

    (project / "app").symlink_to(outside)
    (project / "config.py").symlink_to(".git/config")
    for path in ("app/module.py", "config.py"):
        file = {"path": path, "before": {"text": "pwned"}, "after": {"text": "x"}}
        manifest(project, files=[file])
        with pytest.raises(CannotRead, match="a link leads it"):
            manifest_of(project)


def test_a_journal_in_the_repository_is_data(project: Path) -> None:
    noted = {
        "phase": "putting",
        "token": "00000000",
        "paths": [".env", ".git/HEAD", "main.py"],
        "new": [".env", ".git/HEAD", "main.py"],
        "folders": [],
        "emptied": [],
    }
    (project / ".env").write_text("A=1\n")
    (project / ".chatkit-agent").mkdir()
    for name in ("unfinished.json", "journal.json", "unfinished-0.json"):
        (project / ".chatkit-agent" / name).write_text(json.dumps(noted))
    before = everything(project)
    for command in ("undo", "update", "add", "plan", "inspect"):
        run(command, project)
        assert everything(project) == before


def test_nothing_is_put_back_over_what_was_changed_since(tmp_path: Path) -> None:
    from chatkit_agent.apply import writing
    from chatkit_agent.errors import CannotWrite
    from chatkit_agent.project.journal import UNFINISHED, journal_of

    root = tmp_path / "project"
    root.mkdir()
    (root / "a.py").write_text("before")
    swap = writing._Swap(root / "a.py", b"after", "0a0b0c0d")
    new = writing._Swap(root / "new.py", b"ours", "0a0b0c0d")
    note = writing._Journal.of(root, UNFINISHED, [swap, new], [])
    for each in (swap, new):
        each.prepare()
    note.write("putting")
    swap.put()
    (root / "new.py").write_text("the user's")
    with pytest.raises(CannotWrite, match=r"changed since: new\.py"):
        writing.put_back(root, UNFINISHED)
    assert (root / "a.py").read_text() == "after"
    (root / "new.py").unlink()
    assert writing.put_back(root, UNFINISHED) == ("a.py", "new.py")
    assert [each.name for each in root.iterdir()] == ["a.py"]
    assert (root / "a.py").read_text() == "before"
    assert not journal_of(root).exists()


@pytest.mark.parametrize("path", ["x/.git/hooks/pre-commit", ".env", "../a.py", ".bashrc", "a.pth"])
def test_no_writer_of_a_plan_takes_such_a_path(path: str, tmp_path: Path) -> None:
    from chatkit_agent.apply.writing import write_all
    from chatkit_agent.errors import CannotWrite
    from chatkit_agent.project.journal import UNFINISHED

    with pytest.raises(CannotWrite, match="Nothing was written"):
        write_all(tmp_path, {path: b"x"}, UNFINISHED)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "options",
    [{}, {"app": {}}, {"app": {"ref": "main:app"}}, {"app": {"ref": "main:app"}, "home": "."}],
)
def test_options_that_are_not_whole_are_told(options: dict[str, object], project: Path) -> None:
    manifest(project, files=[], options=options)
    for command in ("update", "plan", "doctor"):
        done = run(command, project)
        assert done.exit_code == 3
        assert "is damaged" in done.output


@pytest.mark.parametrize("app", [None, 7, ["main:app"], {"directory": None}])
def test_what_is_not_whole_is_told_before_anything_is_undone(app: object, project: Path) -> None:
    from chatkit_agent.api import undo_integration
    from chatkit_agent.errors import CannotRead

    swapped = {"path": "main.py", "before": {"text": "pwned"}, "after": {"text": MAIN}}
    manifest(project, files=[swapped], options={"app": app, "home": "."})
    before = everything(project)
    with pytest.raises(CannotRead, match="damaged"):
        undo_integration(project, force=True)
    assert everything(project) == before
