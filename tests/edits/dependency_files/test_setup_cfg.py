"""`setup.cfg`: what its own parser reads afterwards has the requirements, and all else."""

from __future__ import annotations

from configparser import ConfigParser

import pytest

from chatkit_agent.edits.dependency_files.setup_cfg import add_to_setup_cfg
from chatkit_agent.errors import UnusualFile
from chatkit_agent.project.facts import Packaging
from chatkit_agent.project.text.lines import Text

NEW = ("mcp>=1.21.2,<3", 'pyjwt[crypto]>=2.10; python_version > "3"')
FILE = Packaging("pip", "setup.cfg", "setup.cfg")


def read(text: str) -> dict[str, dict[str, str]]:
    parser = ConfigParser(interpolation=None)
    parser.read_string(text)
    return {name: dict(parser[name]) for name in parser.sections()}


@pytest.mark.parametrize(
    "text",
    [
        "[options]\ninstall_requires =\n    fastapi\n",
        "[options]\ninstall_requires = fastapi\n",
        "[options]\ninstall_requires: fastapi\nzip_safe = no\n",
        "[options]\nInstall_Requires =\n\tfastapi\n\n[flake8]\nx = 1\n",
        "[options]\ninstall_requires =\n    fastapi\n# next\n    uvicorn\npackages = find:\n",
        "[options.extras_require]\ninstall_requires =\n    no\n[options]\ninstall_requires = x\n",
        "[options]\ninstall_requires =\n[options.extras_require]\ndev = x\n",
        "[options]\ninstall_requires =\n    fastapi",
        "[options]\ninstall_requires =\n    a%b ; x == 'y'\n",
    ],
)
def test_they_are_added_to_those_that_are_there(text: str) -> None:
    found = add_to_setup_cfg(Text.of(text.encode()), NEW, FILE).content.decode()
    before, after = read(text), read(found)
    were = before["options"].pop("install_requires").split("\n")
    assert list(filter(None, after["options"].pop("install_requires").split("\n"))) == [
        *filter(None, were),
        *NEW,
    ]
    assert after == before
    assert [each for each in found.splitlines() if each.strip() not in NEW] == text.splitlines()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[metadata]\nname = shop\n",
        "[options]\npackages = find:\n",
        "[metadata]\ninstall_requires =\n    fastapi\n",
        "[options]\ninstall_requires = fastapi; uvicorn\n",
        "not a configuration\n",
        "[options]\n# install_requires =\n#    fastapi\n",
    ],
)
def test_where_it_is_not_certain_it_is_left(text: str) -> None:
    with pytest.raises(UnusualFile):
        add_to_setup_cfg(Text.of(text.encode()), NEW, FILE)
