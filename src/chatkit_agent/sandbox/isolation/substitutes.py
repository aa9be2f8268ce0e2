"""Substitutes: what takes the place of the owner's databases, files, services and credentials."""

from __future__ import annotations

import os.path
import random
import re
import secrets
import shutil
import socket
import string
from contextlib import suppress
from copy import copy as shallow_copy
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from chatkit_agent.sandbox.isolation import Closed
from chatkit_agent.sandbox.isolation.reaching import is_number
from chatkit_agent.sandbox.lending import address, lend
from chatkit_agent.sandbox.valkey import Redis, RedisLender

DATABASE_FILE = re.compile(r"\.(?:db3?|s3db|sl3|sqlite3?|sqlite-?db|duckdb)$", re.IGNORECASE)
BESIDE = ("", "-wal", "-shm", "-journal", ".wal")
KEPT = re.compile(r"(?:[A-Za-z]{1,10}[-_](?:[A-Za-z]{2,5}[-_])?|AKIA|ASIA|AIza|SG\.)?")
HOST_NAME = re.compile(r"[^a-z0-9]+")
PORT = re.compile(r"[:,]\d+$")
MOST_FILES, MOST_BYTES = 1000, 50_000_000
NOBODY = "255.255.255.255"
"""To which the kernel connects nothing, and sends nothing for who did not ask to broadcast."""


@dataclass(frozen=True)
class Lender:
    """The server from which databases are lent."""

    url: str
    host: str
    port: int
    password: str

    @classmethod
    def of(cls, url: str) -> Lender:
        return cls(url, *address(url), secrets.token_urlsafe(18))

    def lend(self, user: str, database: str) -> str:
        """The URL of a database as one that owns it, or shares it with others."""
        lend(self.url, user, self.password, database)
        who = f"{quote(user, safe='')}:{self.password}"
        return f"postgresql://{who}@{self.host}:{self.port}/{quote(database, safe='')}"


class Substitutes:
    """Hands out one substitute for each thing of the owner's, the same for the same thing."""

    def __init__(
        self,
        lender: Lender,
        root: Path,
        copy: Path,
        folder: Path,
        cwd: str = "",
        redis: RedisLender | None = None,
    ) -> None:
        self.lender, self.root, self.copy, self.folder, self.cwd = lender, root, copy, folder, cwd
        self.redis = redis
        self.closed: dict[str, Closed] = {}
        self.lent: dict[str, None] = {}
        self.lent_redis: dict[str, None] = {}
        self._databases: set[tuple[str, str]] = set()
        self._held: dict[str, socket.socket] = {}
        self._credentials: dict[str, str] = {}
        self._files: dict[Path, Path] = {}

    def beside(self, copy: Path) -> Substitutes:
        """The same substitutes for another copy of the project."""
        other = shallow_copy(self)
        other.copy = copy
        return other

    def close(self) -> None:
        for held in self._held.values():
            held.close()

    def lend(self, name: str, user: str, database: str) -> Lender:
        self.lent[name] = None
        if (user, database) not in self._databases:
            self._databases.add((user, database))
            self.lender.lend(user, database)
        return self.lender

    def lend_redis(self, name: str) -> Redis | None:
        """None: there is none to be lent."""
        if self.redis is None:
            return None
        self.lent_redis[name] = None
        return self.redis.lend()

    @property
    def redis_is_open(self) -> bool:
        started = self.redis.started if self.redis else None
        return started is not None and not started.password

    @property
    def databases(self) -> tuple[str, ...]:
        return tuple(sorted({database for _, database in self._databases}))

    def refused(self, name: str, kind: str, was: str) -> str:
        """A loopback address at which nobody listens, and nobody else can while this is open."""
        key = f"{name} {was}"
        if key not in self._held:
            held = socket.socket()
            held.bind(("127.0.0.1", 0))
            self._held[key] = held
            port = held.getsockname()[1]
            self.closed[f"127.0.0.1:{port}"] = Closed(name, kind, was)
        return f"127.0.0.1:{self._held[key].getsockname()[1]}"

    def nowhere(self, name: str, kind: str, was: str) -> str:
        """A host that does not exist, whatever the port is."""
        first = was.split(",")[0].strip()
        if is_number(first.strip("[]")) or is_number(PORT.sub("", first).strip("[]")):
            host = NOBODY
        else:
            host = f"{HOST_NAME.sub('-', name.lower()).strip('-')}.invalid"
        self.closed.setdefault(host, Closed(name, kind, was))
        return host

    def credential(self, value: str) -> str:
        """Random text of the same shape, so that what reads it goes on as far as it can."""
        if value not in self._credentials:
            start = KEPT.match(value)
            kept = start.end() if start and len(value) - start.end() >= 8 else 0
            self._credentials[value] = value[:kept] + "".join(map(_like, value[kept:]))
        return self._credentials[value]

    def socket_path(self) -> str:
        return str(self.folder / "absent.sock")

    def file(self, path: str) -> str | None:
        """Where the copy of a file is that lies outside of the copied project; None: it is in it.

        A relative path is meant from where the application starts.
        """
        given = Path(path).expanduser()
        meant = Path(os.path.normpath(self.root / self.cwd / given))
        if meant.is_relative_to(self.root):
            inside = meant.relative_to(self.root)
            return str(self.copy / inside) if given.is_absolute() else None
        if meant.is_relative_to(self.folder):
            return None
        if meant not in self._files:
            self._files[meant] = self._copy_of(meant)
        return str(self._files[meant])

    def data(self, path: str) -> str | None:
        """Where the application may write what is outside of the project; None: it stays.

        A folder that is there is copied, but for one that holds more than an application's data.
        """
        meant = Path(path).expanduser()
        if not meant.is_absolute() or os.pathsep in path or self.root.is_relative_to(meant):
            return None
        is_new = not meant.exists() and len(meant.parts) > 2
        is_small = meant.is_dir() and os.access(meant, os.W_OK) and _is_small(meant)
        return self.file(path) if is_new or is_small else None

    def _copy_of(self, path: Path) -> Path:
        place = self.folder / "files" / str(len(self._files))
        place.mkdir(parents=True, exist_ok=True)
        if path.is_dir():
            shutil.copytree(path, place / path.name, symlinks=True)
        for ending in BESIDE:
            source = path.with_name(path.name + ending)
            with suppress(OSError):
                if source.is_file():
                    shutil.copy2(source, place / source.name)
        return place / path.name


def _is_small(folder: Path) -> bool:
    """Whether a folder is quickly copied; no more of it is looked at than tells."""
    files = bytes_ = 0
    for place, _, names in os.walk(folder):
        for name in names:
            files += 1
            with suppress(OSError):
                bytes_ += Path(place, name).lstat().st_size
            if files > MOST_FILES or bytes_ > MOST_BYTES:
                return False
    return True


def _like(character: str) -> str:
    chosen = random.SystemRandom()
    for kind in (string.digits, string.ascii_lowercase, string.ascii_uppercase):
        if character in kind:
            return chosen.choice(kind)
    return character
