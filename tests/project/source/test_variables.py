"""A variable of the environment is read, however `os` is imported and its name is written."""

from __future__ import annotations

import pytest

from chatkit_agent.project.source.variables import variable_behind, variables
from tests.project.source.conftest import Project, argument

SOURCE = """\
import os
import os as system
from os import environ as env, getenv as ask
NAME = "URL"
HELD = ask(NAME, "")
class Box:
    environ = {{}}
{line}
"""


@pytest.mark.parametrize(
    ("line", "is_found", "is_demanded"),
    [
        ("see(os.getenv('URL'))", True, False),
        ("see(os.environ.get('URL', 'x'))", True, False),
        ("see(os.environ['URL'])", True, True),
        ("see(system.getenv(key='URL'))", True, False),
        ("see(env['URL'])", True, True),
        ("see(env.get(NAME))", True, False),
        ("see(ask('U' + 'RL'))", True, False),
        ("see(HELD)", True, False),
        ("url = ask('URL')\nsee(url)", True, False),
        ("see(Box.environ.get('URL'))", False, False),
        ("see('os.getenv(URL)')", False, False),
        ("see(config.get('URL'))", False, False),
    ],
)
def test_variable_behind(project: Project, line: str, is_found: bool, is_demanded: bool) -> None:
    code = project({"main.py": SOURCE.format(line=line)})
    found = variable_behind(code, *argument(code))
    assert (found is not None and found.name == "URL") == is_found
    assert (found is not None and found.is_demanded) == is_demanded


def test_what_is_set_is_not_asked_for(project: Project) -> None:
    code = project({"main.py": "import os\nos.environ['A'] = '1'\nprint(os.environ['B'])\n"})
    assert [each.name for each in variables(code)] == ["B"]
