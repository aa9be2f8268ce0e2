"""PostgreSQL's programs are run without telling others, and cannot be changed by who runs them."""

from __future__ import annotations

import os
import sys

import pytest

from chatkit_agent.sandbox.postgres_programs import binaries, psql


@pytest.mark.skipif(sys.platform != "linux", reason="asks /proc")
def test_what_is_secret_is_in_no_list_of_processes(postgres: str) -> None:
    url = postgres.replace("postgres@", "postgres:known@")
    command = psql(url, "secret", "\\! cat /proc/$PPID/cmdline")
    environment = psql(url, "secret", "\\! cat /proc/$PPID/environ")
    assert "//postgres@" in command
    assert "secret" not in command
    assert "known" not in command + environment
    assert "GIVEN_NAME" in environment


def test_what_is_kept_belongs_to_somebody_else_where_that_can_be() -> None:
    if os.geteuid() != 0:
        pytest.skip("the server runs as the same account")
    assert {path.stat().st_uid for path in binaries().iterdir()} == {0}
