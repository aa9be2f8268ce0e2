"""The real answers of a database, an MCP server and a model, well and in each way unwell."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Iterator
from pathlib import Path
from runpy import run_path
from urllib.parse import parse_qs, urlsplit

import asyncpg
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from chatkit_agent.evidence.static import Service, Setting
from chatkit_agent.evidence.static.services import (
    examine,
    examine_migrations,
    examine_models,
    required_credentials,
)
from chatkit_agent.project.source.migrations import Revision
from chatkit_agent.sandbox.mcp_server import ProbeServer
from chatkit_agent.sandbox.model import OfflineModel
from chatkit_agent.sandbox.postgres import create_database, postgres
from chatkit_agent.sandbox.serving import served

BENCH = Path(__file__).resolve().parents[3] / "bench" / "faults"
ROLES = ("create role poor login", "create role locked login password 'right'")


def said(name: str, value: str, **more: str) -> str | None:
    settings = [Setting(name, value, ".env:1", False)]
    settings += [Setting(key, text, ".env:2", False) for key, text in more.items()]
    (service,) = examine(settings, {})
    assert service.place == f"`{name}`, .env:1"
    return service.answer


@pytest.fixture(scope="module")
def database() -> Iterator[str]:
    with postgres() as server:
        url = create_database(server, "shop")
        asyncio.run(prepare(url))
        yield url


async def prepare(url: str) -> None:
    connection = await asyncpg.connect(url)
    for role in ROLES:
        await connection.execute(role)
    file = await connection.fetchval("show hba_file")
    with open(file, "r+") as rules:
        text = rules.read()
        rules.seek(0)
        rules.write(f"local all locked scram-sha-256\n{text}")
    await connection.execute("select pg_reload_conf()")
    await connection.close()


def as_role(url: str, role: str) -> str:
    (host,) = parse_qs(urlsplit(url).query)["host"]
    return f"postgresql+asyncpg://{role}@/shop?host={host}"


def test_a_database_that_is_well(database: str) -> None:
    assert said("SHOP_DATABASE_URL", database) is None


@pytest.mark.parametrize(
    ("role", "answer"),
    [("locked:wrong-one", "InvalidPasswordError"), ("poor", "permission denied for database")],
)
def test_a_database_that_refuses(database: str, role: str, answer: str) -> None:
    told = said("SHOP_DATABASE_URL", as_role(database, role))
    assert answer in str(told)
    assert "wrong-one" not in str(told)


def test_an_address_that_is_none() -> None:
    answer = said("DATABASE_URL", "postgresql://app:p[ss@localhost/shop")
    assert answer is not None
    assert answer.startswith("ValueError")
    assert "p[ss" not in answer


def test_a_database_that_is_not_there(database: str) -> None:
    assert "InvalidCatalogNameError" in str(said("DB_URL", database.replace("/shop", "/none")))
    assert "refused" in str(said("DATABASE_URL", "postgresql://u:p@127.0.0.1:9/shop")).lower()


CHAIN = (Revision("1.py", 1, "a", (), "m"), Revision("2.py", 1, "b", ("a",), "m"))


@pytest.mark.parametrize(
    ("at", "known", "answer"),
    [
        (None, CHAIN, None),
        ("a", CHAIN, "alembic_version is at a, and the migrations end at b"),
        ("b", CHAIN, None),
        ("other", CHAIN, None),
        ("a", (), None),
        ("a", (*CHAIN, Revision("3.py", 1, "c", None, "m")), None),
    ],
)
def test_a_database_that_is_behind_its_migrations(
    database: str, at: str | None, known: tuple[Revision, ...], answer: str | None
) -> None:
    asyncio.run(stamp(database, at))
    settings = [Setting("SHOP_DATABASE_URL", database, ".env:1", False)]
    assert [each.answer for each in examine_migrations(settings, {}, known)] == (
        [answer] if answer else []
    )


async def stamp(url: str, revision: str | None) -> None:
    connection = await asyncpg.connect(url)
    await connection.execute("drop table if exists alembic_version")
    if revision:
        await connection.execute("create table alembic_version (version_num text)")
        await connection.execute("insert into alembic_version values ($1)", revision)
    await connection.close()


def test_an_mcp_server_well_and_at_another_path() -> None:
    with ProbeServer(credentials="flat") as tools:
        assert said("MCP_SERVER_URL", tools.url) is None
        assert said("MCP_SERVER_URL", tools.url.replace("/mcp", "/tools")) == "MCP: HTTP 404"
    assert "ConnectError" in str(said("MCP_SERVER_URL", tools.url))


def test_an_mcp_server_that_asks_for_a_token_is_there() -> None:
    with ProbeServer() as tools:
        assert said("MCP_SERVER_URL", tools.url) is None


def test_an_mcp_server_that_refuses_the_token_of_a_user() -> None:
    with ProbeServer(tokens={"good": "alice"}) as tools:
        assert greeted(tools.url, "good").answer is None
        answer = greeted(tools.url, "expired-one").answer
    assert answer == "MCP: HTTP 401 with the token that was given"


@pytest.mark.parametrize(
    ("tools", "credentials"),
    [
        (ProbeServer(), ()),
        (ProbeServer(credentials="flat"), ("access_token", "user_id")),
        (
            ProbeServer(credentials="nested", caller=("jwt",), wrapper="body"),
            ("body.jwt",),
        ),
    ],
)
def test_an_mcp_server_that_wants_the_caller_as_an_argument(
    tools: ProbeServer, credentials: tuple[str, ...]
) -> None:
    with tools:
        assert greeted(tools.url, "good").credentials == credentials


TEXT = {"type": "string"}
INNER = {"properties": {"jwt": TEXT, "user_id": TEXT}, "required": ["jwt", "user_id"]}


@pytest.mark.parametrize(
    ("schemas", "credentials"),
    [
        ([], ()),
        ([{}], ()),
        ([{"properties": {"jwt": TEXT}, "required": ["jwt"]}], ("jwt",)),
        ([{"properties": {"jwt": TEXT}}], ()),
        ([{"properties": {"token": TEXT}, "required": ["token"]}], ("token",)),
        ([{"properties": {"token": TEXT}, "required": ["token"]}, {}], ()),
        ([{"properties": {"p": INNER}, "required": ["p"]}], ("p.jwt", "p.user_id")),
        (
            [
                {
                    "properties": {"p": {"$ref": "#/$defs/P"}},
                    "required": ["p"],
                    "$defs": {"P": {"allOf": [INNER]}},
                }
            ],
            ("p.jwt", "p.user_id"),
        ),
        # As older drafts have it, and as no draft has it.
        ([{"properties": {"p": {**INNER, "required": True}}, "required": ["p"]}], ()),
        ([{"properties": {"p": {"allOf": None}}, "required": ["p"]}], ()),
        ([{"properties": ["jwt"], "required": ["jwt"]}], ()),
        ([{"properties": {"jwt": TEXT}, "required": [["jwt"], 7, "none"]}], ()),
        ([{"$ref": "#/$defs/Nothing"}], ()),
    ],
)
def test_the_credentials_that_schemas_require(
    schemas: list[dict[str, object]], credentials: tuple[str, ...]
) -> None:
    assert required_credentials(schemas) == credentials


def test_tools_whose_names_a_provider_refuses() -> None:
    names = ("github.create_issue", "files/read", "a" * 65, "find_all-2")
    with ProbeServer(tokens={"good": "alice"}, more=names) as tools:
        assert greeted(tools.url, "good").refused_names == names[:3]


def greeted(url: str, token: str) -> Service:
    (service,) = examine([Setting("MCP_URL", url, ".env:1", False)], {}, token)
    return service


def test_a_web_page_is_no_mcp_server() -> None:
    async def page(_: Request) -> Response:
        return HTMLResponse("<h1>Sign in</h1>")

    with served(Starlette(routes=[Route("/mcp", page, methods=["POST"])])) as url:
        assert said("MCP_URL", f"{url}/mcp") == "MCP: text/html instead of JSON"


def test_a_model_is_only_listed(database: str) -> None:
    with OfflineModel() as model:
        answer = said("OPENAI_API_KEY", "sk-secret", OPENAI_BASE_URL=model.url)
        assert answer is None
        assert [request.path for request in model.requests] == ["/v1/models", "/v1/responses"]
        wrong = model.url.replace("/v1", "/v2")
        told = said("OPENAI_API_KEY", "sk-secret", OPENAI_BASE_URL=wrong)
        assert "NotFoundError" in str(told)
    gone = said("OPENAI_API_KEY", "sk-secret", OPENAI_BASE_URL=model.url)
    assert "APIConnectionError" in str(gone)


def test_a_model_whose_address_alone_is_named() -> None:
    with OfflineModel() as model:
        assert said("OPENAI_BASE_URL", model.url) is None
        (asked,) = [each for each in model.requests if each.path == "/v1/models"]
        assert "authorization" not in asked.headers
    assert "APIConnectionError" in str(said("OPENAI_BASE_URL", model.url))


def refuse(_request: Request) -> Response:
    return Response("{}", 401)


def test_a_model_that_asks_for_a_key_is_there() -> None:
    with served(Starlette(routes=[Route("/v1/models", refuse)])) as url:
        assert said("OPENAI_BASE_URL", f"{url}/v1") is None
        assert "AuthenticationError" in str(
            said("OPENAI_API_KEY", "sk-wrong", OPENAI_BASE_URL=f"{url}/v1")
        )


def test_a_model_that_the_provider_does_not_have() -> None:
    with OfflineModel(names=("a-model", "maker/another")) as model:
        settings = [
            Setting("OPENAI_API_KEY", "sk-secret", ".env:1", False),
            Setting("OPENAI_BASE_URL", model.url, ".env:2", False),
            Setting("SHOP_MODEL", "no-model", ".env:3", False),
        ]
        (service,) = examine_models(settings, {}, ["a-model", "maker/another", "no-model"])
    assert service.place == "`SHOP_MODEL`, .env:3"
    assert "`no-model` does not exist" in str(service.answer)
    assert not list(examine_models(settings, {}, ["no-model"]))


async def nothing(_: Request) -> Response:
    return Response('{"detail": "Not Found"}', 404)


def test_a_provider_that_does_not_tell_of_single_models() -> None:
    with served(Starlette(routes=[Route("/v1/models/{name}", nothing)])) as url:
        settings = [
            Setting("OPENAI_API_KEY", "sk-secret", ".env:1", False),
            Setting("OPENAI_BASE_URL", f"{url}/v1", ".env:2", False),
        ]
        assert not list(examine_models(settings, {}, ["no-model"]))


def test_a_database_by_itself_shares_no_connection(database: str) -> None:
    (service,) = examine([Setting("DATABASE_URL", database, ".env:1", False)], {})
    assert not service.is_pooled


@pytest.mark.skipif(shutil.which("pgbouncer") is None, reason="there is no PgBouncer here")
def test_a_pooler_is_known_by_what_it_does(database: str) -> None:
    pooled = run_path(str(BENCH / "databases.py"))["pooled"]
    with pooled(database) as url:
        (service,) = examine([Setting("DATABASE_URL", f"{url}/shop", ".env:1", False)], {})
    assert (service.answer, service.is_pooled) == (None, True)


def test_examples_are_not_asked_and_the_environment_is() -> None:
    example = Setting("DATABASE_URL", "postgresql://127.0.0.1:9/x", ".env.example:1", True)
    assert not list(examine([example], {}))
    (service,) = examine([], {"MCP_URL": "http://127.0.0.1:9/mcp", "HOME": "/"})
    assert isinstance(service, Service)
    assert service.where == "the environment"
