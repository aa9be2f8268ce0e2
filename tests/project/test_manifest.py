"""What was applied can be read back exactly, and a manifest that cannot be trusted is refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from chatkit_agent.errors import CannotRead
from chatkit_agent.project.manifest import MANIFEST, Manifest, Touched, manifest_of, without_chat

FILES = (
    Touched("app/main.py", b"one\n", b"one\nours\n"),
    Touched("app/new.py", None, b"new\n"),
    Touched("utf16.txt", "a\n".encode("utf-16"), "a\nb\n".encode("utf-16")),
    Touched("empty.txt", None, b""),
    Touched("crlf.txt", b"a\r\n\xff", b"a\r\nb\r\n\xff"),
)
RECORDED = Manifest("1.0", "abc", {"path": "/chatkit", "user": None}, FILES, ("app/services",))


def written(root: Path, manifest: bytes) -> Path:
    (root / MANIFEST).parent.mkdir(parents=True)
    (root / MANIFEST).write_bytes(manifest)
    return root


def test_a_record_is_read_as_it_was_written(tmp_path: Path) -> None:
    assert manifest_of(written(tmp_path, RECORDED.as_json())) == RECORDED


def test_a_project_without_a_record_has_none(tmp_path: Path) -> None:
    assert manifest_of(tmp_path) is None


@pytest.mark.parametrize(
    "damage",
    [b"", b"{}", b"[]", b"null", b"\xff", b'{"format": 1}', b'{"format": 1, "files": [{}]}'],
)
def test_a_damaged_record_is_refused(damage: bytes, tmp_path: Path) -> None:
    with pytest.raises(CannotRead, match="damaged"):
        manifest_of(written(tmp_path, damage))


def test_a_record_that_may_not_be_looked_for_is_not_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def closed(_path: Path) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "lstat", closed)
    with pytest.raises(PermissionError):
        manifest_of(tmp_path)


def test_a_record_in_the_middle_of_a_merge_is_told(tmp_path: Path) -> None:
    ours, theirs = RECORDED.as_json(), RECORDED.as_json().replace(b"/chatkit", b"/talk")
    merged = b"<<<<<<< HEAD\n" + ours + b"=======\n" + theirs + b">>>>>>> talk\n"
    with pytest.raises(CannotRead, match=r"conflict markers of a merge.*git checkout --ours -- \."):
        manifest_of(written(tmp_path, merged))


def test_a_record_of_another_format_is_refused(tmp_path: Path) -> None:
    document = json.loads(RECORDED.as_json()) | {"format": 99}
    with pytest.raises(CannotRead, match="another version"):
        manifest_of(written(tmp_path, json.dumps(document).encode()))


@pytest.mark.parametrize("path", ["../outside.txt", "/etc/passwd", "a/../../b"])
def test_a_record_that_names_a_file_elsewhere_is_refused(path: str, tmp_path: Path) -> None:
    manifest = Manifest("1.0", "abc", {}, (Touched(path, None, b""),), ())
    with pytest.raises(CannotRead, match="damaged"):
        manifest_of(written(tmp_path, manifest.as_json()))


@pytest.mark.parametrize("other", ["App/Main.py", "app/main.py", "app/MAIN.PY"])
def test_a_record_with_one_file_by_two_spellings_is_refused(other: str, tmp_path: Path) -> None:
    files = (Touched("app/main.py", b"", b"a"), Touched(other, None, b"b"))
    with pytest.raises(CannotRead, match="are one file on some systems"):
        manifest_of(written(tmp_path, Manifest("1.0", "abc", {}, files, ()).as_json()))


def test_without_the_chat_every_file_is_as_it_was(tmp_path: Path) -> None:
    (tmp_path / "app").mkdir()
    for each in FILES:
        (tmp_path / each.path).write_bytes(each.after)
    restoration = without_chat(tmp_path, RECORDED)
    assert restoration.contents == {each.path: each.before for each in FILES}
    assert (restoration.kept, restoration.overlaps) == ((), ())
    assert (tmp_path / "app/main.py").read_bytes() == b"one\nours\n"
