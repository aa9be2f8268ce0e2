"""Lending: roles and databases of a server that trusts the application with nothing else."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote, urlsplit

from chatkit_agent.sandbox.postgres_programs import binaries, execute, psql

KEEPER, READER = "chatkit_agent_keeper", "chatkit_agent_reader"
"""Who may do everything there, and who reads it all; `postgres` is a name that is lent."""
# A line is a statement. The role that runs it cannot be renamed otherwise.
ROLES = """\
alter role postgres password '{password}'
update pg_authid set rolname = '{keeper}' where rolsuper
create role {reader} login bypassrls password '{password}' in role {reads}
create role postgres
"""
READS = "pg_read_all_data, pg_read_all_settings"
ADMITTED = f"""\
local all {KEEPER},{READER} scram-sha-256
host all {KEEPER},{READER} all reject
host all all 127.0.0.0/8 scram-sha-256
"""
SETTINGS = """\
extension_control_path = '{trusted}:$system'
# Who makes a role may then be it, as before PostgreSQL 16.
createrole_self_grant = 'set, inherit'
"""
HARMLESS = ("vector",)
"""Extensions that a database's owner may create; those of PostgreSQL itself say so themselves."""
UUID_OSSP = "trusted = true\ndefault_version = '1.1'\nrelocatable = true\n"
# The one of which the embedded PostgreSQL has all that makes random ids, in its core.
UUID_FUNCTIONS = "".join(
    f"create function {name}() returns uuid language sql {how} as 'select {value}';\n"
    for name, how, value in (
        ("uuid_generate_v4", "volatile", "pg_catalog.gen_random_uuid()"),
        ("uuid_nil", "immutable", "''00000000-0000-0000-0000-000000000000''::uuid"),
    )
)
LEND = """
select format(case when exists (
        select from pg_roles where rolname = :'name' and not rolsuper and not rolbypassrls
    ) then 'alter' else 'create' end || ' role %I login createdb createrole password %L',
    :'name', :'password') \\gexec
select format('grant postgres to %I', :'name') where :'name' <> 'postgres' \\gexec
select format('create database %I', :'database')
    where not exists (select from pg_database where datname = :'database') \\gexec
select format('alter database %I owner to %I', datname, :'name') from pg_database
    where datname = :'database' and datdba = current_user::regrole \\gexec
"""
# What one of several makes in a database, the others may use: else it has no owner but its own.
SHARE = """
select format('grant all on database %I to %I', current_database(), :'name'),
    format('grant connect on database %I to %I', current_database(), :'reader') \\gexec
select format('grant all on schema public to %I, postgres', :'name')
    where to_regnamespace('public') is not null \\gexec
with those as (
    select distinct rolname from pg_database, aclexplode(datacl), pg_roles
    where datname = current_database() and pg_roles.oid = grantee and rolcreatedb
)
select format(
        'alter default privileges for role %I grant all on %s to %I', a.rolname, kind, b.rolname)
    from those a, those b, unnest(array['tables', 'sequences', 'schemas']) kind
    where a <> b and :'name' in (a.rolname, b.rolname) \\gexec
"""


def seal(data: Path, password: str) -> None:
    """Let nobody in but who knows the password, into a cluster of which no server runs yet."""
    named = {"keeper": KEEPER, "reader": READER, "reads": READS}
    script = ROLES.format(password=password, **named)
    execute("postgres", "--single", "-D", data, "postgres", given=script)
    (data / "pg_hba.conf").write_text(ADMITTED)
    trusted = data / "trusted"
    (trusted / "extension").mkdir(parents=True)
    there = binaries().parent / "share" / "postgresql" / "extension"
    for name in HARMLESS:
        if (control := there / f"{name}.control").is_file():
            more = f"trusted = true\ndirectory = '{there}'\n"
            (trusted / "extension" / control.name).write_text(f"{control.read_text()}\n{more}")
    (trusted / "extension" / "uuid-ossp.control").write_text(UUID_OSSP)
    (trusted / "extension" / "uuid-ossp--1.1.sql").write_text(UUID_FUNCTIONS)
    with (data / "postgresql.conf").open("a") as file:
        file.write(SETTINGS.format(trusted=trusted))


def url_of_keeper(url: str, password: str) -> str:
    """The URL of a server, for who may do everything there."""
    return _as(KEEPER, password, url)


def url_of_reader(url: str, database: str) -> str:
    """That of a database, for who reads all of it, and is nobody to the functions that it calls."""
    parts = urlsplit(_as(READER, urlsplit(url).password or "", url))
    return parts._replace(path=f"/{quote(database, safe='')}").geturl()


def _as(role: str, password: str, url: str) -> str:
    return urlsplit(url)._replace(netloc=f"{role}:{password}@").geturl()


def address(url: str) -> tuple[str, int]:
    """The loopback address and the port at which the private server of `url` listens."""
    host, port = psql(url, "", "show listen_addresses; show port").split()
    return host, int(port)


def lend(url: str, user: str, password: str, database: str) -> None:
    """Make a role on the server of `url`, and a database that it owns, or shares with others."""
    psql(url, user, LEND, password=password, database=database)
    there = urlsplit(url)._replace(path=f"/{quote(database, safe='')}").geturl()
    psql(there, user, SHARE, reader=READER)
