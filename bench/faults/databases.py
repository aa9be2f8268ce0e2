"""Databases that refuse in the ways that databases do: each the URL of a real one."""

from __future__ import annotations

import asyncio
import os
import pwd
import re
import shutil
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import asyncpg

ROLES = """
create role poor login;
create role locked login password 'right';
create database guarded;
"""
BOUNCER = """
[databases]
* = host={sockets} user=postgres
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = 3
{more}
"""


@contextmanager
def pooled(server: str) -> Iterator[str | None]:
    """The server at `server` behind a PgBouncer that shares its connections; None without one."""
    binary = shutil.which("pgbouncer")
    if binary is None:
        yield None
        return
    with tempfile.TemporaryDirectory() as folder, socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
        free.close()
        version = subprocess.run([binary, "--version"], capture_output=True, text=True, check=True)
        numbers = re.search(r"(\d+)\.(\d+)", version.stdout)
        # Later ones can keep track of prepared statements; many installations have that off.
        keeps = numbers is not None and (int(numbers[1]), int(numbers[2])) >= (1, 21)
        config = Path(folder, "pgbouncer.ini")
        sockets = parse_qs(urlsplit(server).query)["host"][0]
        more = "max_prepared_statements = 0" if keeps else ""
        config.write_text(BOUNCER.format(sockets=sockets, port=port, more=more))
        Path(folder).chmod(0o755)
        process = subprocess.Popen(
            [binary, "--quiet", str(config)], stderr=subprocess.DEVNULL, **_somebody()
        )
        try:
            _wait(port)
            yield f"postgresql://postgres@127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait()


def _somebody() -> dict[str, int]:
    """It does not run as root."""
    return {} if os.geteuid() else {"user": pwd.getpwnam("nobody").pw_uid}


def _wait(port: int) -> None:
    for _ in range(100):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise SystemExit("PgBouncer did not start")


@contextmanager
def refusing(server: str) -> Iterator[dict[str, str]]:
    """URLs by what is wrong with them, on the embedded server at `server`."""
    asyncio.run(_prepare(server))
    sockets = parse_qs(urlsplit(server).query)["host"][0]
    with _over_tcp(Path(sockets) / ".s.PGSQL.5432") as port:
        yield {
            "no database": urlsplit(server)._replace(path="/that_is_missing").geturl(),
            "poor role": f"postgresql://poor@/guarded?host={sockets}",
            "wrong password": f"postgresql://locked:wrong@/guarded?host={sockets}",
            "tls": f"postgresql://postgres@127.0.0.1:{port}/guarded?sslmode=require",
        }


async def _prepare(server: str) -> None:
    connection = await asyncpg.connect(server)
    try:
        for statement in ROLES.strip().splitlines():
            await connection.execute(statement)
        rules = Path(await connection.fetchval("show hba_file"))
        rules.write_text(f"local all locked scram-sha-256\n{rules.read_text()}")
        await connection.execute("select pg_reload_conf()")
    finally:
        await connection.close()


@contextmanager
def _over_tcp(path: Path) -> Iterator[int]:
    """A port on loopback that leads to the server's Unix socket."""
    listening = socket.create_server(("127.0.0.1", 0))
    threading.Thread(target=_accept, args=(listening, path), daemon=True).start()
    try:
        yield listening.getsockname()[1]
    finally:
        listening.close()


def _accept(listening: socket.socket, path: Path) -> None:
    while True:
        try:
            client, _ = listening.accept()
        except OSError:
            return
        behind = socket.socket(socket.AF_UNIX)
        behind.connect(str(path))
        for pair in ((client, behind), (behind, client)):
            threading.Thread(target=_pump, args=pair, daemon=True).start()


def _pump(source: socket.socket, sink: socket.socket) -> None:
    try:
        while data := source.recv(65536):
            sink.sendall(data)
    except OSError:
        pass
    finally:
        sink.close()
