"""Services: the database, the MCP server and the model that the project's own variables name."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, suppress
from functools import partial
from typing import Any
from urllib.parse import quote, urlsplit

import asyncpg
import httpx
import httpx2
from mcp import Client
from mcp.client.streamable_http import streamable_http_client

from chatkit_agent.evidence.run.sandbox_variables import MCP_URL
from chatkit_agent.evidence.run.subject import DATABASE_URL
from chatkit_agent.evidence.static import Service, Setting
from chatkit_agent.evidence.static.logs import without_secrets
from chatkit_agent.project.source.migrations import Revision, heads

SECONDS = 6.0
KEY, BASE = "OPENAI_API_KEY", "OPENAI_BASE_URL"
OPENAI = "https://api.openai.com/v1"
NO_DATABASE = (OSError, ValueError, asyncpg.PostgresError, asyncpg.InterfaceError)
# The names of tools that providers take.
TAKEN = re.compile(r"[A-Za-z0-9_-]{1,64}")
MODEL_UNKNOWN = re.compile(r"model_not_found|model\b.{0,80}\b(?:not found|does not exist)", re.I)
INITIALIZE = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "initialize",
    "params": {
        "protocolVersion": "2025-03-26",
        "capabilities": {},
        "clientInfo": {"name": "chatkit-agent doctor", "version": "1"},
    },
}
MAY_CREATE = """
select has_database_privilege(current_database(), 'create')
    or exists (select from pg_namespace where has_schema_privilege(oid, 'create')
               and nspname !~ '^(pg_|information_schema|public$)')
