"""Real processes behind the locks: what they reach, what they are refused, and who is named."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import textwrap
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from chatkit_agent.sandbox.isolation import Attempt, Closed, Reach
from chatkit_agent.sandbox.isolation.confinement import attempts_in, locked_in
from chatkit_agent.sandbox.lending import address, lend
from chatkit_agent.sandbox.postgres import create_database, postgres


class Listener:
    """Counts whoever comes."""

    def __init__(self, family: int = socket.AF_INET, path: str = "") -> None:
        self.came = 0
        self.socket = socket.socket(family)
        host = "::1" if family == socket.AF_INET6 else "127.0.0.1"
        self.socket.bind(path or (host, 0))
        self.socket.listen()
        self.port = 0 if path else self.socket.getsockname()[1]
        threading.Thread(target=self._count, daemon=True).start()

    def _count(self) -> None:
        while True:
            try:
                one, _ = self.socket.accept()
            except OSError:
                return
            self.came += 1
            one.close()

    def close(self) -> None:
        self.socket.close()


@pytest.fixture
def reach(tmp_path: Path) -> Reach:
    folder = tmp_path / "run"
    (folder / "work").mkdir(parents=True)
    log = folder / "attempts.jsonl"
    return Reach(frozenset(), frozenset(), (folder,), (folder,), folder / "work", log)


def run(reach: Reach, code: str) -> str:
    """What the code prints, as the application's own module."""
    program = reach.work / "main.py"
    program.write_text(textwrap.dedent(code))
    out = reach.work / "out"
    with (
        locked_in([sys.executable, str(program)], dict(os.environ), reach) as locked,
        out.open("wb") as file,
    ):
        process = subprocess.Popen(
            locked.command,
            cwd=reach.work,
            env=locked.variables,
            stdout=file,
            stderr=subprocess.STDOUT,
            pass_fds=(locked.descriptor,),
            start_new_session=True,
        )
        locked.started(process.pid, sys.version_info[:3])
        process.wait(60)
    return out.read_text()


def attempts(reach: Reach) -> tuple[Attempt, ...]:
    return attempts_in(reach)[0]


def has_kernel_lock(reach: Reach) -> bool:
    run(reach, "pass")
    return "kernel network" in attempts_in(reach)[1]


@contextmanager
def listeners(tmp_path: Path) -> Iterator[dict[str, Listener]]:
    path = str(tmp_path / "their.sock")
    four, six = Listener(), Listener(socket.AF_INET6)
    unix = Listener(socket.AF_UNIX, path)
    with closing(four), closing(six), closing(unix):
        yield {"four": four, "six": six, "unix": unix}


