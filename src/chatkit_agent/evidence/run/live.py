"""Live: the project's own database, in a schema that is there for this run alone."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

import asyncpg

from chatkit_agent.errors import CannotBoot
from chatkit_agent.options.options import Options
from chatkit_agent.project.read import Project
from chatkit_agent.project.scratch import values_in

# Options that other drivers read from a URL, and asyncpg would send to the server.
FOREIGN = {"channel_binding", "connect_timeout", "gssencmode", "keepalives", "pgbouncer"}


@contextmanager
def throw_away_schema(database: str, progress: Callable[[str], None]) -> Iterator[str]:
    """The name of a schema that is not there yet, and is dropped afterwards with all in it."""
    name = f"chatkit_verify_{secrets.token_hex(6)}"
    try:
        yield name
    finally:
        try:
            asyncio.run(_drop(database, name))
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            # Where the chat could not make it either, its own error is told as well.
            progress(
                f"The schema `{name}` could not be dropped ({type(error).__name__}). Where it is "
                f"there, drop it by hand: drop schema {name} cascade"
            )


def own_database(project: Project, options: Options, own: Mapping[str, str]) -> str:
    """The URL that the chat would use, from the environment or the project's own files.

    Raises:
        CannotBoot: there is none.
    """
    name = f"{options.env_prefix}DATABASE_URL"
    url = own.get(name) or _in_files(project, name)
    if not url:
        raise CannotBoot(
            f"--live needs `{name}`: set it in the environment, in the project's `.env`, or in a "
            "file that --env-file names."
        )
    return _for_asyncpg(url)


def _in_files(project: Project, name: str) -> str | None:
    files = [Path(project.root, each.path) for each in project.env_files if not each.is_example]
    found = (values_in(file).get(name) for file in files)
    return next(filter(None, found), None)


def _for_asyncpg(url: str) -> str:
    parts = urlsplit(url.strip())
    options = {name: ",".join(each) for name, each in parse_qs(parts.query).items()}
    if "ssl" in options:
        options.setdefault("sslmode", options.pop("ssl"))
    known = {name: text for name, text in options.items() if name not in FOREIGN}
    return parts._replace(scheme="postgresql", query=urlencode(known)).geturl()


async def _drop(database: str, schema: str) -> None:
    connection = await asyncpg.connect(database, timeout=10, statement_cache_size=0)
    try:
        await connection.execute(f'drop schema if exists "{schema}" cascade')
    finally:
        await connection.close()
