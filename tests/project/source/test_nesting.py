"""Nesting: what a parser goes down with counts, however it is spelled; what lies flat does not."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from chatkit_agent.project.source.nesting import DEEPEST, depth_of

Source = Callable[[int], str]

DEEP: dict[str, Source] = {
    "brackets": lambda n: "[" * n + "]" * n,
    "brackets of all kinds": lambda n: "([{" * (n // 3) + "}])" * (n // 3),
    "calls": lambda n: "f(" * n + ")" * n,
    "brackets over lines": lambda n: "(\n" * n + ")\n" * n,
    "operators": lambda n: "a = " + "+".join(["b"] * n),
    "a chain": lambda n: "a" + ".b" * n,
    "signs": lambda n: "a = " + "-" * n + "1",
    "words": lambda n: "a = " + " and ".join(["b"] * n),
    "refusals": lambda n: "a = " + "not " * n + "b",
    "lambdas": lambda n: "a = " + "lambda: " * n + "1",
    "texts beside each other": lambda n: "a = " + "'b' " * n,
    "a chain over lines": lambda n: "a" + ".b \\\n" * n,
    "blocks": lambda n: "".join(f"{' ' * each}if a:\n" for each in range(n)) + " " * n + "pass",
    "else-ifs": lambda n: "if a:\n pass\n" + "elif a:\n pass\n" * n,
    "else-ifs between comments": lambda n: "if a:\n pass\n" + "# b\n\nelif a:\n pass\n" * n,
    "fields of a text": lambda n: "f'{" + "(" * n + ")" * n + "}'",
    "operators in a field": lambda n: 'f"""{' + "+".join("a" * n) + '}"""',
}


@pytest.mark.parametrize("source", DEEP.values(), ids=DEEP.keys())
def test_what_is_deep_counts(source: Source) -> None:
    """At least one for each, and not ten times as much."""
    for count in (6, 60):
        assert count - 1 <= depth_of(source(count).encode()) <= 3 * count + 6
    assert depth_of(source(6 * DEEPEST).encode()) > DEEPEST


FLAT: dict[str, Source] = {
    "lines": lambda n: "a = b + c\n" * n,
    "statements of a line": lambda n: "a = b + c; " * n,
    "members": lambda n: "a = [" + "b.c, " * n + "]",
    "calls after each other": lambda n: "f(a)\n" * n,
    "blocks after each other": lambda n: "if a:\n  b = 1\n" * n,
    "decisions of their own": lambda n: "if a:\n pass\nelif b:\n pass\nc = 1\n" * n,
    "a comment": lambda n: "# " + "(" * n,
    "a text": lambda n: "a = '" + "(" * n + "'",
    "a text with its quote in it": lambda n: r"a = '\'" + "(" * n + "'",
    "a text over lines": lambda n: 'a = """' + '"\n(' * n + '"""',
    "a text with a brace": lambda n: "a = '" + "{" * n + "'",
    "plain parts of a formatted text": lambda n: "f'" + "a + b. " * n + "'",
    "fields after each other": lambda n: "f'" + "{a}" * n + "'",
    "an empty file": lambda n: "",
    "empty lines in a block": lambda n: "if a:\n  b = 1\n" + "\n" * n + "  c = 1\n",
}


@pytest.mark.parametrize("source", FLAT.values(), ids=FLAT.keys())
def test_what_is_flat_does_not_count(source: Source) -> None:
    assert depth_of(source(3).encode()) == depth_of(source(6 * DEEPEST).encode()) < 12


def test_what_is_around_and_inside_counts_together() -> None:
    blocks = "".join(f"{' ' * each}if a:\n" for each in range(20))
    line = " " * 20 + "b = " + "(" * 20 + ")" * 20
    assert depth_of((blocks + line).encode()) >= 40


def test_a_text_without_an_end_ends_what_is_known() -> None:
    """A parser refuses such a file, so what comes behind does not matter."""
    assert depth_of(b"a = 'b\n" + b"(" * 1000) < 12


def test_it_stops_at_what_is_too_deep() -> None:
    assert DEEPEST < depth_of(b"(" * 1_000_000) <= DEEPEST + 2
