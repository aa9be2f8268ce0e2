"""Line ends, byte order marks and layout that git or a formatter changed are no edits."""

from __future__ import annotations

import codecs
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from chatkit_agent.apply.apply import apply
from chatkit_agent.apply.undo import undo
from chatkit_agent.apply.update import update

from .samples import commit, copy_of, git, planned, snapshot


def contents(root: Path) -> dict[str, bytes]:
    return {path: each[0] for path, each in snapshot(root).items() if each is not None}


@pytest.mark.parametrize("how", ["autocrlf", "eol=crlf", "text eol=crlf", "text=auto eol=crlf"])
def test_a_clone_with_other_line_ends_is_undone(tmp_path: Path, how: str) -> None:
    root = copy_of("module_level", tmp_path)
    git(root, "init", "--quiet")
    if how != "autocrlf":
        (root / ".gitattributes").write_text(f"* {how}\n")
    commit(root)
    start = git(root, "rev-parse", "HEAD").strip()
    apply(planned(root))
    commit(root)
    options = ["-c", "core.autocrlf=true"] if how == "autocrlf" else []
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "--quiet", *options, str(root), str(clone))
    assert b"\r\n" in (clone / "app/main.py").read_bytes()
    assert git(clone, "status", "--porcelain") == ""
    undone = undo(clone)
    assert not undone.kept
    assert not undone.conflicts
    git(clone, "add", "--all")
    assert git(clone, "diff", "--cached", "--stat", start) == ""
    assert b"\r\n" in (clone / "app/main.py").read_bytes()
    assert b"\n" not in (clone / "app/main.py").read_bytes().replace(b"\r\n", b"")


def test_a_checkout_with_plain_line_ends_is_undone(tmp_path: Path) -> None:
    """The other way round: added to files with CRLF, which a clone has without."""
    root = copy_of("module_level", tmp_path)
    for file in root.rglob("*.*"):
        if file.is_file():
            file.write_bytes(file.read_bytes().replace(b"\n", b"\r\n"))
    git(root, "init", "--quiet")
    (root / ".gitattributes").write_text("* text=auto\n")
    commit(root)
    start = git(root, "rev-parse", "HEAD").strip()
    apply(planned(root))
    commit(root)
    git(tmp_path, "clone", "--quiet", "-c", "core.autocrlf=false", str(root), str(tmp_path / "c"))
    undone = undo(tmp_path / "c")
    assert not undone.kept
    git(tmp_path / "c", "add", "--all")
    assert git(tmp_path / "c", "diff", "--cached", "--stat", start) == ""


def test_an_update_writes_the_line_ends_that_a_file_has(root: Path) -> None:
    apply(planned(root))
    for file in root.rglob("*.*"):
        if file.is_file() and ".chatkit-agent" not in file.parts:
            file.write_bytes(file.read_bytes().replace(b"\n", b"\r\n"))
    assert update(root).changed == ()
    update(root, {"token": "prompt", "path": "/talk"})
    for name in ("app/main.py", "app/chatkit_store/config.py", "CHATKIT.md"):
        content = (root / name).read_bytes()
        assert b"\n" not in content.replace(b"\r\n", b""), name
    assert b'"/talk"' in (root / "app/main.py").read_bytes()


def test_some_lines_with_other_ends_are_no_conflict(root: Path) -> None:
    before = (root / "app/main.py").read_bytes()
    apply(planned(root))
    main = root / "app/main.py"
    lines = main.read_bytes().splitlines(keepends=True)
    lines = [line.replace(b"\n", b"\r\n") if b"chatkit" in line else line for line in lines]
    main.write_bytes(b"".join(lines))
    undo(root)
    assert main.read_bytes() == before


def test_a_byte_order_mark_is_no_edit(root: Path) -> None:
    before = (root / "app/main.py").read_bytes()
    apply(planned(root))
    for name in ("app/services/chat_agent.py", "app/main.py"):
        file = root / name
        file.write_bytes(codecs.BOM_UTF8 + file.read_bytes())
    assert not undo(root).kept
    assert (root / "app/main.py").read_bytes() == codecs.BOM_UTF8 + before


def test_requirements_in_another_encoding_are_undone(tmp_path: Path) -> None:
    root = copy_of("requirements_utf16", tmp_path)
    path = next(root.glob("requirements*"))
    before = path.read_bytes().decode("utf-16")
    apply(planned(root))
    path.write_bytes(codecs.BOM_UTF16_BE + path.read_bytes().decode("utf-16").encode("utf-16-be"))
    undo(root)
    assert path.read_bytes() == codecs.BOM_UTF16_BE + before.encode("utf-16-be")


def ruff(root: Path, *arguments: str) -> None:
    command = [sys.executable, "-m", "ruff", *arguments, "--isolated", str(root)]
    subprocess.run(command, check=False, capture_output=True)


def test_a_formatter_over_all_files_is_no_edit(root: Path) -> None:
    apply(planned(root))
    ruff(root, "format", "--line-length", "60")
    ruff(root, "check", "--select", "I", "--fix", "--line-length", "60")
    services = root / "app/services"
    assert "(\n" in (services / "chat_agent.py").read_text()
    undone = undo(root)
    assert not undone.kept
    assert not services.exists()
    main = (root / "app/main.py").read_text()
    assert "chatkit" not in main
    compile(main, "main.py", "exec")


def test_a_formatter_keeps_what_the_user_wrote(root: Path) -> None:
    apply(planned(root))
    agent = root / "app/services/chat_agent.py"
    agent.write_bytes(agent.read_bytes() + b"\n# mine\n")
    main = root / "app/main.py"
    main.write_text(main.read_text() + "\n\nMINE = {'a': 1}\n")
    ruff(root, "format", "--line-length", "60")
    assert undo(root, force=True).kept == ("app/services/chat_agent.py",)
    assert 'MINE = {"a": 1}' in main.read_text()
    assert "chatkit" not in main.read_text()


def test_sorted_imports_go_with_the_rest(root: Path) -> None:
    apply(planned(root))
    main = root / "app/main.py"
    lines = main.read_text().splitlines(keepends=True)
    ours = [line for line in lines if "chatkit" in line and "import" in line]
    assert ours
    rest = [line for line in lines if line not in ours]
    main.write_text("".join([*ours, *rest]))
    undo(root)
    assert "chatkit" not in main.read_text()


def test_rights_are_kept_in_a_moved_file(root: Path) -> None:
    apply(planned(root))
    (root / "app/main.py").chmod(0o755)
    (root / "src").mkdir()
    shutil.move(root / "app", root / "src/app")
    undo(root)
    assert (root / "src/app/main.py").stat().st_mode & 0o777 == 0o755