WAYS = {
    "socket": "socket.create_connection(('127.0.0.1', {four}))",
    "name": "socket.create_connection(('localhost', {four}))",
    "six": "socket.create_connection(('::1', {six}))",
    "mapped": "socket.create_connection(('::ffff:127.0.0.1', {four}))",
    "unix": "socket.socket(socket.AF_UNIX).connect('{unix}')",
    "unix by a link": "import os; os.symlink('{unix}', 'link.sock'); "
    "socket.socket(socket.AF_UNIX).connect('link.sock')",
    "unix datagram": "socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM).sendto(b'x', '{unix}')",
    "no file": "socket.socket(socket.AF_UNIX).connect('\\0their.sock')",
    "zeros": "socket.create_connection(('0.0.0.0', {four}))",
    "short": "socket.socket().connect(('127.1', {four}))",
    "fork": "import os; os.fork() or socket.create_connection(('127.0.0.1', {four}))",
    "timer": "t = threading.Timer(0, socket.create_connection, [('127.0.0.1', {four})]); "
    "t.start(); t.join()",
    "at exit": "import atexit; "
    "atexit.register(lambda: socket.create_connection(('127.0.0.1', {four})))",
    "connect_ex": "socket.socket().connect_ex(('127.0.0.1', {four}))",
    "thread": "t = threading.Thread(target=lambda: "
    "socket.create_connection(('127.0.0.1', {four}))); t.start(); t.join()",
    "asyncio": "asyncio.run(asyncio.open_connection('127.0.0.1', {four}))",
    "http": "urllib.request.urlopen('http://127.0.0.1:{four}/')",
    "smtp": "smtplib.SMTP('localhost', {four})",
    "child": "subprocess.run([sys.executable, '-c', "
    "'import socket; socket.create_connection((\"127.0.0.1\", {four}))'])",
}
C_LEVEL = {
    "isolated child": "subprocess.run([sys.executable, '-I', '-c', "
    "'import socket; socket.create_connection((\"127.0.0.1\", {four}))'])",
    "without variables": "subprocess.run([sys.executable, '-c', "
    "'import socket; socket.create_connection((\"127.0.0.1\", {four}))'], env={{}})",
    "a session of its own": "subprocess.run([sys.executable, '-I', '-c', "
    "'import socket; socket.create_connection((\"127.0.0.1\", {four}))'], start_new_session=True)",
    "the C library": "import ctypes; c = ctypes.CDLL(None); c.connect(c.socket(2, 1, 0), "
    "b'\\x02\\0' + ({four}).to_bytes(2, 'big') + b'\\x7f\\0\\0\\1' + bytes(8), 16)",
    "bash": "subprocess.run(['bash', '-c', 'exec 3<>/dev/tcp/127.0.0.1/{four}'])",
    "libpq": "__import__('psycopg').connect('host=127.0.0.1 port={four} dbname=x')",
    "libpq six": "__import__('psycopg').connect('host=::1 port={six} dbname=x')",
    "uvloop": "asyncio.Runner(loop_factory=__import__('uvloop').new_event_loop)"
    ".run(asyncio.open_connection('127.0.0.1', {four}))",
}
IMPORTS = "import asyncio, smtplib, socket, subprocess, sys, threading, urllib.request\n"


@pytest.mark.parametrize("way", [*WAYS, *C_LEVEL])
def test_nobody_is_reached_and_the_attempt_is_named(way: str, reach: Reach, tmp_path: Path) -> None:
    if way in C_LEVEL and not has_kernel_lock(reach):
        pytest.skip("this kernel asks nobody before it connects")
    if way == "uvloop":
        pytest.importorskip("uvloop")
    with listeners(tmp_path) as theirs:
        ports = {"four": theirs["four"].port, "six": theirs["six"].port}
        code = {**WAYS, **C_LEVEL}[way].format(**ports, unix=tmp_path / "their.sock")
        said = run(reach, f"{IMPORTS}{code}\n")
        assert [each.came for each in theirs.values()] == [0, 0, 0], said
    targets = {each.target for each in attempts(reach)}
    four = (f"127.0.0.1:{ports['four']}", f"127.1:{ports['four']}", f"0.0.0.0:{ports['four']}")
    known = (*four, f"[::1]:{ports['six']}", "their.sock", "link.sock", "ffff:127.0.0.1")
    assert any(part in target for target in targets for part in known), (targets, said)
    if way in WAYS and way not in ("child", "timer"):
        assert {each.by for each in attempts(reach)} == {"main.py:2"}


def test_names_datagrams_and_ports_for_all_are_refused(reach: Reach) -> None:
    code = """
        import socket

        def tried(what, *given):
            try:
                what(*given)
            except OSError as error:
                print(type(error).__name__)

        tried(socket.getaddrinfo, "api.example.com", 443)
        tried(socket.socket(type=socket.SOCK_DGRAM).sendto, b"x", ("127.0.0.1", 8125))
        tried(socket.socket().bind, ("0.0.0.0", 9321))
    """
    assert run(reach, code).split() == ["gaierror", "ConnectionRefusedError", "PermissionError"]
    found = {(each.action, each.target) for each in attempts(reach)}
    assert found >= {
        ("look up", "api.example.com"),
        ("send", "127.0.0.1:8125"),
        ("listen", "0.0.0.0:9321"),
    }


def test_the_sandbox_and_its_own_servers_are_reached(reach: Reach) -> None:
    code = """
        import socket

        own = socket.socket()
        own.bind(("127.0.0.1", 0))
        own.listen()
        socket.create_connection(own.getsockname()).close()
        one, two = socket.socketpair()
        one.send(b"x")
        print("reached")
    """
    assert run(reach, code).strip() == "reached"
    assert attempts(reach) == ()


