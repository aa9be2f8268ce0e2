"""What is lent is enough for an application, and never for one that wants to get out."""

from __future__ import annotations

import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, quote, urlsplit

import psycopg
import pytest

from chatkit_agent.errors import CannotBoot
from chatkit_agent.sandbox.isolation.substitutes import Lender
from chatkit_agent.sandbox.lending import KEEPER, READER, lend, url_of_reader
from chatkit_agent.sandbox.postgres import postgres
from chatkit_agent.sandbox.postgres_programs import binaries

LIBRARY = "plpgsql"


@pytest.fixture(scope="module")
def lender() -> Iterator[Lender]:
    with postgres(lends=True) as url:
        yield Lender.of(url)


@pytest.fixture(scope="module")
def shop(lender: Lender) -> str:
    return lender.lend("shop", "shop")


def run(url: str, *statements: str) -> list[tuple[object, ...]]:
    """What the last of the statements gives."""
    with psycopg.connect(url, autocommit=True) as connection:
        for statement in statements:
            cursor = connection.execute(statement)  # type: ignore[call-overload]
        return cursor.fetchall() if cursor.description else []


ESCAPES = {
    "program": "copy (select 1) to program 'id -un'",
    "program in": "create temp table t (x text); copy t from program 'id -un'",
    "file read": "select pg_read_file('/etc/passwd')",
    "file copied in": "create temp table t (x text); copy t from '/etc/passwd'",
    "large object in": "select lo_import('/etc/passwd')",
    "folder": "select pg_ls_dir('/')",
    "own log": "select pg_current_logfile(), pg_ls_logdir()",
    "file written": "copy (select 1) to '/tmp/out'",
    "large object out": "select lo_export(lo_from_bytea(0, 'x'), '/tmp/out')",
    "settings": "alter system set archive_command = 'id'",
    "settings of a role": "alter role shop set session_preload_libraries = 'x'",
    "reload": "select pg_reload_conf()",
    "library": "load '{library}'",
    "function in C": "create function f() returns int language c as '{library}', 'f'",
    "untrusted language": "create language evil handler plpgsql_call_handler",
    "wrapper": "create foreign data wrapper w",
    "dblink": "create extension dblink",
    "postgres_fdw": "create extension postgres_fdw",
    "subscription": "create subscription s connection 'host=127.0.0.1' publication p",
    "another superuser": "create role other superuser",
    "superuser": "alter role shop superuser",
    "replication": "create role other replication",
    "no row security": "create role other bypassrls",
    "programs by role": "grant pg_execute_server_program to shop",
    "files by role": "grant pg_read_server_files, pg_write_server_files to shop",
    "new role with it": "create role other in role pg_execute_server_program",
    "keeper by role": f"grant {KEEPER} to shop",
    "keeper": f"set role {KEEPER}",
    "keeper's password": f"alter role {KEEPER} password 'known'",
    "reader's password": f"alter role {READER} password 'known'",
    "passwords": "select rolpassword from pg_authid",
    "catalog": "update pg_authid set rolsuper = true where rolname = 'shop'",
    "event trigger": "create function e() returns event_trigger language plpgsql as 'begin end';"
    " create event trigger e on ddl_command_end execute function e()",
}


@pytest.mark.parametrize("way", ESCAPES)
def test_no_statement_leads_out(way: str, shop: str) -> None:
    library = binaries().parent / "lib" / "postgresql" / LIBRARY
    with pytest.raises(
        (psycopg.errors.InsufficientPrivilege, psycopg.errors.FeatureNotSupported)
    ) as refusal:
        run(shop, *ESCAPES[way].format(library=library).split("; "))
    if isinstance(refusal.value, psycopg.errors.FeatureNotSupported):
        assert "is not available" in str(refusal.value)


@pytest.mark.parametrize("role", [KEEPER, READER, "postgres"])
@pytest.mark.parametrize("password", ["", "password=postgres"])
def test_nobody_gets_in_as_another(role: str, password: str, lender: Lender) -> None:
    folder = parse_qs(urlsplit(lender.url).query)["host"][0]
    for host in (folder, lender.host):
        with pytest.raises(psycopg.OperationalError):
            psycopg.connect(
                f"host={host} port={lender.port} dbname=postgres user={role} {password}"
            )


def test_a_lent_role_wants_its_password(lender: Lender, shop: str) -> None:
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(shop, password="guessed")


def test_a_lent_role_is_of_no_use_at_the_socket(lender: Lender, shop: str) -> None:
    folder = parse_qs(urlsplit(lender.url).query)["host"][0]
    with pytest.raises(psycopg.OperationalError, match="no pg_hba"):
        psycopg.connect(shop, host=folder)


def test_the_keeper_is_not_let_in_over_the_network(lender: Lender) -> None:
    known = urlsplit(lender.url).password
    with pytest.raises(psycopg.OperationalError, match="rejects"):
        run(f"postgresql://{KEEPER}:{known}@{lender.host}:{lender.port}/postgres", "select 1")


