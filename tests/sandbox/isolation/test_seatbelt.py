"""What is done where the kernel asks nobody: macOS' own lock, and naming what is not seen."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from chatkit_agent.sandbox.isolation import Isolation, Reach, kernel, seatbelt
from chatkit_agent.sandbox.isolation.confinement import attempts_in, unseen_in
from chatkit_agent.sandbox.isolation.reaching import Rules
from tests.sandbox.isolation.test_confinement import reach, run

__all__ = ["reach"]
DRIVER = "`(?:libpq|psycopg_binary|psycopg_c)`"
LOADED = "import subprocess\nimport psycopg\nsubprocess.run(['true'])\n"


def rules(addresses: list[str], sockets: list[str]) -> Rules:
    nothing: list[str] = []
    spec = {"addresses": addresses, "names": nothing, "sockets": sockets}
    return Rules({**spec, "writable": nothing, "temporary": nothing}, 0)


def test_only_what_is_allowed_is_in_the_profile(tmp_path: Path) -> None:
    folder = tmp_path / 'a "b"'
    folder.mkdir()
    given = rules(["127.0.0.1:40123", "[::1]:40124"], [str(folder)])
    quoted = str(folder).replace('"', '\\"')
    assert seatbelt.profile(given, [folder]).splitlines() == [
        "(version 1)",
        "(allow default)",
        "(deny network-outbound)",
        '(allow network-outbound (remote ip "localhost:40123"))',
        '(allow network-outbound (remote ip "localhost:40124"))',
        f'(allow network-outbound (subpath "{quoted}"))',
        "(deny file-write*)",
        f'(allow file-write* (subpath "{quoted}"))',
    ]


def test_what_the_owner_allowed_elsewhere_is_looked_up_and_reached() -> None:
    said = seatbelt.profile(rules(["api.example.com:443", "cache:*"], []), [])
    assert '(remote ip "*:443")' in said
    assert '(remote ip "*:*")' in said
    assert seatbelt.RESOLVER in said


def placed(monkeypatch: pytest.MonkeyPatch, folder: Path, script: str) -> None:
    """A program in the place of that of macOS, as its manual has it: -p PROFILE PROGRAM ..."""
    program = folder / "sandbox-exec"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    monkeypatch.setattr(seatbelt, "PROGRAM", str(program))
    monkeypatch.setattr(kernel.sys, "platform", "darwin")


def test_it_starts_the_program_where_it_holds(
    reach: Reach, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    placed(monkeypatch, tmp_path, 'shift 2; [ "$1" = /usr/bin/true ] && exit 0; exec "$@"')
    assert run(reach, f"{LOADED}print('runs')") == "runs\n"
    assert attempts_in(reach) == ((), ("macos files", "macos network", "python"))
    (note,) = Isolation(locks=attempts_in(reach)[1], unseen=unseen_in(reach)).notes()
    assert re.match(f"macOS refused {DRIVER}, `true`", note)


@pytest.mark.parametrize("script", ["exit 65", "kill -9 $$"])
def test_the_application_starts_without_it_where_it_does_not_hold(
    script: str, reach: Reach, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    placed(monkeypatch, tmp_path, script)
    assert run(reach, "print('runs')") == "runs\n"
    assert attempts_in(reach)[1] == ("python",)


def test_libraries_in_c_and_programs_are_named_where_nothing_sees_them(
    reach: Reach, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kernel.sys, "platform", "freebsd13")
    monkeypatch.setattr(seatbelt, "PROGRAM", "/not/there")
    run(reach, LOADED)
    assert attempts_in(reach) == ((), ("python",))
    (note,) = Isolation(locks=("python",), unseen=unseen_in(reach)).notes()
    assert re.match(f"Where {DRIVER}, `true` connected to was neither refused nor seen", note)


def test_pure_python_and_its_children_are_not_among_them(reach: Reach) -> None:
    run(reach, "import asyncio, json, subprocess, sys\nsubprocess.run([sys.executable, '-V'])\n")
    assert unseen_in(reach) == ()
    assert list(Isolation().notes()) == []
