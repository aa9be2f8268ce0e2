"""Scope: where a call stands, what is around it, and the names that hold something."""

from __future__ import annotations

import libcst as cst
import pytest

from chatkit_agent.project.source.scope import Scope, bound_names, scopes_and_calls

NESTED = """\
start()
class Store:
    table = name()
    @route(path())
    async def load(self, thread, /, *more, limit=20, **rest):
        def inner(row):
            return (lambda: read(row))()
        return inner
    class Meta: ...
def free(): ...
"""


def scopes(text: str) -> dict[str, Scope]:
    return {each.name: each for each in scopes_and_calls("a.py", cst.parse_module(text))[0]}


def test_each_definition_is_a_scope_with_a_dotted_name_in_order() -> None:
    names = ["", "Store", "Store.load", "Store.load.inner", "Store.Meta", "free"]
    assert [*scopes(NESTED)] == names
    assert [each.last_name for each in scopes(NESTED).values()][3:] == ["inner", "Meta", "free"]


def test_each_call_stands_in_its_innermost_scope() -> None:
    """What is called twice over has no name; a decorator stands in the function it is on."""
    calls = scopes_and_calls("a.py", cst.parse_module(NESTED))[1]
    found = {written: scope.name for scope, _, written in calls if written}
    assert found["start"] == ""
    assert found["name"] == "Store"
    assert found["route"] == found["path"] == "Store.load"
    assert found["read"] == "Store.load.inner"
    assert len(calls) == 6


def test_no_call_in_a_text_or_comment() -> None:
    assert scopes_and_calls("a.py", cst.parse_module("# f()\n'f()'\nf\n"))[1] == ()


def test_what_is_around() -> None:
    inner = scopes(NESTED)["Store.load.inner"]
    assert [each.name for each in inner.around()] == [
        "Store.load.inner",
        "Store.load",
        "Store",
        "",
    ]
    assert inner.function is inner
    assert inner.owner is not None
    assert inner.owner.name == "Store"


def test_a_module_has_no_function_and_no_class() -> None:
    module, kind = scopes(NESTED)[""], scopes(NESTED)["Store"]
    assert (module.function, module.owner, module.params) == (None, None, ())
    assert (kind.function, kind.owner, kind.params) == (None, kind, ())
    assert scopes(NESTED)["free"].owner is None


def test_parameters_that_are_given_one_value() -> None:
    """By position alone and by name alone too; `*more` and `**rest` take many."""
    load = scopes(NESTED)["Store.load"]
    assert {*load.parameters} == {"self", "thread", "limit"}
    limit = load.param("limit")
    assert limit is not None
    assert isinstance(limit.default, cst.Integer)
    assert load.param("row") is None
    assert load.param(None) is None


def test_which_are_asynchronous() -> None:
    assert [each.name for each in scopes(NESTED).values() if each.is_async] == ["Store.load"]


BOUND = [
    ("a = f()", {"a"}),
    ("a = b = f()", {"a", "b"}),
    ("a, (b, [c]) = f()", {"a", "b", "c"}),
    ("a: int = f()", {"a"}),
    ("a: int", {"a"}),
    ("self.a = f()", {"a"}),
    ("a.b['c'] = f()", {"b"}),
    ("if (a := f()): ...", {"a"}),
    ("with f() as a: ...", {"a"}),
    ("with f() as (a.b): ...", {"b"}),
    ("import a.b as c", {"c"}),
    ("from a import b as c", {"c"}),
    ("from a import b", set()),
    ("try: ...\nexcept E as a: ...", {"a"}),
    ("def f(a, /, b=1, *c, d, **e): ...", {"a", "b", "c", "d", "e"}),
    ("a = lambda b: b", {"a", "b"}),
    ("f(a, b=c)", {"b"}),
    ("@made\ndef f(): ...", {"f"}),
    ("def f(): ...", set()),
    ("def f():\n    a = 1", {"a"}),
    ("# a = f()\n'b = f()'\nc == f()", set()),
]


@pytest.mark.parametrize(("text", "names"), BOUND, ids=[text for text, _ in BOUND])
def test_names_that_may_hold_something(text: str, names: set[str]) -> None:
    assert bound_names(cst.parse_module(text)) == names


def test_a_definition_begins_at_its_name() -> None:
    """Behind its decorators, to which nobody wants to be led."""
    module, load = scopes(NESTED)[""], scopes(NESTED)["Store.load"]
    assert module.head is module.node
    assert isinstance(load.head, cst.Name)
    assert load.head.value == "load"
