"""TOML files: what a strict reader finds afterwards, with comments and layout kept."""

from __future__ import annotations

import sys
from typing import Any

import pytest

from chatkit_agent.edits.dependency_files.toml import add_to_list, add_to_table
from chatkit_agent.errors import UnusualFile
from chatkit_agent.project.facts import Packaging, Style
from chatkit_agent.project.text.lines import Text

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

NEW = ("mcp>=1.21.2,<3", "pyjwt[crypto]>=2.10")
LIST = Packaging("uv", "pyproject.toml", "pep621", table=("project", "dependencies"))


def listed(text: str, new: tuple[str, ...] = NEW) -> str:
    return add_to_list(Text.of(text.encode()), new, LIST).content.decode()


def table(text: str, style: Style, *names: str, new: tuple[str, ...] = NEW) -> dict[str, Any]:
    packaging = Packaging("pip", "file", style, table=names)
    once = add_to_table(Text.of(text.encode()), new, packaging)
    assert add_to_table(once, new, packaging).content == once.content
    found: Any = tomllib.loads(once.content.decode())
    for name in names:
        found = found[name]
    return dict(found)


@pytest.mark.parametrize(
    ("text", "were"),
    [
        ('[project]\ndependencies = ["fastapi"]\n', ["fastapi"]),
        ('[project]\ndependencies = [\n    "fastapi",  # web\n]\n', ["fastapi"]),
        ('[project]\ndependencies = [\n  "a",\n  # "b",\n  "c"\n]\nname = "x"\n', ["a", "c"]),
        ("[project]\ndependencies = []\n", []),
        ('[project]\nname = "x"\n', []),
        ('project = {dependencies = ["a"]}\n', ["a"]),
        ('project.dependencies = ["a"]\n', ["a"]),
        ('[project]\r\ndependencies = [\r\n  "a",\r\n]\r\n', ["a"]),
        ('[project]\nname = "x"\n[project.scripts]\nx = "x:x"\n', []),
    ],
)
def test_a_list(text: str, were: list[str]) -> None:
    found = listed(text)
    before, after = tomllib.loads(text), tomllib.loads(found)
    assert after["project"].pop("dependencies") == [*were, *NEW]
    before["project"].pop("dependencies", None)
    assert after == before
    assert ("# web" in found, '# "b"' in found) == ("# web" in text, '# "b"' in text)
    assert ("\r\n" in text) == ("\r\n" in found)
    assert "\n" not in found.replace("\r\n", "") or "\r\n" not in text
    assert listed(found) == found


def test_a_long_list_has_a_line_for_each() -> None:
    found = listed('[project]\ndependencies = ["fastapi"]\n', (*NEW, "x" * 60))
    assert '    "fastapi",\n' in found
    assert max(map(len, found.splitlines())) < 80


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[tool.x]\n",
        '[project]\ndependencies = "fastapi"\n',
        "[project]\ndependencies = [\n",
        '[project]\ndependencies = ["a"]\ndependencies = ["b"]\n',
        'project = "x"\n',
    ],
)
def test_no_list(text: str) -> None:
    with pytest.raises(UnusualFile):
        listed(text)


def test_a_table_of_poetry() -> None:
    text = '[tool.poetry.dependencies]\npython = "^3.11"  # ours\n'
    assert table(text, "poetry", "tool", "poetry", "dependencies") == {
        "python": "^3.11",
        "mcp": ">=1.21.2,<3",
        "pyjwt": {"extras": ["crypto"], "version": ">=2.10"},
    }


def test_a_marker_is_kept() -> None:
    new = ('tzdata>=1; sys_platform == "win32"',)
    assert table("[packages]\n", "pipfile", "packages", new=new) == {
        "tzdata": {"version": ">=1", "markers": "sys_platform == 'win32'"}
    }


def test_what_is_there_stays_as_it_is() -> None:
    found = table('[packages]\nmcp = "*"\n', "pipfile", "packages")
    assert (found["mcp"], sorted(found)) == ("*", ["mcp", "pyjwt"])


def test_the_table_of_pixi_is_made() -> None:
    text = '[dependencies]\npython = ">=3.11"\n'
    assert sorted(table(text, "pixi", "pypi-dependencies")) == ["mcp", "pyjwt"]


@pytest.mark.parametrize("text", ["", "packages = 1\n", "[dev-packages]\n", "[packages\n"])
def test_no_table(text: str) -> None:
    with pytest.raises(UnusualFile):
        table(text, "pipfile", "packages")
