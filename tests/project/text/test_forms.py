"""Forms: what an editor, git or a formatter does to a whole file is told from an edit of it."""

from __future__ import annotations

import pytest

from chatkit_agent.project.text.forms import Form, is_only_laid_out, likeness

OURS = b"a\nb\nc\n"
ADDED = "a\nb\nä\n".encode()


@pytest.mark.parametrize(
    ("recorded", "now", "ours", "written"),
    [
        (OURS, OURS, OURS, OURS),
        (OURS, b"a\r\nb\r\nc\r\n", b"a\nd\n", b"a\r\nd\r\n"),
        (b"a\r\nb\r\n", b"a\nb\n", b"a\r\nd\r\n", b"a\nd\n"),
        (OURS, b"a\nb\nd\n", b"e\n", b"e\n"),
        (b"a\r\nb\n", b"a\r\nb\nc\r\n", b"d\n", b"d\n"),
        (OURS, b"a\r\nb\nc\n", b"d\n", b"d\n"),
        (OURS, b"\xef\xbb\xbf" + OURS, b"d\n", b"\xef\xbb\xbfd\n"),
        (OURS, "\ufeffa\nb\n".encode("utf-16-le"), b"d\n", "\ufeffd\n".encode("utf-16-le")),
        (OURS, "\ufeffa\nb\n".encode("utf-16-be"), b"d\n", "\ufeffd\n".encode("utf-16-be")),
        (b"", b"a\r\n", b"d\n", b"d\n"),
        (b"\x00\n", b"a\r\nb\r\n", b"d\n", b"d\n"),
        (OURS, b"a\r\nb\r\nc\r\n", b"\x00\n", b"\x00\n"),
    ],
)
def test_what_is_written_takes_the_form_that_the_file_has_now(
    recorded: bytes, now: bytes, ours: bytes, written: bytes
) -> None:
    assert Form.between(recorded, now).of(ours) == written


def test_characters_that_the_form_has_not_are_kept() -> None:
    latin = b"# -*- coding: latin-1 -*-\nx = '\xe9'\n"
    form = Form.between(latin.decode("latin-1").replace("latin-1", "utf-8").encode(), latin)
    assert form.of("# é\n".encode()) == b"# \xe9\n"
    assert form.of("# 日\n".encode()) == "# 日\n".encode()


SAME = [
    ("f(a, b)\n", "f(\n    a,\n    b,\n)\n"),
    ("a = 'b'\n", 'a = "b"\n'),
    ("import b\nimport a\n", "import a\nimport b\n"),
    ("import a, b\n", "import a\nimport b\n"),
    ("from a import c, b\n", "from a import (\n    b,\n    c,\n)\n"),
    ("a = 1  # why\n", "# why\na = 1\n"),
    ("a = 1 #why\n", "a = 1  # why\n"),
]
OTHER = [
    ("a = 1\n", "a = 2\n"),
    ("f()\ng()\n", "g()\nf()\n"),
    ("import a\nf()\nimport b\n", "import b\nf()\nimport a\n"),
    ("import a\n", "import a as b\n"),
    ("from a import b\n", "from .a import b\n"),
    ("a = 1\n", "a = 1  # why\n"),
    ("a = 1  # why\n", "a = 1  # how\n"),
    ("a = '''b\nc'''\n", "a = '''b\n c'''\n"),
    ("a = 1\n", "a = (\n"),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_layout_is_no_edit(one: str, other: str) -> None:
    assert is_only_laid_out("a.py", one.encode(), other.encode())
    assert not is_only_laid_out("a.txt", one.encode(), other.encode())


@pytest.mark.parametrize(("one", "other"), OTHER)
def test_an_edit_is_none_of_layout(one: str, other: str) -> None:
    assert not is_only_laid_out("a.py", one.encode(), other.encode())


@pytest.mark.parametrize(
    ("one", "other", "share"),
    [
        ("a\nb\n", "a\nb\n", 1.0),
        ("a\nb\n", "  b\r\n\r\na", 1.0),
        ("a\nb\n", "c\n", 0.0),
        ("a\nb\n", "b\nc\n", 0.5),
        ("a\na\n", "a\n", 2 / 3),
        ("", "", 0.0),
        ("\n \n", "a\n", 0.0),
    ],
)
def test_likeness_is_the_share_of_common_lines(one: str, other: str, share: float) -> None:
    assert likeness(one.encode(), other.encode()) == pytest.approx(share)
