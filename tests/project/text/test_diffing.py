"""Diffing: a diff as git writes it, for every kind of file and of last line."""

from __future__ import annotations

import base64
import zlib

import pytest

from chatkit_agent.project.text.diffing import git_diff

HEAD = "diff --git a/a.py b/a.py\n"


@pytest.mark.parametrize(
    ("before", "after", "diff"),
    [
        (b"a\n", b"b\n", "--- a/a.py\n+++ b/a.py\n@@ -1 +1 @@\n-a\n+b\n"),
        (
            None,
            b"a\nb\n",
            "new file mode 100644\n--- /dev/null\n+++ b/a.py\n@@ -0,0 +1,2 @@\n+a\n+b\n",
        ),
        (None, b"", "new file mode 100644\n"),
        (b"a\n", b"", "--- a/a.py\n+++ b/a.py\n@@ -1 +0,0 @@\n-a\n"),
        (
            b"a",
            b"a\n",
            "--- a/a.py\n+++ b/a.py\n@@ -1 +1 @@\n-a\n\\ No newline at end of file\n+a\n",
        ),
        (
            b"a\n",
            b"a\nb",
            "--- a/a.py\n+++ b/a.py\n@@ -1 +1,2 @@\n a\n+b\n\\ No newline at end of file\n",
        ),
        (b"a\r\n", b"a\n", "--- a/a.py\n+++ b/a.py\n@@ -1 +1 @@\n-a\r\n+a\n"),
        (
            "a\u2028b\fc\n".encode(),
            b"",
            "--- a/a.py\n+++ b/a.py\n@@ -1 +0,0 @@\n-a\u2028b\fc\n",
        ),
    ],
    ids=["edit", "new", "new and empty", "emptied", "end added", "no end", "line ends", "one line"],
)
def test_a_text(before: bytes | None, after: bytes, diff: str) -> None:
    assert git_diff([("a.py", before, after)]) == HEAD + diff


def test_files_follow_each_other_and_a_space_in_a_name_is_ended() -> None:
    """git takes a tab for the end of such a name."""
    diff = git_diff([("a b.py", b"a\n", b"b\n"), ("c.py", None, b"d\n")])
    assert "--- a/a b.py\t\n+++ b/a b.py\t\n" in diff
    assert diff.index("a b.py") < diff.index("diff --git a/c.py b/c.py\n")
    assert git_diff([]) == ""


@pytest.mark.parametrize("size", [1, 26, 27, 52, 53, 300])
def test_what_is_no_text_is_whole_in_the_binary_form(size: int) -> None:
    """Read back as git reads it: a letter for the length, then that many bytes in base 85."""
    content = bytes(each * 37 % 251 for each in range(size)) + b"\x00"
    head, _, body = git_diff([("a.py", None, content)]).partition("GIT binary patch\n")
    assert f"{HEAD}new file mode 100644\nindex {'0' * 40}.." in head
    literal, *lines = body.splitlines()
    assert literal == f"literal {len(content)}"
    packed = b""
    for line in lines[: lines.index("")]:
        letter = line[0]
        count = ord(letter) - (ord("A") - 1 if letter.isupper() else ord("a") - 27)
        assert 1 <= count <= 52
        packed += base64.b85decode(line[1:])[:count]
    assert zlib.decompress(packed) == content


def test_what_has_another_encoding_is_shown_in_comments() -> None:
    """The name of an empty blob, and of `a`, are those that `git hash-object` gives."""
    diff = git_diff([("a.py", b"a", b"\xe9\n")])
    assert diff.startswith("# @@ -1 +1 @@\n# -a\n# +é\n" + HEAD)
    assert "index 2e65efe2a145dda7ee51d1741299f848e5bf752e.." in diff
    assert " 100644\nGIT binary patch\n" in diff
    assert "index e69de29bb2d1d6434b8b29ae775ad8c2e48c5391.." in git_diff([("a.py", b"", b"\xe9")])
