"""Rules are chosen by code, by the beginning of one or by name; what no rule has is an error."""

from __future__ import annotations

from pathlib import Path

import pytest

from chatkit_agent.checks.policy import Policy, policy_of
from chatkit_agent.checks.rules import CHECKS
from chatkit_agent.errors import BadOption
from chatkit_agent.project.source.sources import Sources
from chatkit_agent.project.tree import Tree

TABLE = '[tool.chatkit-agent]\nselect = ["CK2"]\nignore = ["tls_context_shared"]\n'


def chosen(policy: Policy) -> set[str]:
    return {each.code for each in CHECKS if policy.chooses(each)}


def read(folder: Path, text: str = "", **options: tuple[str, ...]) -> Policy:
    if text:
        (folder / "pyproject.toml").write_text(text)
    return policy_of(Sources(Tree(folder)), **options)


def test_all_of_them(tmp_path: Path) -> None:
    assert chosen(read(tmp_path)) == {each.code for each in CHECKS}


def test_options(tmp_path: Path) -> None:
    assert chosen(read(tmp_path, select=("CK203,CK204",))) == {"CK203", "CK204"}
    left = chosen(read(tmp_path, select=("CK2",), ignore=("CK203",)))
    assert "CK204" in left
    assert "CK203" not in left
    assert all(each.startswith("CK2") for each in left)


def test_the_projects_own_table(tmp_path: Path) -> None:
    left = chosen(read(tmp_path, TABLE))
    assert "CK203" in left
    assert "CK205" not in left
    assert "CK101" not in left
    assert chosen(read(tmp_path, TABLE, select=("CK1",))) == chosen(Policy(select=("CK1",)))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('[tool.chatkit-agent]\nselect = ["CK999"]\n', "`CK999`"),
        ('[tool.chatkit-agent]\nselect = "CK203"\n', "a list of codes"),
        ('[tool.chatkit-agent]\nselected = ["CK203"]\n', "`selected`"),
    ],
)
def test_what_no_rule_has(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(BadOption, match=told):
        read(tmp_path, text)


def test_codes_are_unique_and_stable_in_form() -> None:
    codes = [each.code for each in CHECKS]
    assert len(set(codes)) == len(codes)
    assert len({each.name for each in CHECKS}) == len(codes)
    topics = {code[:3]: each.topic for each in CHECKS for code in [each.code]}
    assert all(topics[each.code[:3]] == each.topic for each in CHECKS)


def test_every_rule_says_why() -> None:
    assert [each.code for each in CHECKS if len(each.about) < 40] == []
