"""A TOML file is read as far as it makes sense, and what does not is named."""

from __future__ import annotations

import pytest

from chatkit_agent.project.source.toml_tables import LONGEST, tables_in


def test_tables() -> None:
    text = '[project]\nname = "x"\n[tool.poetry.dependencies]\nfastapi = "*"\n'
    found = {"project": {"name": "x"}, "tool": {"poetry": {"dependencies": {"fastapi": "*"}}}}
    assert tables_in(text) == (found, None)


@pytest.mark.parametrize(
    ("text", "found", "wrong"),
    [
        ("project = 1\n", {}, "project"),
        ("[tool]\npoetry = 1\nruff = {}\n", {"tool": {"ruff": {}}}, "poetry"),
        ("[tool.poetry]\ngroup = []\n", {"tool": {"poetry": {}}}, "group"),
    ],
)
def test_what_has_to_be_a_table_and_is_none(
    text: str, found: dict[str, object], wrong: str
) -> None:
    assert tables_in(text) == (found, f"`{wrong}` in it is no table")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[project\n", "this is not valid TOML"),
        ("x = " + "[" * 5000, "TOML"),
        ("#" * (LONGEST + 1), "characters"),
    ],
)
def test_what_cannot_be_read(text: str, said: str) -> None:
    found, problem = tables_in(text)
    assert found == {}
    assert problem is not None
    assert said in problem
