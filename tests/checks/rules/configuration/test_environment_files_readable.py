"""An environment file that cannot be read, or whose first name is not what it seems, is found."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from chatkit_agent.checks.check import Finding
from chatkit_agent.checks.rules.configuration.environment_files_readable import (
    environment_files_readable,
)
from chatkit_agent.evidence.static import Evidence
from chatkit_agent.evidence.static.gathering import Looking, observe

LOADING = "from dotenv import load_dotenv\nload_dotenv()\n"


def found(
    observed: Callable[..., Evidence], home: Path, content: bytes, more: str = ""
) -> list[Finding]:
    observed({"app/config.py": LOADING + more})
    (home / ".env").write_bytes(content)
    return list(environment_files_readable(observe(home, Looking())))


@pytest.mark.parametrize(
    ("encoding", "told"),
    [("utf-16", "UTF-16"), ("utf-16-le", "UTF-16"), ("utf-8-sig", "byte order mark")],
)
def test_found(observed: Callable[..., Evidence], tmp_path: Path, encoding: str, told: str) -> None:
    (finding,) = found(observed, tmp_path, "DB_URL=hunter2\nOTHER=1\n".encode(encoding))
    assert finding.where.startswith(".env")
    assert told in finding.evidence
    assert "hunter2" not in repr(finding)


@pytest.mark.parametrize(
    ("content", "more"),
    [
        (b"DB_URL=x\n", ""),
        ("DB_URL=schön\n".encode(), ""),
        ("# first\nDB_URL=x\n".encode("utf-8-sig"), ""),
        ("DB_URL=x\n".encode("utf-8-sig"), 'load_dotenv(encoding="utf-8-sig")\n'),
    ],
)
def test_quiet(
    observed: Callable[..., Evidence], tmp_path: Path, content: bytes, more: str
) -> None:
    assert not found(observed, tmp_path, content, more)
