"""An application that calls its owner's services at import, at start-up and in each request: none
of them hears of it, whatever boots it, and each is named."""

from __future__ import annotations

import hashlib
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg
import pytest

from chatkit_agent.api import Running, apply_plan, plan_integration
from chatkit_agent.frontends.session import Plans, Session
from chatkit_agent.frontends.tools import TOOLS
from chatkit_agent.options.options import RequestedOptions
from chatkit_agent.sandbox.lending import address, lend
from chatkit_agent.sandbox.postgres import postgres
from chatkit_agent.sandbox.valkey import server_program
from tests.sandbox.isolation.test_confinement import Listener

PYTHON = Path(sys.executable)
MAIN = """
import os, smtplib, socket, sqlite3, urllib.request
from contextlib import asynccontextmanager

import psycopg
from dotenv import load_dotenv
from fastapi import FastAPI, Request

load_dotenv()


def database(when):
    with psycopg.connect(os.environ["STORE"].replace("+psycopg", "")) as connection:
        connection.execute("create table if not exists seen (at text)")
        connection.execute("insert into seen values (%s)", (when,))


def worded(when):
    psycopg.connect("host=127.0.0.1 port={database} user=shop password=known dbname=shop").close()


def fixed(when):
    psycopg.connect(
        host="127.0.0.1", port={database}, user="shop", password="known", dbname="shop"
    ).close()


def computed(when):
    (host,) = {{"127.0.0.1"}}
    psycopg.connect(host=host, port={database}, user="shop", password="known", dbname="shop")


def connected(name):
    host, _, port = os.environ[name].rpartition("@")[2].partition("/")[0].partition(":")
    return socket.create_connection((host, int(port)))


def redis(when):
    connected("CACHE_URL").close()


def queue(when):
    connected("QUEUE_URL").close()


def api(when):
    urllib.request.urlopen(os.environ["BILLING"] + "/charge")


def unnamed_api(when):
    urllib.request.urlopen("http://localhost:{api}/charge")


def mail(when):
    smtplib.SMTP(os.environ["MAIL_HOST"], int(os.environ["MAIL_PORT"]))


def file(when):
    with sqlite3.connect(os.environ["NOTES"]) as connection:
        connection.execute("create table if not exists seen (at text)")
    open("{root}/written", "w")


def everything(when):
    for each in (database, worded, fixed, computed, redis, queue, api, unnamed_api, mail, file):
        try:
            each(when)
        except Exception as error:
            print(when, each.__name__, repr(error), flush=True)


everything("import")


@asynccontextmanager
async def lifespan(app):
    everything("start-up")
    yield


app = FastAPI(lifespan=lifespan)


@app.middleware("http")
async def called(request: Request, call_next):
    everything("route")
    return await call_next(request)


@app.get("/seen")
def seen() -> dict[str, str]:
    return {{}}
"""
ENV = """\
STORE=postgresql+psycopg://shop:known@{host}:{database}/shop
CACHE_URL=redis://:pw@127.0.0.1:{redis}/0
QUEUE_URL=amqp://me:pw@127.0.0.1:{queue}/0
BILLING=http://127.0.0.1:{api}
MAIL_HOST=localhost
MAIL_PORT={mail}
NOTES={root}/notes.db
"""
NAMED = {"QUEUE_URL", "BILLING", "MAIL_HOST"}


class Shop:
    """The project, and its owner's real services."""

    def __init__(self, root: Path, server: str) -> None:
        self.root, self.server = root, server
        self.host, self.port = address(server)
        self.listeners = {name: Listener() for name in ("redis", "queue", "api", "mail")}
        lend(server, "shop", "known", "shop")
        ports = {name: each.port for name, each in self.listeners.items()}
        given = {"root": root, "host": self.host, "database": self.port, **ports}
        root.mkdir()
        main = MAIN.replace("host=127.0.0.1 port", f"host={self.host} port")
        main = main.replace('"127.0.0.1"', f'"{self.host}"')
        (root / "main.py").write_text(main.format(**given))
        (root / ".env").write_text(ENV.format(**given))
        (root / "requirements.txt").write_text("fastapi\npyjwt\nuvicorn\npython-dotenv\n")
        (root / ".gitignore").write_text(".env\n*.db\n")
        sqlite3.connect(root / "notes.db").close()
        (root / "notes.db").write_bytes(b"")
        for command in (("init", "-q"), ("add", "-A"), ("commit", "-qm", "x")):
            who = ("-c", "user.name=a", "-c", "user.email=a@example.com")
            subprocess.run(["git", *who, *command], cwd=root, check=True)

    def close(self) -> None:
        for each in self.listeners.values():
            each.close()

    @property
    def heard(self) -> dict[str, int]:
        """How often each was called; of the database, its sessions."""
        with psycopg.connect(self.server) as connection:
            found = connection.execute(
                "select sessions from pg_stat_database where datname = 'shop'"
            ).fetchone()
        assert found is not None
        return {"database": found[0], **{name: each.came for name, each in self.listeners.items()}}

    @property
    def files(self) -> dict[str, str]:
        own = [path for path in self.root.rglob("*") if path.is_file() and ".git" not in path.parts]
        return {str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in own}


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    root = tmp_path_factory.mktemp("network") / "shop"
    with postgres(lends=True) as server, closing(Shop(root, server)) as one:
        yield one
    shutil.rmtree(root)


def is_told(isolation: Any, shop: Shop) -> None:
    """Every service that was called is named, with who called it."""
    attempts = isolation.attempts
    assert {each.variable for each in attempts} >= NAMED
    targets = {each.target for each in attempts}
    assert f"localhost:{shop.listeners['mail'].port}" in targets
    assert f"127.0.0.1:{shop.listeners['api'].port}" in targets
    assert any(
        f"{shop.host}:{shop.port}" == target for target in targets
    ) or "kernel network" not in (isolation.locks)
    assert f"{shop.root}/written" in targets
    assert all(each.by.startswith(("main.py:", "python")) for each in attempts)
    assert "STORE" in isolation.lent
    if server_program():
        assert isolation.lent_redis == ("CACHE_URL",)
    assert len([each for each in isolation.lent if each.startswith("main.py:")]) >= 2


def test_add_reaches_nobody(shop: Shop) -> None:
    before = shop.heard
    requested = RequestedOptions(auth="jwt")
    planned = plan_integration(shop.root, requested)
    document = apply_plan(shop.root, planned.plan_id, requested, Running(python=PYTHON))
    checks = document.verification
    assert checks is not None
    assert shop.heard == before
    is_told(checks.isolation, shop)
    assert checks.outcome == "passed", [each for each in checks.checks if not each.ok]
    assert any("`QUEUE_URL`" in note for note in checks.notes)


def test_the_doctor_of_agents_reaches_nobody(shop: Shop) -> None:
    before, files = shop.heard, shop.files
    (tool,) = (each for each in TOOLS if each.name == "diagnose")
    session = Session((shop.root,), Plans(), Running(python=PYTHON))
    document = tool({"path": ".", "boot": True}, session)
    assert shop.heard == before
    assert shop.files == files
    is_told(document.isolation, shop)  # type: ignore[attr-defined]
    assert document.outcome == "passed"  # type: ignore[attr-defined]


def test_the_command_line_reaches_nobody(shop: Shop) -> None:
    before, files = shop.heard, shop.files
    done = subprocess.run(
        [PYTHON, "-m", "chatkit_agent", "verify", "--auth", "jwt", shop.root, "--python", PYTHON],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert shop.heard == before
    assert shop.files == files
    for name in NAMED:
        assert name in done.stdout
