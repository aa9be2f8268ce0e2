"""What the delivered code needs, each once, in a form that installers take."""

from __future__ import annotations

import shlex

from packaging.requirements import Requirement

from chatkit_agent.options.blockers import OLDEST
from chatkit_agent.options.requirements import (
    REQUIREMENTS,
    SERVICE_REQUIREMENTS,
    install_line,
    requirements,
)


def names(lines: tuple[str, ...]) -> list[str]:
    return [Requirement(each).name for each in lines]


def test_only_its_own_sign_in_needs_pyjwt() -> None:
    assert "pyjwt" in names(requirements(verifies_tokens=True))
    assert set(names(REQUIREMENTS)) - set(names(requirements(verifies_tokens=False))) == {"pyjwt"}


def test_what_modules_need_comes_once() -> None:
    found = requirements(verifies_tokens=False, also=["boto3>=1.34", "mcp>=1", "pyjwt>=2"])
    assert names(found)[-2:] == ["boto3", "pyjwt"]
    assert names(found).count("mcp") == 1
    assert "mcp>=1.21.2,<3" in found


def test_versions_that_were_measured_to_fail_are_left_out() -> None:
    ranges = {Requirement(each).name: Requirement(each).specifier for each in REQUIREMENTS}
    for name, bad in (
        *(("mcp", "1.19.0"), ("mcp", "1.20.0"), ("mcp", "1.21.1"), ("openai-agents", "0.19.0")),
        *(("openai-chatkit", "0.0.1"), ("openai-chatkit", "1.7.0"), ("asyncpg", "0.29.0")),
    ):
        assert bad not in ranges[name], f"{name} {bad}"
    assert "1.6.5" in ranges["openai-chatkit"]


def test_an_obstacle_is_what_these_do_not_allow() -> None:
    """The pins that are told as too old are those below what is asked for here."""
    for line in (*REQUIREMENTS, *SERVICE_REQUIREMENTS):
        wanted = Requirement(line)
        if wanted.name in OLDEST and wanted.name != "fastapi":
            assert OLDEST[wanted.name] in wanted.specifier
            assert f">={OLDEST[wanted.name]}" in line


def test_a_shell_takes_the_line_as_it_is() -> None:
    words = shlex.split(install_line(requirements(verifies_tokens=True)))
    assert words[:2] == ["pip", "install"]
    assert tuple(words[2:]) == REQUIREMENTS
