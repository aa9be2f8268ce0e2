"""What of a missing module a project says in its groups, extras and other lists."""

from __future__ import annotations

from pathlib import Path

import pytest

from chatkit_agent.evidence.run.optional_packages import optional_package
from chatkit_agent.project.facts import Packaging
from chatkit_agent.project.source.sources import Sources
from chatkit_agent.project.tree import Tree

PYPROJECT = """
[project]
name = "shop"
dependencies = ["fastapi"]
[project.optional-dependencies]
sign-in = ["python-jose[cryptography]>=3.3", "PyJWT>=2"]
[dependency-groups]
dev = ["aiosqlite>=0.21", "pytest"]
[tool.poetry.group.dev.dependencies]
psycopg2-binary = "^2.9"
"""


@pytest.mark.parametrize(
    ("module", "found"),
    [
        ("aiosqlite", "aiosqlite>=0.21"),
        ("jose.jwt", "python-jose[cryptography]>=3.3"),
        ("jwt", "PyJWT>=2"),
        ("psycopg2", "psycopg2-binary>=2.9,<3"),
        ("bcrypt", "bcrypt==4.0"),
        ("numpy", None),
    ],
)
def test_where_it_stands(tmp_path: Path, module: str, found: str | None) -> None:
    (tmp_path / "pyproject.toml").write_text(PYPROJECT)
    (tmp_path / "requirements-dev.txt").write_text("bcrypt==4.0\n")
    packaging = Packaging("uv", "pyproject.toml", "pep621")
    assert optional_package(Sources(Tree(tmp_path)), packaging, module) == found