"""


def examine(
    settings: Sequence[Setting], environ: Mapping[str, str], token: str | None = None
) -> Iterator[Service]:
    """Each service once, as it answers now. Nothing is written, and no model writes anything.

    The tools are greeted with the `token` of a user, where there is one.
    """
    found = dict(_settings_for_real(settings, environ))
    for name, (value, where) in found.items():
        if _is_postgres(name, value):
            answer = _failure(_database, value)
            is_pooled = answer is None and _is_pooled(value)
            yield Service("database", name, where, answer, is_pooled=is_pooled)
        elif MCP_URL.search(name) and value.startswith("http"):
            for url in map(str.strip, value.split(",")):
                answer = _failure(_tools, url, token or "")
                tools = {} if answer else _tools_of(url, token)
                wanted = required_credentials(list(tools.values()))
                refused = tuple(each for each in tools if not TAKEN.fullmatch(each))
                yield Service("tools", name, where, answer, wanted, refused_names=refused)
    for name in [each for each in (KEY, BASE) if each in found][:1]:
        base, key = found.get(BASE, (OPENAI, ""))[0], found.get(KEY, ("", ""))[0]
        yield Service("model", name, found[name][1], _failure(_model, base, key))


def examine_models(
    settings: Sequence[Setting], environ: Mapping[str, str], names: Sequence[str]
) -> Iterator[Service]:
    """Those of the models that the chat asked for and the provider says not to have."""
    found = dict(_settings_for_real(settings, environ))
    if KEY not in found:
        return
    base, key = found.get(BASE, (OPENAI, ""))[0], found[KEY][0]
    for name in names:
        answer = _failure(partial(_named_model, name), base, key)
        if answer:
            sets = (each for each in settings if each.value == name and not each.is_example)
            place = next(sets, Setting(KEY, "", found[KEY][1], False))
            yield Service("model", place.name, place.where, answer)


def examine_migrations(
    settings: Sequence[Setting], environ: Mapping[str, str], known: Sequence[Revision]
) -> Iterator[Service]:
    """Those of the databases that are not at the end of the project's migrations.

    One that Alembic never wrote to may be another's, and so may be one with foreign revisions.
    """
    if not known or any(each.parents is None for each in known):
        return
    for name, (value, where) in dict(_settings_for_real(settings, environ)).items():
        if _is_postgres(name, value):
            at: list[str] = []
            # That it cannot be asked at all is told of it already.
            _failure(lambda url, at=at: at.extend(asyncio.run(_revisions(url))), value)
            ends = [each.name for each in heads(tuple(known))]
            if at and {*at} < {each.name for each in known} and {*at} != {*ends}:
                answer = (
                    f"alembic_version is at {', '.join(at)}, "
                    f"and the migrations end at {', '.join(ends)}"
                )
                yield Service("database", name, where, answer)


def _is_postgres(name: str, value: str) -> bool:
    return bool(DATABASE_URL.search(name)) and value.strip().lower().startswith("postgres")


def _settings_for_real(
    settings: Sequence[Setting], environ: Mapping[str, str]
) -> Iterator[tuple[str, tuple[str, str]]]:
    """What is set for real, in files and where this runs; the environment wins, as for most."""
    for each in settings:
        if each.value and not each.is_example:
            yield each.name, (each.value, each.where)
    for name, value in environ.items():
        if value and (DATABASE_URL.search(name) or MCP_URL.search(name) or name in (KEY, BASE)):
            yield name, (value, "the environment")


def _failure(ask: Callable[..., str | None], *given: str) -> str | None:
    try:
        answer = ask(*given)
    except (*NO_DATABASE, httpx.HTTPError) as error:
        answer = f"{_kind(error)}: {error}"
    if answer is None:
        return None
    for secret in filter(None, given):
        answer = answer.replace(secret, "[hidden]")
    return without_secrets(answer)


def _kind(error: BaseException) -> str:
    module = type(error).__module__
    return type(error).__name__ if module == "builtins" else f"{module}.{type(error).__name__}"


def _database(url: str) -> str | None:
    return asyncio.run(_why_no_connection(url))


async def _connection(url: str) -> asyncpg.Connection:
    plain = urlsplit(url)._replace(scheme="postgresql").geturl()
    return await asyncpg.connect(plain, timeout=SECONDS, statement_cache_size=0)


async def _revisions(url: str) -> list[str]:
    """Where Alembic says that the database is; nothing where it never wrote to it."""
    connection = await _connection(url)
    try:
        if await connection.fetchval("select to_regclass('alembic_version')") is None:
            return []
        rows = await connection.fetch("select version_num from alembic_version order by 1")
        return [row["version_num"] for row in rows]
    finally:
        await connection.close(timeout=SECONDS)


async def _why_no_connection(url: str) -> str | None:
    connection = await _connection(url)
    try:
        may = await connection.fetchval(MAY_CREATE)
    finally:
        await connection.close(timeout=SECONDS)
    return None if may else "permission denied for database: no schema can be created or used"


def _is_pooled(url: str) -> bool:
    """Whether two connections at once are one to the database, as behind PgBouncer."""
    with suppress(*NO_DATABASE):
        return asyncio.run(_share(url))
    return False


async def _share(url: str) -> bool:
    async with AsyncExitStack() as opened:
        seen = set()
        for _ in range(2):
            one = await _connection(url)
            opened.push_async_callback(one.close, timeout=SECONDS)
            seen.add(await one.fetchval("select pg_backend_pid()"))
        return len(seen) == 1


def _tools(url: str, token: str) -> str | None:
    accept = {"Accept": "application/json, text/event-stream", **_authorization(token)}
    with (
        httpx.Client(timeout=SECONDS) as client,
        client.stream("POST", url, json=INITIALIZE, headers=accept) as response,
    ):
        kind = response.headers.get("content-type", "").partition(";")[0]
        if response.status_code in (401, 403):
            # A server that asks for a token is there.
            refused = f"MCP: HTTP {response.status_code} with the token that was given"
            return refused if token else None
        if response.status_code != 200:
            return (
                f"MCP: HTTP {response.status_code} {response.headers.get('location', '')}".strip()
            )
        if kind not in ("application/json", "text/event-stream"):
            return f"MCP: {kind or 'nothing'} instead of JSON"
    return None


def _authorization(token: str | None) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"} if token else {}


def _tools_of(url: str, token: str | None) -> dict[str, Mapping[str, Any]]:
    """What its tools take, by their names; nothing where it does not say, which is told already."""
    # The client may raise anything on what a foreign server says, in groups as well.
    with suppress(Exception):
        return asyncio.run(asyncio.wait_for(_listed_tools(url, token), SECONDS))
    return {}


async def _listed_tools(url: str, token: str | None) -> dict[str, Mapping[str, Any]]:
    async with (
        httpx2.AsyncClient(timeout=SECONDS, headers=_authorization(token)) as http,
        Client(streamable_http_client(url, http_client=http)) as client,
    ):
        return {tool.name: tool.input_schema for tool in (await client.list_tools()).tools}


def _model(base: str, key: str) -> str | None:
    """What the SDK would say. It lists the models, and asks with nothing for a response."""
    try:
        return _why_no_models(base, key)
    except httpx.HTTPError as error:
        return f"openai.APIConnectionError: Connection error. {type(error).__name__}"


def _why_no_models(base: str, key: str) -> str | None:
    with httpx.Client(timeout=SECONDS, headers=_authorization(key)) as client:
        listed = client.get(f"{base.rstrip('/')}/models")
        if listed.status_code in (401, 403) and not key:
            # Who asks for a key is there.
            return None
        if listed.status_code == 401:
            return f"openai.AuthenticationError: Error code: 401 - {_reason(listed)}"
        if listed.status_code == 404:
            return "openai.NotFoundError: Error code: 404 - nothing at this base URL"
        if listed.status_code == 429:
            return f"openai.RateLimitError: Error code: 429 - {_reason(listed)}"
        responses = client.post(f"{base.rstrip('/')}/responses", json={})
    if responses.status_code == 404:
        return "openai.NotFoundError: Error code: 404 - no /responses at this base URL"
    return None


def _named_model(name: str, base: str, key: str) -> str | None:
    """Only what says of the model itself that it is not there counts: some have no such address."""
    with (
        # Whether anybody is there was asked before.
        suppress(httpx.HTTPError),
        httpx.Client(timeout=SECONDS, headers=_authorization(key)) as client,
    ):
        shown = client.get(f"{base.rstrip('/')}/models/{quote(name)}")
        reason = _reason(shown)
        if shown.status_code == 404 and MODEL_UNKNOWN.search(reason):
            said = reason.removeprefix("model_not_found").strip()
            return f"openai.NotFoundError: Error code: 404 - model_not_found: {said}"
    return None


def _reason(response: httpx.Response) -> str:
    try:
        error = response.json()["error"]
        return f"{error.get('code')} {error.get('message')}"
    except (ValueError, KeyError, TypeError, AttributeError, json.JSONDecodeError):
        return ""


TOKEN = re.compile(r"(?:access|auth|bearer|user|jwt)_?token|jwt", re.IGNORECASE)
USER = re.compile(r"(?:current_?|caller_?)?user_?id", re.IGNORECASE)
BARE = "token"
DEEPEST = 2

Path = tuple[str, ...]


def required_credentials(schemas: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    """The paths of them in one of the tools, the token's first; empty where none wants a token.

    A bare `token` may be anything, unless every tool wants it.
    """
    required = [list(_required_paths(schema, schema, ())) for schema in schemas]
    is_bare = bool(required) and all(any(each[-1] == BARE for each in one) for one in required)
    for paths in required:
        tokens = [each for each in paths if TOKEN.fullmatch(each[-1])]
        tokens = tokens or [each for each in paths if is_bare and each[-1] == BARE]
        if tokens:
            beside = [p for p in paths if p[:-1] == tokens[0][:-1] and USER.fullmatch(p[-1])]
            return tuple(".".join(path) for path in (tokens[0], *beside))
    return ()


def _required_paths(node: Any, root: Mapping[str, Any], above: Path) -> Iterator[Path]:
    if len(above) >= DEEPEST:
        return
    for shape in _shapes(node, root):
        properties, required = shape.get("properties"), shape.get("required")
        # An older schema says `required` of each property by itself.
        for name in required if isinstance(required, list) else ():
            if isinstance(name, str) and isinstance(properties, Mapping) and name in properties:
                yield (*above, name)
                yield from _required_paths(properties[name], root, (*above, name))


def _shapes(node: Any, root: Mapping[str, Any], left: int = 5) -> Iterator[Mapping[str, Any]]:
    """The node, and what it refers to; of alternatives none is required."""
    if not isinstance(node, Mapping) or not left:
        return
    yield node
    if isinstance(node.get("$ref"), str):
        yield from _shapes(_definition(node["$ref"], root), root, left - 1)
    alternatives = node.get("allOf")
    for each in alternatives if isinstance(alternatives, list) else ():
        yield from _shapes(each, root, left - 1)


def _definition(reference: str, root: Mapping[str, Any]) -> Any:
    found: Any = root
    for key in reference.removeprefix("#/").split("/"):
        found = found.get(key) if isinstance(found, Mapping) else None
    return found
