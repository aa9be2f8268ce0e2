"""Parts of code are found without its layout, and texts as they are said."""

from __future__ import annotations

import libcst as cst
import pytest

from chatkit_agent.project.source.walking import called_name, literals, within_node


def test_parts_in_order_without_comments() -> None:
    module = cst.parse_module("a = b(c)  # d\n'e'\n")
    assert [each.value for each in within_node(module, cst.Name)] == ["a", "b", "c"]


@pytest.mark.parametrize(
    ("source", "said"),
    [("'a' 'b'", ["ab"]), ("f'a{x}b'", ["a{}b"]), ("['a', 'b']", ["a", "b"]), ("b'a'", [])],
)
def test_literals(source: str, said: list[str]) -> None:
    assert [text for _, text in literals(cst.parse_expression(source))] == said


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("a.b()", "a.b"),
        ("a[int]()", "a"),
        ("super().go()", "super().go"),
        ("getattr(a, 'b')()", "a.b"),
        ("getattr(a, name)()", "getattr()"),
        ("partial(a.b, 1)()", "a.b"),
        ("functools.partial(a)()", "a"),
        ("a().b()", "a().b"),
        ("(lambda: 1)()", ""),
    ],
)
def test_what_is_called(written: str, name: str) -> None:
    call = cst.parse_expression(written)
    assert isinstance(call, cst.Call)
    assert called_name(call.func) == name