def test_a_lent_database_is_reached_and_their_own_is_not(reach: Reach) -> None:
    with postgres(lends=True) as theirs, postgres(lends=True) as ours:
        there, here = address(theirs), address(ours)
        for url in (theirs, ours):
            lend(url, "shop", "known", "shop")
        folder = Path(theirs.partition("host=")[2].partition("&")[0].replace("%2F", "/"))
        code = f"""
            import psycopg

            given = "user=shop password=known dbname=shop"
            print(psycopg.connect(f"host={here[0]} port={here[1]} {{given}}").info.dbname)
            for host, port in (("{there[0]}", {there[1]}), ("{folder}", {there[1]})):
                try:
                    print(psycopg.connect(f"host={{host}} port={{port}} {{given}}").info.dbname)
                except psycopg.OperationalError as error:
                    print("refused" if "efused" in str(error) else error)
        """
        kernel = has_kernel_lock(reach)
        lending = replace(reach, addresses=frozenset({f"{here[0]}:{here[1]}"}))
        lines = run(lending, code).strip().splitlines()
        assert lines[0] == "shop"
        if kernel:
            assert lines[1:] == ["refused", "refused"]
            assert f"{there[0]}:{there[1]}" in {each.target for each in attempts(reach)}
        create_database(theirs, "still_there")


def test_files_outside_are_not_written(reach: Reach, tmp_path: Path) -> None:
    outside = tmp_path / "project"
    outside.mkdir()
    (outside / "app.db").write_bytes(b"")
    code = f"""
        import os, pathlib, sqlite3, subprocess

        there = pathlib.Path({str(outside)!r})
        for what in (
            lambda: (there / "a").write_text("x"),
            lambda: os.rename(there / "app.db", there / "b"),
            lambda: os.remove(there / "app.db"),
            lambda: (there / "c").mkdir(),
            lambda: sqlite3.connect(there / "app.db").execute("create table t (x)"),
            lambda: subprocess.run(["sh", "-c", f"echo x > {{there}}/d"]),
            lambda: pathlib.Path("inside").write_text("x"),
        ):
            try:
                what()
            except (OSError, sqlite3.Error):
                pass
    """
    run(reach, code)
    if "kernel files" not in attempts_in(reach)[1]:
        (outside / "d").unlink(missing_ok=True)
    assert [path.name for path in outside.iterdir()] == ["app.db"]
    assert (outside / "app.db").read_bytes() == b""
    assert (reach.work / "inside").read_text() == "x"
    assert str(outside / "app.db") in {each.target for each in attempts(reach)}


def test_what_took_a_place_is_named_by_its_owner(reach: Reach) -> None:
    closed = {"redis-host.invalid": Closed("REDIS_HOST", "Redis", "cache:6379")}
    run(reach, "import socket\nsocket.create_connection(('redis-host.invalid', 6379))\n")
    (found,) = attempts_in(replace(reach, closed=closed))[0]
    assert found.text == "connecting to Redis of `REDIS_HOST`, cache:6379 by main.py:2"


def test_their_own_sitecustomize_is_still_loaded(
    reach: Reach, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = tmp_path / "own"
    own.mkdir()
    (own / "sitecustomize.py").write_text("print('theirs')\n")
    monkeypatch.setenv("PYTHONPATH", str(own))
    assert run(reach, "print('main')").split() == ["theirs", "main"]


def test_curl_is_refused(reach: Reach, tmp_path: Path) -> None:
    if shutil.which("curl") is None or not has_kernel_lock(reach):
        pytest.skip("needs curl and a kernel that asks")
    with listeners(tmp_path) as theirs:
        url = f"http://127.0.0.1:{theirs['four'].port}/"
        run(reach, f"import subprocess\nsubprocess.run(['curl', '-s', '{url}'])\n")
        assert theirs["four"].came == 0
    assert "curl" in {each.by for each in attempts(reach)}
