"""Variables of environment files, with the line that sets them."""

from __future__ import annotations

from pathlib import Path

import pytest

from chatkit_agent.evidence.static import Setting
from chatkit_agent.evidence.static.environment import is_loaded_at_start, read_settings, set_aside
from chatkit_agent.project.facts import EnvFile
from chatkit_agent.project.source.sources import Sources
from chatkit_agent.project.tree import Tree


def sources(root: Path, **files: str) -> Sources:
    for name, text in files.items():
        place = root / name.replace("__", "/").replace("_", ".")
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)
    return Sources(Tree(root))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("A=1\nB=2\n", [("A", "1", 1), ("B", "2", 2)]),
        ("# first\n\nexport A='1 2'  # one\n", [("A", "1 2", 3)]),
        ("\n\nA=1\n\n\nB=\n", [("A", "1", 3), ("B", "", 6)]),
        ('A="one\ntwo"\nB=2\n', [("A", "one\ntwo", 1), ("B", "2", 3)]),
        ("A\nB = 2\n", [("A", "", 1), ("B", "2", 2)]),
        ("A=1\nA=2\n", [("A", "1", 1), ("A", "2", 2)]),
        ("= nothing\nB=2\n", [("B", "2", 2)]),
        ("A=x#y\n", [("A", "x#y", 1)]),
        ("", []),
    ],
)
def test_each_variable_with_its_line(
    text: str, found: list[tuple[str, str, int]], tmp_path: Path
) -> None:
    here = sources(tmp_path, _env=text)
    assert list(read_settings(here, [EnvFile(".env", False, ())])) == [
        Setting(name, value, f".env:{line}", False) for name, value, line in found
    ]


@pytest.mark.parametrize(
    ("name", "text", "place"),
    [
        ("deploy__prod_env", "KEY=1\n", "deploy/prod.env:1"),
        ("_env_local", "\nexport KEY = 1\n", ".env.local:2"),
        ("_env_prod", "  KEY='1'\n", ".env.prod:1"),
        ("_env_local", "KEY=\n", None),
        ("_env_local", "#KEY=1\n", None),
        ("_env_local", "MY_KEY=1\nKEY2=1\n", None),
        ("_env_example", "KEY=1\n", None),
        ("_env_dist", "KEY=1\n", None),
        ("_env", "KEY=1\n", None),
        ("environment_py", "KEY=1\n", None),
        ("migrations__env_py", "KEY = read()\n", None),
        ("config__app_env_prod", "KEY=1\n", "config/app.env.prod:1"),
    ],
)
def test_a_variable_in_a_file_that_is_not_read(
    name: str, text: str, place: str | None, tmp_path: Path
) -> None:
    here = sources(tmp_path, **{name: text})
    assert set_aside(here, [EnvFile(".env", False, ())], "KEY") == place


@pytest.mark.parametrize(
    ("name", "text", "is_it"),
    [
        ("compose_yaml", "services:\n  app:\n    env_file: .env\n", True),
        ("docker-compose_yml", "env_file: [.env]\n", True),
        ("Makefile", "run:\n\tuvicorn main:app --env-file .env\n", True),
        ("Procfile", "web: uvicorn main:app --env-file .env\n", True),
        ("scripts__run_sh", "set -a; source .env; uvicorn main:app\n", True),
        ("README_md", "`uvicorn main:app --env-file .env`\n", True),
        ("Makefile", "run:\n\tuvicorn main:app\n", False),
        ("main_py", "env_file = '.env'\n", False),
    ],
)
def test_whether_a_start_loads_it(name: str, text: str, is_it: bool, tmp_path: Path) -> None:
    assert is_loaded_at_start(sources(tmp_path, **{name: text})) is is_it
