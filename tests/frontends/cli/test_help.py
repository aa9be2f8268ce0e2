"""Help: every command stands in a section, and a long list of options is parted."""

from __future__ import annotations

import click
import pytest
from click.testing import CliRunner

from chatkit_agent.frontends.cli import main
from chatkit_agent.frontends.cli.help import OF_CHAT, OF_RUN, SECTIONS


def shown(*arguments: str, width: int = 80) -> list[str]:
    result = CliRunner(env={"COLUMNS": str(width)}).invoke(main, [*arguments, "--help"])
    assert result.exit_code == 0
    return result.output.splitlines()


def test_every_command_stands_in_one_section() -> None:
    named = [name for names in SECTIONS.values() for name in names]
    assert sorted(named) == sorted(main.commands)
    lines = shown()
    assert all(any(line.startswith(f"  {name} ") for line in lines) for name in named)
    assert not any(line.endswith("...") for line in lines if not line.startswith("Usage"))


@pytest.mark.parametrize("command", ["plan", "add", "verify", "guide", "update", "doctor"])
def test_long_lists_of_options_are_parted(command: str) -> None:
    lines = shown(command)
    own = lines[lines.index("Options:") :]
    assert own[1].startswith("  -")
    assert any(line.endswith(":") and line != "Options:" for line in own)


def test_every_name_is_of_an_option() -> None:
    names = {each.name for command in main.commands.values() for each in command.params}
    assert names >= OF_CHAT | OF_RUN


@pytest.mark.parametrize(
    ("settings", "colours"), [({}, True), ({"NO_COLOR": "1"}, False), ({"NO_COLOR": ""}, True)]
)
def test_headings_and_names_have_colours_in_a_terminal_that_wants_them(
    settings: dict[str, str], colours: bool
) -> None:
    for command in ([], ["add"]):
        result = CliRunner(env=settings).invoke(main, [*command, "--help"], color=True)
        assert ("\x1b[1mOptions\x1b[0m:" in result.output) is colours
        assert ("\x1b[" in result.output) is colours
        assert click.unstyle(result.output) == "\n".join([*shown(*command), ""])
