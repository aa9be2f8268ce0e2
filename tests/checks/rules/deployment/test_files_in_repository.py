"""A file of the chat that git ignores is found; one that git has anyway is not."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from chatkit_agent.checks.rules.deployment.files_in_repository import files_in_repository
from tests.checks.rules.conftest import Findings

FILES = {"app/schema.sql": "create table threads (id text)", "dumps/all.sql": ""}


@pytest.mark.parametrize(
    ("ignored", "where"),
    [
        ("*.sql", "app/schema.sql"),
        ("server.py", "app/server.py"),
        ("dumps/", None),
        ("*.sql\n!app/schema.sql", None),
    ],
)
def test_found(findings: Findings, tmp_path: Path, ignored: str, where: str | None) -> None:
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    found = findings(files_in_repository, FILES | {".gitignore": f"{ignored}\n"})
    assert [each.where for each in found] == ([where] if where else [])
    subprocess.run(["git", "-C", tmp_path, "add", "--force", "."], check=True)
    assert not findings(files_in_repository, FILES)


def test_quiet_without_a_repository(findings: Findings) -> None:
    assert not findings(files_in_repository, FILES | {".gitignore": "*.sql\n"})
