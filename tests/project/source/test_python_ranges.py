"""Ranges of Python: which releases they have, as packaging reads them."""

from __future__ import annotations

import pytest

from chatkit_agent.project.source.python_ranges import allows, as_range, is_range


@pytest.mark.parametrize(
    ("requires", "has", "has_not"),
    [
        ("==3.11.7", "3.11", "3.10"),
        ("===3.11.7", "3.11", "3.12"),
        ("==3.11", "3.11", "3.12"),
        ("~=3.11.2", "3.11", "3.12"),
        ("~=3.11", "3.13", "3.10"),
        (">=3.10,<3.13", "3.12", "3.13"),
        (">=3.10,<=3.12.4", "3.12", "3.13"),
        (">=3.10.4", "3.10", "3.9"),
        (">3.10.2,<3.11", "3.10", "3.11"),
        ("==3.11.*", "3.11", "3.12"),
        (">=3.9,!=3.11.*", "3.12", "3.11"),
        (">=3.14.0rc1", "3.14", "3.13"),
    ],
)
def test_a_range_has_a_python(requires: str, has: str, has_not: str) -> None:
    assert allows(requires, has)
    assert not allows(requires, has_not)


def test_one_release_left_out_leaves_the_others() -> None:
    assert allows("!=3.11.7", "3.11")
    assert allows(None, "3.9")


@pytest.mark.parametrize("text", ["3.11.7", "^3.11", "3.11.*", "new", ">=3.10 <3.13"])
def test_what_is_no_range(text: str) -> None:
    assert not is_range(text)


@pytest.mark.parametrize("text", ["new", "*", "^2.7", "|| ^3.9"])
def test_what_means_no_range(text: str) -> None:
    assert as_range(text) is None or not allows(as_range(text), "3.10")
