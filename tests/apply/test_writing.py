"""All contents are put in place, or none of them, and never outside of a folder."""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from chatkit_agent.apply import writing
from chatkit_agent.apply.writing import content_of, put_back, write_all
from chatkit_agent.errors import CannotWrite
from chatkit_agent.project.journal import journal_of

JOURNAL = "of_a_test.json"
BEFORE = {"app/main.py": b"x = 1\n", "app/old.py": b"old = 1\n", "README.md": b"# It\n"}
AFTER: dict[str, bytes | None] = {
    "app/main.py": b"x = 2\n",
    "app/old.py": None,
    "app/deep/new.py": b"new = 1\n",
    "app/deep/er/new.py": b"new = 2\n",
}


class Killed(BaseException):
    """The process ends there."""


def put(root: Path, files: Mapping[str, bytes]) -> None:
    for path, content in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(content)


def held(root: Path) -> dict[str, bytes | None]:
    """Every file with its content, and every folder."""
    return {
        str(each.relative_to(root)): each.read_bytes() if each.is_file() else None
        for each in root.rglob("*")
    }


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    put(tmp_path / "project", BEFORE)
    return tmp_path / "project"


@pytest.mark.parametrize("journal", [None, JOURNAL])
def test_everything_is_in_place(root: Path, journal: str | None) -> None:
    write_all(root, AFTER, journal)
    assert held(root) == {
        "app": None,
        "app/main.py": b"x = 2\n",
        "app/deep": None,
        "app/deep/new.py": b"new = 1\n",
        "app/deep/er": None,
        "app/deep/er/new.py": b"new = 2\n",
        "README.md": b"# It\n",
    }
    assert not journal_of(root, JOURNAL).exists()
    assert put_back(root, JOURNAL) == ()


@pytest.mark.parametrize(
    ("kept", "left"), [((), {"README.md"}), (("app/mine.py",), {"README.md", "app", "app/mine.py"})]
)
def test_folders_that_are_empty_then_go_too(
    root: Path, kept: tuple[str, ...], left: set[str]
) -> None:
    put(root, dict.fromkeys(kept, b""))
    write_all(root, {"app/main.py": None, "app/old.py": None}, JOURNAL, ["app"])
    assert set(held(root)) == left


def test_rights_are_kept(root: Path) -> None:
    (root / "app" / "main.py").chmod(0o750)
    write_all(root, AFTER, JOURNAL)
    assert stat.S_IMODE((root / "app" / "main.py").stat().st_mode) == 0o750


