"""A value is followed through names, loops, additions and helpers, and no further."""

from __future__ import annotations

import pytest

from chatkit_agent.project.source.flows import Flow, followed
from tests.project.source.conftest import Project, argument

SOURCE = """\
def same(value): return [value]
def other(value): return 1
def f(x):
{body}
"""


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("see(x)", True),
        ("y = x.data\nsee(y)", True),
        ("y = 1\nsee(y)", False),
        ("for y in x:\n    see(y)", True),
        ("y = []\ny.append(x)\nsee(y)", True),
        ("y = []\ny += [x]\nsee(y)", True),
        ("if y := x:\n    see(y)", True),
        ("with x.open() as y:\n    see(y)", True),
        ("see(same(x))", True),
        ("see(other(x))", False),
        ("y, z = x, 1\nsee(y)", True),
        ("y, z = x, 1\nsee(z)", False),
        ("y, (z, v) = 1, (2, x)\nsee(z)", False),
        ("y, *z = x, 1\nsee(z)", True),
        ("y, z = x\nsee(z)", True),
        ("see(z.x)", False),
        ("see(z(x=1))", False),
    ],
)
def test_flow(project: Project, body: str, expected: bool) -> None:
    lines = "".join(f"    {line}\n" for line in body.splitlines())
    code = project({"main.py": SOURCE.format(body=lines)})
    scope, node = argument(code)
    assert Flow(code, scope, {"x"}).holds(node) == expected


def test_what_a_helper_makes_of_it_is_followed_where_it_was_given(project: Project) -> None:
    source = """\
        def said(x): return [x]
        def one(a):
            see(said(a))
        def two(b):
            look(said(b))
    """
    code = project({"main.py": "\n".join(e[8:] for e in source.splitlines())})
    one = next(each for each in code.functions if each.name == "one")
    assert {each.scope.name for each in followed(Flow(code, one, {"a"}), code.called_by)} == {
        "one",
        "said",
    }
