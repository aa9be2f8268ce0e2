"""The table of traps is complete, and what it names is there."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from chatkit_agent.checks.rules import CHECKS as RULES

ROOT = Path(__file__).resolve().parent.parent
REFERENCE = ROOT / "src" / "chatkit_agent" / "reference"
CHECKS = {each.name for each in RULES}
FOUND_BY = re.findall(r"^\| (\d+) \| ((?:`\w+` ?)+)\|", (ROOT / "docs/doctor.md").read_text(), re.M)
ROWS = re.findall(r"^\| (\d+) \|(.+)\|(.+)\|(.+)\|$", (ROOT / "docs/traps.md").read_text(), re.M)


@cache
def names_in(path: str) -> set[str]:
    tree = ast.parse((ROOT / "tests" / path).read_text())
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    return {node.name for node in tree.body if isinstance(node, functions)}


def test_every_trap_has_its_row() -> None:
    assert [int(number) for number, *_ in ROWS] == list(range(1, len(ROWS) + 1))
    assert len(ROWS) >= 42


def test_every_trap_has_a_check_of_the_doctor() -> None:
    found = [int(number) for number, _ in FOUND_BY]
    assert found == sorted(set(found))
    assert set(range(1, 28)) <= set(found) <= {int(number) for number, *_ in ROWS}


@pytest.mark.parametrize(("number", "checks"), FOUND_BY)
def test_the_checks_of_a_trap_are_there(number: str, checks: str) -> None:
    missing = set(re.findall(r"\w+", checks)) - CHECKS
    assert not missing, f"row {number}: there is no {missing}"


@pytest.mark.parametrize(("number", "_trap", "where", "tests"), ROWS)
def test_what_a_row_names_is_there(number: str, _trap: str, where: str, tests: str) -> None:
    named = re.findall(r"`(reference/\w+\.py)::(test_\w+)`", tests)
    assert named
    for path, name in named:
        assert name in names_in(path), f"row {number}: {path} has no {name}"
    places = re.findall(r"`((?:services|chatkit_runtime|chatkit_store)/[\w.]+)` `([^`]+)`", where)
    assert places
    for path, words in places:
        assert words in (REFERENCE / path).read_text(), f"row {number}: {path} has no {words}"
