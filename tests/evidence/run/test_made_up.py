"""What is made up for a variable of which only the name, and perhaps the type, is known."""

from __future__ import annotations

from pathlib import Path

import pytest

from chatkit_agent.evidence.run.made_up import Wanted, made_up
from chatkit_agent.project.source.sources import Sources
from chatkit_agent.project.tree import Tree


def first(root: Path, wanted: Wanted, *packages: str) -> str:
    versions = {each.partition("==")[0]: each.partition("==")[2] or "1" for each in packages}
    return next(made_up(wanted, Sources(Tree(root)), versions))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("JWT_ALGORITHM", "HS256"),
        ("ACCESS_TOKEN_EXPIRE_MINUTES", "60"),
        ("REFRESH_TOKEN_TTL", "60"),
        ("REDIS_URL", "redis://localhost:6379/0"),
        ("CELERY_BROKER_URL", "amqp://guest:guest@localhost:5672//"),
        ("MONGO_URI", "mongodb://localhost:27017/app"),
        ("POSTGRES_HOST", "localhost"),
        ("DB_PORT", "5432"),
        ("REDIS_PORT", "6379"),
        ("POSTGRES_USER", "app"),
        ("POSTGRES_DB", "app"),
        ("DATABASE_URL", "postgresql://app:app@localhost:5432/app"),
        ("DB_DSN", "postgresql://app:app@localhost:5432/app"),
        ("SENTRY_DSN", "http://localhost"),
        ("PAYMENTS_API_URL", "http://localhost"),
        ("DEBUG", "false"),
        ("LOG_LEVEL", "INFO"),
        ("ENVIRONMENT", "development"),
        ("MAIL_FROM", "somebody@example.com"),
        ("ALLOWED_HOSTS", "*"),
        ("COMPANY", "made-up-company"),
    ],
)
def test_by_its_name(tmp_path: Path, name: str, value: str) -> None:
    assert first(tmp_path, Wanted(name), "psycopg2", "sqlalchemy") == value


@pytest.mark.parametrize("name", ["SECRET_KEY", "jwt_secret", "API_TOKEN", "DB_PASSWORD", "SALT"])
def test_secrets_are_random_and_long(tmp_path: Path, name: str) -> None:
    one, other = first(tmp_path, Wanted(name)), first(tmp_path, Wanted(name))
    assert one != other
    assert len(one) >= 32
    assert len(first(tmp_path, Wanted(name, shortest=100))) >= 100
    assert len(first(tmp_path, Wanted(name, longest=8))) == 8


@pytest.mark.parametrize("name", ["SUPABASE_KEY", "supabase_service_role_key"])
def test_a_key_of_supabase_has_the_form_of_a_token(tmp_path: Path, name: str) -> None:
    parts = first(tmp_path, Wanted(name)).split(".")
    assert len(parts) == 3
    assert all(len(each) >= 32 for each in parts)


@pytest.mark.parametrize(
    ("code", "packages", "value"),
    [
        ("create_async_engine(u)", ("asyncpg", "sqlalchemy"), "postgresql+asyncpg://"),
        ("AsyncEngine(create_engine(u))", ("asyncpg",), "postgresql+asyncpg://"),
        ("create_async_engine(u)", ("psycopg", "sqlalchemy"), "postgresql+psycopg://"),
        ("create_engine(u)", ("psycopg", "sqlalchemy"), "postgresql+psycopg://"),
        ("create_engine(u)", ("psycopg2-binary", "sqlalchemy"), "postgresql://"),
        ("create_engine(u)", ("psycopg2", "sqlalchemy==2.1.9"), "postgresql+psycopg2://"),
        ("create_engine(u)", ("psycopg2", "sqlalchemy==2.0.48"), "postgresql://"),
        ("psycopg2.connect(u)", ("psycopg2", "sqlalchemy==2.1.9"), "postgresql://"),
        ("asyncpg.connect(u)", ("asyncpg",), "postgresql://"),
        (
            "create_async_engine(u.replace('postgresql://', 'postgresql+asyncpg://'))",
            ("asyncpg",),
            "postgresql://",
        ),
        ("create_engine(u, connect_args={'check_same_thread': False})", ("sqlalchemy",), "sqlite:"),
        ("create_async_engine(u)", ("aiosqlite", "sqlalchemy"), "sqlite+aiosqlite:"),
        ("create_engine(u)", ("pymysql", "sqlalchemy"), "mysql+pymysql://"),
        ("Tortoise.init(db_url=u)", ("asyncpg", "tortoise-orm"), "postgres://"),
        ("Tortoise.init(db_url=u)", ("aiosqlite", "tortoise-orm"), "sqlite://made-up"),
    ],
)
def test_a_database_of_the_kind_that_it_has_a_driver_for(
    tmp_path: Path, code: str, packages: tuple[str, ...], value: str
) -> None:
    (tmp_path / "db.py").write_text(f"engine = {code}\n")
    assert first(tmp_path, Wanted("DATABASE_URL"), *packages).startswith(value)


def test_what_a_type_takes_goes_before_what_a_name_says(tmp_path: Path) -> None:
    assert first(tmp_path, Wanted("SECRET_KEY", value="7")) == "7"
    assert first(tmp_path, Wanted("REDIS_PORT", value="1")) == "6379"
    schemes = ("redis", "rediss")
    assert first(tmp_path, Wanted("CACHE", schemes=schemes)) == "redis://localhost:6379/0"
    assert first(tmp_path, Wanted("SITE", is_url=True)) == "http://localhost"
    assert first(tmp_path, Wanted("SITE", schemes=("https",))) == "https://localhost"


def test_then_one_for_each_driver(tmp_path: Path) -> None:
    (tmp_path / "db.py").write_text("create_async_engine(u)\n")
    versions = {"asyncpg": "1", "psycopg2-binary": "1", "sqlalchemy": "2"}
    values = list(made_up(Wanted("DATABASE_URL"), Sources(Tree(tmp_path)), versions))
    assert [each.partition(":")[0] for each in values[:5]] == [
        "postgresql+asyncpg",
        "postgresql",
        "postgres",
        "postgresql+psycopg2",
        "sqlite",
    ]
    schemes = ("postgresql", "postgresql+asyncpg")
    typed = made_up(Wanted("DATABASE_URL", schemes=schemes), Sources(Tree(tmp_path)), versions)
    assert [each.partition(":")[0] for each in typed] == ["postgresql+asyncpg", "postgresql"]
