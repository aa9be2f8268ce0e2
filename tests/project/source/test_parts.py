"""Nodes come in the order of the source, whoever asked for what is around or in them before."""

from __future__ import annotations

import libcst as cst
import pytest

from chatkit_agent.project.source import parts
from chatkit_agent.project.source.parts import walk

SOURCE = """\
@mark(1)
def outer(a: int = 2) -> str:  # a comment
    async def inner():
        return [b for b in a]

    return f"{inner()}"
"""


def names(node: cst.CSTNode) -> list[str]:
    return [each.value for each in walk(node) if isinstance(each, cst.Name)]


@pytest.mark.parametrize("whole_first", [True, False])
def test_a_part_is_the_same_alone_and_in_what_is_around_it(whole_first: bool) -> None:
    module = cst.parse_module(SOURCE)
    function = cst.ensure_type(module.body[0], cst.FunctionDef)
    inner = function.body.body[0]
    asked = (module, function, inner) if whole_first else (inner, function, module)
    found = {each: [*walk(each)] for each in asked}
    assert names(module) == ["mark", "outer", "a", "int", "str", "inner", "b", "b", "a", "inner"]
    assert [each for each in found[module] if each in {*found[inner]}] == found[inner]
    assert found[module][1:] == found[function]
    assert found[inner][0] is inner


def test_no_layout_is_among_them() -> None:
    kinds = {type(each).__name__ for each in walk(cst.parse_module(SOURCE))}
    assert not {each for each in kinds if "Whitespace" in each or each in ("Comment", "Newline")}


def test_what_is_changed_is_another_node() -> None:
    module = cst.parse_module("a = b\n")
    assert names(module) == ["a", "b"]
    changed = module.with_deep_changes(module.body[0], body=[cst.Pass()])
    assert names(changed) == []
    assert names(module) == ["a", "b"]


def test_it_does_not_keep_all_that_was_ever_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parts, "MOST_LAID_OUT", 50)
    for number in range(40):
        assert names(cst.parse_module(f"a{number} = b\n")) == [f"a{number}", "b"]
        assert len(parts._LAID_OUT) < 80
