"""Services that are named in pieces, such as DB_HOST, DB_PORT, DB_USER and DB_PASSWORD."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from chatkit_agent.sandbox.isolation.addresses import NOT_CALLED
from chatkit_agent.sandbox.isolation.substitutes import Lender, Substitutes
from chatkit_agent.sandbox.valkey import USER, Redis
from chatkit_agent.sandbox.valkey import USUAL_PORT as REDIS_PORT

Kind = Literal["postgres", "redis", "closed", "none"]
Part = Literal["host", "port", "user", "password", "database"]
NAMES: dict[Part, str] = {
    "host": r"host_?names?|hosts?|servers?|addr(?:ess(?:es)?)?|endpoints?|brokers?|nodes?",
    "port": r"port",
    "user": r"user_?name|user|login|role",
    "password": r"password|passwd|pass|pwd|pw",
    "database": r"db_?name|dbname|database|db|name",
}
PART = re.compile(
    "|".join(f"(?P<{part}>(?:{names}))" for part, names in NAMES.items()), re.IGNORECASE
)
POSTGRES = re.compile(
    r"postgres|pgsql|psql|(?:^|[_.])pg(?:[_.]|$)|timescale|asyncpg", re.IGNORECASE
)
REDIS = re.compile(r"redis|valkey", re.IGNORECASE)
SEVERAL_REDIS = re.compile(r"sentinel|cluster", re.IGNORECASE)
TLS = re.compile(r"(?:use_?)?(?:ssl|tls)", re.IGNORECASE)
DATABASE = re.compile(
    r"(?:^|[_.])(?:\w*dbs?|\w*databases?|sql|rds|sqlalchemy)(?:[_.]|$)", re.IGNORECASE
)
OTHERS = re.compile(
    r"mysql|maria|mssql|sqlserver|oracle|mongo|redis|rabbit|amqp|celery|smtp|mail|kafka|elastic|"
    r"opensearch|cassandra|neo4j|influx|clickhouse|memcache|minio|vector|chroma|qdrant|weaviate|"
    r"milvus|cache|broker|queue",
    re.IGNORECASE,
)
OTHER_PORTS = {"3306", "1433", "1521", "27017", str(REDIS_PORT)}
DRIVER = re.compile(r"driver|engine|dialect|scheme|backend|type|protocol", re.IGNORECASE)
OWN = re.compile(
    r"(?:app|server|uvicorn|gunicorn|hypercorn|web|api|bind|listen|http|fastapi|service|backend|dev|"
    r"run|project)?",
    re.IGNORECASE,
)
HOST = re.compile(r"(?=.*[A-Za-z0-9])[\w.-]+|\[?[0-9a-fA-F]*:[0-9a-fA-F:.]+\]?")
NO_HOST = {"true", "false", "none", "null", "yes", "no", "on", "off", "0.0.0.0", "::"}
SEVERAL = re.compile(r"\s*,\s*")
# One of several of its kind.
ONE_OF = re.compile(
    r"(.+?)([_.-](?:\d+|read(?:er)?|writ(?:e|er)|r[ow]|primary|secondary|replica|master|slave|main|"
    r"default|local|dev(?:elopment)?|prod(?:uction)?|stag(?:e|ing)|test(?:ing)?))",
    re.IGNORECASE,
)
LOOPBACK = {"localhost", "127.0.0.1", "::1"}
# Added where they are not set, as the source may hold a default that leads elsewhere.
ADDED: tuple[tuple[str, Part], ...] = (
    ("host", "host"),
    ("server", "host"),
    ("hostname", "host"),
    ("port", "port"),
    ("password", "password"),
)


# Written in one word, as DBHOST, MYSQLHOST and REDISPORT are.
GLUED = re.compile(
    r"(?P<prefix>(?:.*[_.\-])?(?:db|database|postgres(?:ql)?|pgsql|sql|rds|mysql|maria(?:db)?|mongo(?:db)?|"
    r"redis|rabbit(?:mq)?|amqp|smtp|e?mail|kafka|elastic|memcached?|cache|broker|queue))"
    rf"(?:{'|'.join(f'(?P<{part}>{names})' for part, names in NAMES.items())})",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Piece:
    """A variable that is a part of a service."""

    name: str
    prefix: str
    separator: str
    part: Part
    suffix: str = ""

    @property
    def service(self) -> str:
        """What it is a part of, as `DB_PORT_READ` is one of DB_READ."""
        return f"{self.prefix.rstrip('_.-')}{self.suffix}".lower()


def piece_of(name: str) -> Piece | None:
    """Which part of what a name is, by how it ends."""
    if one_of := ONE_OF.fullmatch(name):
        piece = _single_piece(one_of[1])
        return piece and replace(piece, name=name, suffix=one_of[2])
    return _single_piece(name)


def _single_piece(name: str) -> Piece | None:
    words = re.split(r"(?<=[a-z0-9])(?=[A-Z])|(?=[_.\-])", name)
    for count in (2, 1):
        ending = "".join(words[-count:]).lstrip("_.-")
        prefix = "".join(words[:-count])
        found = PART.fullmatch(ending)
        if found and found.lastgroup and prefix.strip("_.-") and _splits_well(prefix, ending):
            separator = name[len(prefix) : len(name) - len(ending)]
            return Piece(name, prefix, separator, found.lastgroup)  # type: ignore[arg-type]
    if found := GLUED.fullmatch(name):
        return Piece(name, found["prefix"], "", found.lastgroup)  # type: ignore[arg-type]
    return None


def _splits_well(prefix: str, ending: str) -> bool:
    # `DB_NAME` is the name of DB, and no part of something called nothing.
    return not (ending.lower().startswith(("db_", "db-")) and DATABASE.search(prefix) is None)


def part_of(key: str) -> Part | None:
    """Which part an argument is of what it is given to."""
    found = PART.fullmatch(key)
    return found.lastgroup if found else "database" if key == "path" else None  # type: ignore[return-value]


def is_own(host: str, own: Collection[str]) -> bool:
    return any(host in (each, each.rpartition(":")[0]) for each in own)


def pieces(names: Iterable[str]) -> dict[str, list[Piece]]:
    """The parts by what they are parts of."""
    found: dict[str, list[Piece]] = {}
    for piece in filter(None, map(piece_of, names)):
        found.setdefault(piece.service, []).append(piece)
    return found


def kind_of(prefix: str, group: Iterable[Piece], known: Mapping[str, str]) -> Kind:
    values = {piece.part: known.get(piece.name, "") for piece in group}
    starts = {prefix, *(piece.prefix.lower().rstrip("_.-") for piece in group)}
    beside = " ".join(
        value
        for name, value in known.items()
        for start in starts
        if name.lower().startswith(start) and DRIVER.search(name[len(start) :])
    )
    if POSTGRES.search(prefix) or POSTGRES.search(beside):
        return "postgres"
    if "sqlite" in beside.lower():
        return "none"
    if REDIS.search(prefix) or REDIS.search(beside) or values.get("port") == str(REDIS_PORT):
        return "redis"
    if OTHERS.search(prefix) or OTHERS.search(beside) or values.get("port") in OTHER_PORTS:
        return "closed"
    if values.get("port") == "5432" or DATABASE.search(prefix):
        return "postgres" if _is_server(values) else "none"
    return "closed"


def parts_of_lent(known: Mapping[str, str], given: Substitutes) -> frozenset[str]:
    """The names of all that is a part of what is lent."""
    groups = pieces(known).items()
    kinds = ("postgres", "redis") if given.redis else ("postgres",)
    lent = (group for prefix, group in groups if kind_of(prefix, group, known) in kinds)
    return frozenset(piece.name for group in lent for piece in group)


def _is_server(values: Mapping[Part, str]) -> bool:
    """`DB_NAME=app.db` alone is a file; with a host or a user it is a database on a server."""
    return bool({"host", "user", "password", "port"} & values.keys())


def replaced_parts(
    known: Mapping[str, str], given: Substitutes, own: Mapping[str, str]
) -> dict[str, str]:
    """What the parts become; `own` are those that may stay."""
    found: dict[str, str] = {}
    for prefix, group in pieces(known).items():
        if any(piece.name in own for piece in group):
            continue
        kind = kind_of(prefix, group, known)
        if kind == "postgres":
            found |= _postgres_parts(group, known, given)
        elif kind == "redis" and (parts := _redis_parts(prefix, group, known, given)):
            found |= parts
        elif kind in ("redis", "closed"):
            found |= dict(_closed_parts(prefix, group, known, given))
    return found


def _postgres_parts(
    group: list[Piece], known: Mapping[str, str], given: Substitutes
) -> dict[str, str]:
    at = {piece.part: piece.name for piece in group}
    user = known.get(at.get("user", ""), "") or "postgres"
    database = known.get(at.get("database", ""), "") or user
    lender = given.lend(group[0].name, user, database)
    return _substitute_parts(group, known, _parts_of(lender))


def _redis_parts(
    prefix: str, group: list[Piece], known: Mapping[str, str], given: Substitutes
) -> dict[str, str]:
    """None of them where it is several, or known by its number alone."""
    values = {piece.part: known[piece.name] for piece in group}
    is_one = is_host(values["host"]) if "host" in values else {"port", "password"} & values.keys()
    may_be_lent = is_one and not SEVERAL_REDIS.search(prefix)
    lent = given.lend_redis(group[0].name) if may_be_lent else None
    if lent is None:
        return {}
    start = group[0].prefix.lower()
    plain = {
        name: "false"
        for name in known
        if name.lower().startswith(start) and TLS.fullmatch(name[len(start) :].strip("_.-"))
    }
    return {**plain, **_substitute_parts(group, known, {**_parts_of(lent), "user": USER})}


def _parts_of(lender: Lender | Redis) -> dict[Part, str]:
    return {"host": lender.host, "port": str(lender.port), "password": lender.password}


def _substitute_parts(
    group: list[Piece], known: Mapping[str, str], value: Mapping[Part, str]
) -> dict[str, str]:
    found = {
        piece.name: value[piece.part]
        for piece in group
        # What holds a whole URL is not a part; a folder of sockets is one.
        if piece.part in value and ("/" not in known[piece.name] or known[piece.name][0] == "/")
    }
    added = {name: each for name, each in _new_part(group, value).items() if name not in known}
    return {**added, **found}


def _new_part(group: list[Piece], value: Mapping[Part, str]) -> dict[str, str]:
    first = group[0]
    is_upper = first.name.isupper()
    found = {}
    for ending, part in ADDED:
        name = f"{first.prefix}{first.separator}{ending.upper() if is_upper else ending}"
        name += first.suffix
        found[name] = value[part]
    return found


def _closed_parts(
    prefix: str, group: list[Piece], known: Mapping[str, str], given: Substitutes
) -> Iterable[tuple[str, str]]:
    ports = [known[piece.name] for piece in group if piece.part == "port"]
    for piece in group:
        value = known[piece.name].strip()
        if piece.part != "host" or NOT_CALLED.search(piece.name):
            continue
        if value.startswith("/") and OTHERS.search(prefix):
            yield piece.name, given.socket_path()
        if not all(map(is_host, SEVERAL.split(value))):
            continue
        if OWN.fullmatch(prefix.strip("_.-")) and value in LOOPBACK:
            continue
        was = f"{value}:{ports[0]}" if ports and ports[0] else value
        yield piece.name, given.nowhere(piece.name, _service(prefix), was)


def is_host(value: str) -> bool:
    is_word = value.lower() in NO_HOST or value.isdigit()
    return not is_word and HOST.fullmatch(value) is not None


def _service(prefix: str) -> str:
    found = OTHERS.search(prefix)
    word = found.group().lower() if found else prefix.strip("_.-").lower()
    known = {
        "smtp": "mail server",
        "mail": "mail server",
        "redis": "Redis",
        "rabbit": "AMQP broker",
    }
    return known.get(word, word)