def test_nobody_else_reads_what_is_private_meanwhile(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (root / "app" / "main.py").chmod(0o600)
    seen: list[tuple[str, int]] = []
    write, copy = Path.write_bytes, shutil.copy2

    def noted(path: Path) -> None:
        if path.name.startswith(".main.py."):
            seen.append((path.suffix, stat.S_IMODE(path.stat().st_mode)))

    def written(path: Path, content: bytes) -> int:
        noted(path)
        return write(path, content)

    def copied(source: Path, target: Path) -> None:
        noted(target)
        copy(source, target)

    monkeypatch.setattr(Path, "write_bytes", written)
    monkeypatch.setattr(shutil, "copy2", copied)
    write_all(root, AFTER, JOURNAL)
    assert seen == [(".old", 0o600), (".new", 0o600)]


@pytest.mark.parametrize(
    ("prepare", "path", "reason"),
    [
        (lambda root: None, "../outside.py", "out of the project"),
        (lambda root: None, "app/../../outside.py", "out of the project"),
        (lambda root: (root / "out").symlink_to(root.parent), "out/x.py", "out of the project"),
        (lambda root: None, ".git/config", "version control"),
        (lambda root: None, "app/.GIT/hooks/x.py", "version control"),
        (
            lambda root: (put(root, {".git/x.py": b""}), (root / "in").symlink_to(".git")),
            "in/x.py",
            "version control",
        ),
        (lambda root: (root / "app/dir.py").mkdir(), "app/dir.py", "there is a folder"),
        (lambda root: (root / "app/main.py").chmod(0o444), "app/main.py", "it is read-only"),
        (lambda root: None, "README.md/x.py", "Not a directory|File exists"),
        (lambda root: None, "app/" + "x" * 300 + ".py", "File name too long"),
        (lambda root: None, "app/none.py", "No such file"),
    ],
)
def test_what_is_refused_changes_nothing(
    root: Path, prepare: Callable[[Path], object], path: str, reason: str
) -> None:
    prepare(root)
    before = held(root)
    content = None if path == "app/none.py" else b""
    with pytest.raises(CannotWrite, match=reason):
        write_all(root, {**AFTER, path: content})
    assert held(root) == before


@pytest.mark.parametrize("path", [".env", "venv/x.py", "app/x.sh", "conftest.py", ".vscode/x.json"])
def test_with_a_journal_only_what_a_plan_can_have(root: Path, path: str) -> None:
    before = held(root)
    with pytest.raises(CannotWrite, match="is never written here"):
        write_all(root, {**AFTER, path: b""}, JOURNAL)
    assert held(root) == before


def killing(monkeypatch: pytest.MonkeyPatch, name: str, at: int, error: BaseException) -> None:
    """The step of that name fails the time `at`."""
    real, times = getattr(writing._Swap, name), iter(range(100))

    def step(swap: writing._Swap) -> None:
        if next(times) == at:
            raise error
        real(swap)

    monkeypatch.setattr(writing._Swap, name, step)


@pytest.mark.parametrize("name", ["prepare", "put"])
@pytest.mark.parametrize("at", range(4))
@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_what_fails_anywhere_is_put_back(
    root: Path, monkeypatch: pytest.MonkeyPatch, name: str, at: int, error: BaseException
) -> None:
    before = held(root)
    killing(monkeypatch, name, at, error)
    kind = CannotWrite if isinstance(error, OSError) else KeyboardInterrupt
    with pytest.raises(kind):
        write_all(root, AFTER, JOURNAL)
    assert held(root) == before
    assert not journal_of(root, JOURNAL).exists()


@pytest.mark.parametrize(
    ("name", "at", "done"),
    [
        *(("prepare", at, False) for at in range(4)),
        *(("put", at, False) for at in range(4)),
        *(("discard", at, True) for at in range(4)),
    ],
)
def test_a_killed_run_is_put_back_by_the_next(
    root: Path, monkeypatch: pytest.MonkeyPatch, name: str, at: int, done: bool
) -> None:
    before = held(root)
    with monkeypatch.context() as patch:
        patch.setattr(writing, "_roll_back", lambda *_: None)
        killing(patch, name, at, Killed())
        with pytest.raises(Killed):
            write_all(root, AFTER, JOURNAL)
    assert journal_of(root, JOURNAL).is_file()
    has_begun = (name, at) != ("prepare", 0)
    assert put_back(root, JOURNAL) == (tuple(AFTER) if has_begun and not done else ())
    if not done:
        assert held(root) == before
    assert not [path for path in held(root) if path.endswith((".new", ".old"))]
    assert not journal_of(root, JOURNAL).exists()


def interrupted(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run that was killed before it put its last file in place."""
    with monkeypatch.context() as patch:
        patch.setattr(writing, "_roll_back", lambda *_: None)
        killing(patch, "put", 3, Killed())
        with pytest.raises(Killed):
            write_all(root, AFTER, JOURNAL)


def test_what_somebody_changed_meanwhile_is_not_put_back(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    interrupted(root, monkeypatch)
    put(root, {"app/main.py": b"mine = 1\n"})
    now = held(root)
    with pytest.raises(CannotWrite, match=r"were changed since: app/main\.py\. Nothing was put"):
        put_back(root, JOURNAL)
    assert held(root) == now


def test_what_somebody_took_away_meanwhile_is_there_again(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    interrupted(root, monkeypatch)
    (root / "app" / "main.py").unlink()
    put_back(root, JOURNAL)
    assert (root / "app" / "main.py").read_bytes() == BEFORE["app/main.py"]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda text: "{}", "is damaged"),
        (lambda text: text[:40], "is damaged"),
        (lambda text: text.replace("app/main.py", "../main.py"), "out of the project"),
        (lambda text: text.replace('"token":"', '"token":"../'), "is damaged"),
        (lambda text: text.replace("/project", "/other"), "was noted for"),
    ],
)
def test_a_journal_that_is_not_of_this_run(
    root: Path, monkeypatch: pytest.MonkeyPatch, change: Callable[[str], str], reason: str
) -> None:
    interrupted(root, monkeypatch)
    place, now = journal_of(root, JOURNAL), held(root)
    place.write_text(change(place.read_text()))
    with pytest.raises(CannotWrite, match=reason):
        put_back(root, JOURNAL)
    assert held(root) == now


@pytest.mark.parametrize(
    ("path", "content"),
    [("app/main.py", b"x = 1\n"), ("app/none.py", None), ("app", None), ("link.md", b"# It\n")],
)
def test_content_of(root: Path, path: str, content: bytes | None) -> None:
    (root / "link.md").symlink_to("README.md")
    assert content_of(root, path) == content


def test_no_content_that_is_larger_than_any(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writing, "LARGEST", 3)
    with pytest.raises(CannotWrite, match="larger than any file"):
        content_of(root, "README.md")
    monkeypatch.setattr(writing, "LARGEST", len(b"# It\n"))
    assert content_of(root, "README.md") == b"# It\n"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_the_owner_is_kept(root: Path) -> None:
    os.chown(root / "app" / "main.py", 12345, 12345)
    write_all(root, AFTER, JOURNAL)
    assert (root / "app" / "main.py").stat().st_uid == 12345


def test_a_killed_run_is_put_back_where_the_project_was_moved_to(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = held(root)
    interrupted(root, monkeypatch)
    root = root.rename(root.parent / "renamed")
    assert put_back(root, JOURNAL) == tuple(AFTER)
    assert held(root) == before
    assert not list((root.parent / "state").rglob(f"*{JOURNAL}"))


def test_a_journal_elsewhere_is_not_of_this_project(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    interrupted(root, monkeypatch)
    other = root.parent / "other"
    put(other, BEFORE)
    assert put_back(other, JOURNAL) == ()
    root.rename(root.parent / "renamed")
    assert put_back(other, JOURNAL) == ()
    assert held(other) == {"app": None, **BEFORE}


def cleaned(root: Path, contents: dict[str, bytes]) -> None:
    shutil.rmtree(root)
    put(root, contents)


WHOLE = {path: content for path, content in (BEFORE | AFTER).items() if content is not None}


@pytest.mark.parametrize(
    "contents",
    [BEFORE, WHOLE, {"app/main.py": b"another = 1\n"}],
    ids=["as it was", "all of it pulled", "another project"],
)
def test_where_nothing_of_a_killed_run_is_left_nothing_is_put_back(
    root: Path, monkeypatch: pytest.MonkeyPatch, contents: dict[str, bytes]
) -> None:
    interrupted(root, monkeypatch)
    cleaned(root, contents)
    now = held(root)
    assert put_back(root, JOURNAL) == ()
    assert held(root) == now
    assert not journal_of(root, JOURNAL).exists()


def test_nothing_is_put_back_in_part(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    interrupted(root, monkeypatch)
    for each in root.rglob(".*.old"):
        each.unlink()
    now = held(root)
    with pytest.raises(CannotWrite, match=r"changed since: app/main\.py.*Nothing was put back"):
        put_back(root, JOURNAL)
    assert held(root) == now


def refusing(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(self: object, *_: object) -> None:
        raise OSError(30, "Read-only file system", "somewhere")

    monkeypatch.setattr(writing._Swap, name, refused)


def test_what_cannot_be_put_back_is_told_and_is_by_the_next_run(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = held(root)
    with monkeypatch.context() as patch:
        killing(patch, "put", 2, OSError(5, "Input/output error"))
        refusing("put_back", patch)
        with pytest.raises(CannotWrite, match="nor put back: Read-only file system"):
            write_all(root, AFTER, JOURNAL)
        with pytest.raises(CannotWrite, match="cannot be put back: `somewhere`: Read-only"):
            put_back(root, JOURNAL)
    assert put_back(root, JOURNAL) == tuple(AFTER)
    assert held(root) == before


def test_what_cannot_be_cleared_away_is_by_the_next_run(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        refusing("discard", patch)
        write_all(root, AFTER, JOURNAL)
    assert put_back(root, JOURNAL) == ()
    assert not list(root.rglob(".*"))


def test_a_journal_that_cannot_note_the_end_changes_nothing(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, write = held(root), writing._Journal.write

    def full(self: writing._Journal, phase: writing.Phase) -> None:
        if phase == "done":
            raise OSError(28, "No space left on device")
        write(self, phase)

    monkeypatch.setattr(writing._Journal, "write", full)
    with pytest.raises(CannotWrite, match="No space left on device"):
        write_all(root, AFTER, JOURNAL)
    assert held(root) == before
    assert not journal_of(root, JOURNAL).exists()