@pytest.mark.parametrize("role", [KEEPER, READER])
def test_a_name_of_ours_is_not_lent(role: str, lender: Lender) -> None:
    with pytest.raises(CannotBoot, match="exists"):
        lend(lender.url, role, "known", "other")


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's locks are those of Linux")
def test_the_server_itself_is_behind_locks(lender: Lender, tmp_path: Path) -> None:
    """Which hold whoever gets to be a superuser of it."""
    tmp_path.chmod(0o777)
    for folder in tmp_path.parents[:2]:
        folder.chmod(0o755)
    out = tmp_path / "out"
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="Permission denied"):
        run(lender.url, f"copy (select 1) to '{out}'")
    with pytest.raises(psycopg.Error):
        run(lender.url, f"copy (select 1) to program 'cat > {out}'")
    assert not out.exists()
    with socket.create_server(("127.0.0.1", 0)) as elsewhere:
        elsewhere.settimeout(0.2)
        where = f"host=127.0.0.1 port={elsewhere.getsockname()[1]} user=x dbname=x"
        with pytest.raises(psycopg.OperationalError, match="refused"):
            run(lender.url, f"create subscription s connection '{where}' publication p")
        with pytest.raises(TimeoutError):
            elsewhere.accept()


ORDINARY = {
    "schema": "create schema inventory; create table inventory.item (id int)",
    "table": "create table item (id serial primary key, name text)",
    "database": "create database shop_test; drop database shop_test",
    "role": "create role reporting login password 'x'; grant select on all tables in schema public"
    " to reporting; set role reporting; reset role",
    "reassigned": "create role leaving; grant create on schema public to leaving; set role leaving;"
    " create table theirs (x int); reset role; reassign owned by leaving to shop;"
    " drop owned by leaving; drop role leaving",
    "owner of a dump": "create table dumped (x int); alter table dumped owner to postgres;"
    " insert into dumped values (1)",
    "vector": "create extension vector; create table embedding (of vector(3));"
    " create index on embedding using hnsw (of vector_l2_ops)",
    "ids": 'create extension if not exists "uuid-ossp"; create table keyed '
    "(id uuid primary key default uuid_generate_v4(), other uuid default uuid_nil());"
    " insert into keyed default values; insert into keyed default values",
    "vector again": "create extension if not exists vector",
    "function": "create function one() returns int language sql security definer as 'select 1'",
    "settings of the database": "alter database shop set timezone = 'UTC'",
    "hardened": "revoke all on database shop from public; revoke all on schema public from public",
    "anew": "drop schema public cascade; create schema public",
}


def test_an_application_has_what_it_needs(shop: str) -> None:
    for statements in ORDINARY.values():
        run(shop, *statements.split("; "))


@pytest.mark.parametrize("user", ["postgres", "it's", "Shop", "a b"])
def test_every_name_is_lent(user: str, lender: Lender) -> None:
    url = lender.lend(user, user)
    assert run(url, "create table mine (x int)", "select current_user, current_database()") == [
        (user, user)
    ]
    assert run(url, "select rolsuper from pg_roles where rolname = current_user") == [(False,)]


def test_two_roles_share_a_database(lender: Lender) -> None:
    owner, other = lender.lend("migrating", "shared"), lender.lend("serving", "shared")
    run(owner, "create table a (id serial, x text)", "create schema s", "create table s.b (x int)")
    run(other, "insert into a (x) values ('1')", "insert into s.b values (1)")
    run(other, "create table c (x int)")
    run(owner, "insert into c values (1)")


def test_row_security_holds_for_who_does_not_own_the_table(lender: Lender) -> None:
    owner, other = lender.lend("admin", "walled"), lender.lend("tenant", "walled")
    run(
        owner,
        "create table note (who text)",
        "alter table note enable row level security",
        "create policy own on note using (who = current_user)",
        "insert into note values ('tenant'), ('admin')",
    )
    assert run(other, "select who from note") == [("tenant",)]
    read = run(url_of_reader(lender.url, "walled"), "select who from note order by who")
    assert read == [("admin",), ("tenant",)]


def test_what_reads_an_applications_tables_is_nobody_to_its_functions(lender: Lender) -> None:
    url = lender.lend("hostile", "trapped")
    run(
        url,
        "create table note (x int)",
        "insert into note values (1)",
        "create function f(note) returns text language plpgsql as "
        "$$begin execute 'create role risen superuser'; return 'x'; end$$",
        "create cast (note as text) with function f(note) as assignment",
    )
    with pytest.raises(psycopg.Error, match="permission denied"):
        run(url_of_reader(lender.url, "trapped"), "select t::text from note t")
    path = quote("trapped")
    assert run(urlsplit(lender.url)._replace(path=path).geturl(), "select 1") == [(1,)]
