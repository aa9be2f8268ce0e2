"""Chunks: told apart as a parser would, joined to the same module, each parsed when asked for."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import libcst as cst
import pytest

from chatkit_agent.errors import CannotRead
from chatkit_agent.project.source import chunks, syntax
from chatkit_agent.project.source.chunks import Chunk, chunks_of, parse_chunks

SEVERAL = {
    "comments": "# a\n\nx = 1\n# b\n\ndef f():\n    pass\n    # in f\n\n# c\nclass A: ...\n# d\n",
    "decorators": "@a\n# between\n@b(\n1\n)\nasync def f(): ...\n\n\n@c\nclass A: ...\n",
    "clauses": "try:\n  x\nexcept E:\n  y\nelse:\n  z\nfinally:\n  w\nif a:\n  b\nelif c:\n  d\n",
    "strings": 'x = """\ndef f(): ...\n"""\ny = \'it\\\'s\'\nz = r"\\\\"\n',
    "brackets": "x = (\n1,\n)\ny = {\n'(': 2}\n",
    "continued": "x = 1 + \\\n2\ny = 3\n",
    "tabs": "def f():\n\tpass\nx = 1\n",
    "coding": "# -*- coding: utf-8 -*-\nimport a\nimport a\n",
    "no end": "x = 1\ny = 2",
    "f-strings": 'x = f"{a["b"]}"\ny = f"""{\nz\n}"""\n',
}
WHOLE = {
    "empty": "",
    "only a comment": "# a\n",
    "line ends": "x = 1\r\ny = 2\r\n",
    "form feed": "x = 1\n\f\ny = 2\n",
    "another encoding": "# coding: latin-1\nx = 1\n",
    "an open bracket": "x = (\ny = 2\n",
    "an open quote": "x = 'a\ny = 2\n",
    "an open string": 'x = """a\ny = 2\n',
}


@pytest.mark.parametrize("text", SEVERAL.values(), ids=SEVERAL)
def test_chunks_are_the_statements_and_make_the_module(text: str) -> None:
    whole, found = cst.parse_module(text), chunks_of(text.encode())
    assert b"".join(each.source for each in found) == text.encode()
    assert [len(each.module.body) for each in found] == [1] * len(whole.body)
    of, module = parse_chunks(text.encode())
    assert list(of) == list(found)
    assert module.bytes == text.encode()
    assert module.default_indent == whole.default_indent
    assert all(map(cst.CSTNode.deep_equals, module.body[1:], whole.body[1:]))


@pytest.mark.parametrize("text", WHOLE.values(), ids=WHOLE)
def test_what_cannot_be_told_apart_is_one_chunk(text: str) -> None:
    assert [each.source for each in chunks_of(text.encode())] == [text.encode()]


def test_names_of_functions_and_classes() -> None:
    text = "x = 1\n\n@a\nasync def f(): ...\nclass A[T]: ...\nif x:\n    def g(): ...\n"
    assert [each.name for each in chunks_of(text.encode())] == [None, "f", "A", None]


def test_indents_that_differ_are_parsed_as_a_whole() -> None:
    text = b"def f():\n    pass\ndef g():\n  pass\n"
    found, module = parse_chunks(text)
    assert [each.source for each in found] == [text]
    assert module.bytes == text


@pytest.mark.parametrize(
    ("text", "head"),
    [
        (
            "def f(a: int = 1) -> list[int]:\n    return []\n",
            "def f(a: int = 1) -> list[int]: ...\n",
        ),
        (
            '# def g(\n@app.get("/:x")\nasync def f(x={1: 2}, y=lambda: 3):\n    z\n',
            '# def g(\n@app.get("/:x")\nasync def f(x={1: 2}, y=lambda: 3): ...\n',
        ),
        ("def f(): return 1\n", "def f(): ...\n"),
        ("def f(a=')', b=[':']):  # ):\n    x\n", "def f(a=')', b=[':']): ...\n"),
        ("class A:\n    x = 1\n", "class A:\n    x = 1\n"),
    ],
)
def test_signature(text: str, head: str) -> None:
    assert chunks_of(text.encode())[0].signature.code == head


def test_only_what_is_asked_for_is_parsed(monkeypatch: pytest.MonkeyPatch) -> None:
    text = dedent("""\
        import a
        def f():
            return a.get()
        def g():
            return a.put()
        def h(x=a.get()):
            return 1
    """)
    parsed: list[bytes] = []
    real = chunks._module_in
    monkeypatch.setattr(
        chunks, "_module_in", lambda content: (parsed.append(content), real(content))[1]
    )
    syntax.parse_with(text.encode(), (rb"put",))
    assert [each.split(b"(")[0] for each in parsed] == [b"def g"]
    syntax.parse_with(text.encode(), (rb"get",), bodies=False)
    assert parsed[1:] == [b"def f(): ...\n", b"def h(x=a.get()): ...\n"]


def test_after_a_change_only_that_is_parsed(monkeypatch: pytest.MonkeyPatch) -> None:
    before, _ = parse_chunks(b"import a\n\ndef f(): ...\nx = 1\nx = 1\n")
    parsed: list[bytes] = []
    real = chunks._module_in
    monkeypatch.setattr(
        chunks, "_module_in", lambda content: (parsed.append(content), real(content))[1]
    )
    after, module = parse_chunks(b"import a\nimport b\n\ndef f(): ...\nx = 1\nx = 1\n", before)
    assert parsed == [b"import b\n", b"x = 1\n"]
    assert after[2] is before[1]
    assert len({*module.body}) == 5


def test_the_limits_hold_for_each_chunk() -> None:
    deep = b"x = " + b"(" * 5000 + b")" * 5000 + b"\n"
    with pytest.raises(CannotRead, match="levels deep"):
        Chunk(deep).module  # noqa: B018
    with pytest.raises(CannotRead, match="levels deep"):
        syntax.parse_with(b"y = 1\n" + deep, (rb"x",))
    with pytest.raises(CannotRead, match="null bytes"):
        syntax.parse(b"x = 1\n\0\n")


def test_splitting_is_in_step_with_the_size() -> None:
    for line in (b"#\n", b"\n", b"x\n", b"(\n", b")\n", b"'\n", b"@a\n", b'"""\n', b"\\\n"):
        chunks_of(line * 50_000)


def test_the_packages_own_files() -> None:
    folder = Path(syntax.__file__).parent
    for file in sorted(folder.glob("s*.py")):
        content = file.read_bytes()
        found, module = parse_chunks(content)
        assert len(found) > 1, file
        assert module.bytes == content
        assert len(module.body) == len(cst.parse_module(content).body)
