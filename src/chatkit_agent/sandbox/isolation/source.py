"""Source: the databases that a module names by its constants, and the same text without them."""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from os.path import normpath
from pathlib import PurePath

from chatkit_agent.sandbox.isolation.addresses import (
    APPLICATION,
    POSTGRES,
    REDIS,
    SQLITE,
    URL,
    is_database_file,
    without_services,
)
from chatkit_agent.sandbox.isolation.folding import Edit, Folded, Folding, constants
from chatkit_agent.sandbox.isolation.redis_source import redis_edits
from chatkit_agent.sandbox.isolation.split_addresses import (
    DRIVER,
    OTHER_PORTS,
    OTHERS,
    Part,
    is_own,
    kind_of,
    part_of,
    pieces,
)
from chatkit_agent.sandbox.isolation.split_addresses import POSTGRES as OF_POSTGRES
from chatkit_agent.sandbox.isolation.substitutes import Substitutes

QUOTES = "\"'"
# `"host=db dbname=shop"`, as a whole literal.
CONNINFO = re.compile(r"(?<=([\"']))((?:\w+=[^\s\"'{}=]+\s+)+\w+=[^\s\"'{}=]+)(?=\1)")
# A file's path as a whole literal, such as that of `sqlite3.connect("../shop.db")`.
PATH = re.compile(r"(?<=([\"']))((?:\.{1,2}/|/|~/)[^\s\"'{}:]+)(?=\1)")
# `postgresql://db/shop`, where nobody signs in with a name.
WHOLE = re.compile(r"[\w.-]+(?::\d+)?/[\w-]+(?:\?\S*)?")
DRIVERS = re.compile(r"asyncpg|psycopg|aiopg|pg8000|postgres|psqlpy", re.IGNORECASE)
OTHER_SERVERS = re.compile(r"mysql|mariadb|mssql|pyodbc|oracle|mongo|clickhouse", re.IGNORECASE)
# What takes a port and a password beside a host.
TAKES_ALL = re.compile(
    r"(?:connect|create_pool|create|Pool|ConnectionPool|AsyncConnectionPool|build|PostgresqlDatabase|"
    r"PooledPostgresqlDatabase|PostgresqlExtDatabase)"
)
# `os.getenv("DB_HOST", "db")` and `config("DB_HOST", default="db")`.
DEFAULT = re.compile(
    r"(?:getenv|environ\.get|config|env(?:\.\w+)?)\(\s*([\"'])(?P<name>\w+)\1\s*,\s*(?:default\s*=\s*)?"
    r"(?P<quote>[\"']?)(?P<value>[\w.\-]+)(?P=quote)(?=\s*[,)])"
)


def without_databases(name: str, text: str, given: Substitutes, own: Collection[str] = ()) -> str:
    """The same source with lent databases and copied files; no line moves.

    What `own` names, as a variable or as a host with or without its port, stays.
    """
    made = _made_of_parts(name, _with_defaults(name, text, given, own), given, own)
    return _whole_addresses(name, made, given, own)


def _host_of(rest: str) -> str:
    return re.split(r"[:/?]", rest.rpartition("@")[2])[0]


def _whole_addresses(name: str, text: str, given: Substitutes, own: Collection[str]) -> str:
    def lent(found: re.Match[str]) -> str:
        scheme, rest = found.groups()
        before, after = text[found.start() - 1], text[found.end() : found.end() + 1]
        # A whole literal, and no address in a sentence.
        if before not in QUOTES or after != before:
            return found.group()
        is_file = SQLITE.fullmatch(scheme) and rest.startswith("//")
        is_redis = given.redis is not None and REDIS.fullmatch(scheme)
        is_server = POSTGRES.fullmatch(scheme) and ("@" in rest or WHOLE.fullmatch(rest))
        if not (is_server or is_file or is_redis) or is_own(_host_of(rest), own):
            return found.group()
        line = text.count("\n", 0, found.start()) + 1
        return without_services(f"{name}:{line}", found.group(), given)

    def lent_by_keywords(found: re.Match[str]) -> str:
        if "dbname=" not in found[2]:
            return found.group()
        line = text.count("\n", 0, found.start()) + 1
        return without_services(f"{name}:{line}", found[2], given)

    def copied(found: re.Match[str]) -> str:
        is_file = is_database_file(found[2])
        return (is_file and given.file(found[2])) or found.group()

    text = PATH.sub(copied, CONNINFO.sub(lent_by_keywords, text))
    return URL.sub(lent, text)


def _with_defaults(name: str, text: str, given: Substitutes, own: Collection[str]) -> str:
    """Those of variables that the source reads."""
    found = {match["name"]: match for match in DEFAULT.finditer(text)}
    known = {each: match["value"] for each, match in found.items()}
    new: dict[int, str] = {}
    for prefix, group in pieces(known).items():
        at = {piece.part: piece.name for piece in group}
        if not {"host", "port"} <= at.keys() or any(each in own for each in at.values()):
            continue
        if kind_of(prefix, group, known) != "postgres" or is_own(known[at["host"]], own):
            continue
        user = known.get(at.get("user", ""), APPLICATION)
        line = text.count("\n", 0, found[at["host"]].start()) + 1
        lender = given.lend(f"{name}:{line}", user, known.get(at.get("database", ""), user))
        values = {"host": lender.host, "port": str(lender.port), "password": lender.password}
        new |= {found[at[part]].start("value"): each for part, each in values.items() if part in at}
    return DEFAULT.sub(
        lambda match: (
            f"{match.string[match.start() : match.start('value')]}"
            f"{new.get(match.start('value'), match['value'])}{match['quote']}"
        ),
        text,
    )


def _made_of_parts(name: str, text: str, given: Substitutes, own: Collection[str]) -> str:
    try:
        tree = ast.parse(text)
        folding = Folding(tree, given.root / name)
        edits = list(_Module(name, text, folding, given, own).edits(tree))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return text
    return _with_edits(text, edits)


def _with_edits(text: str, edits: list[Edit]) -> str:
    """The text with each expression replaced, and with as many lines as it had."""
    lines = text.encode().splitlines(keepends=True)
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line))
    content = b"".join(lines)
    for node, new in sorted(edits, key=lambda edit: _place(edit[0]), reverse=True):
        begin = starts[node.lineno - 1] + node.col_offset
        end = starts[(node.end_lineno or node.lineno) - 1] + (node.end_col_offset or 0)
        lost = content.count(b"\n", begin, end)
        content = content[:begin] + new.encode() + b"\n" * lost + content[end:]
    return content.decode()


def _place(node: ast.expr) -> tuple[int, int]:
    return node.lineno, node.col_offset


@dataclass(frozen=True)
class _Module:
    name: str
    text: str
    folding: Folding
    given: Substitutes
    own: Collection[str]

    def edits(self, tree: ast.Module) -> Iterator[Edit]:
        done: dict[tuple[int, int], Edit] = {}
        of_redis = redis_edits(self.name, tree, self.folding, self.given, self.own)
        for edit in (*self._of_names(tree), *self._of_nodes(tree), *of_redis):
            done.setdefault(_place(edit[0]), edit)
        yield from done.values()

    def _of_nodes(self, node: ast.AST) -> Iterator[Edit]:
        waiting = [node]
        while waiting:
            node = waiting.pop()
            if isinstance(node, ast.expr) and (new := self._whole(node)) is not None:
                yield node, new
                continue
            if not isinstance(node, ast.JoinedStr):
                waiting += ast.iter_child_nodes(node)
            if isinstance(node, ast.Call):
                keywords = {each.arg: each.value for each in node.keywords if each.arg}
                yield from self._of_group(ast.unparse(node.func), keywords, node.args)
            elif isinstance(node, ast.Dict):
                named = zip(node.keys, node.values, strict=True)
                members = {k.value: v for k, v in named if isinstance(k, ast.Constant)}
                texts = {key: each for key, each in members.items() if isinstance(key, str)}
                yield from self._of_group("", texts, [], node)

    def _whole(self, node: ast.expr) -> str | None:
        """What takes the place of an address, or of a path, that is put together here."""
        if not isinstance(node, ast.JoinedStr | ast.BinOp | ast.Call):
            return None
        value = self.folding.value_of(node)
        if isinstance(value, PurePath) or (isinstance(value, str) and is_database_file(value)):
            return self._file(node, value)
        if not isinstance(value, str) or not (found := URL.fullmatch(value)):
            return None
        scheme = found.group(1)
        if is_own(_host_of(found.group(2)), self.own):
            return None
        is_redis = self.given.redis is not None and REDIS.fullmatch(scheme)
        is_file = SQLITE.fullmatch(scheme) and ":///" in value
        if not (POSTGRES.fullmatch(scheme) or is_file or is_redis):
            return None
        new = without_services(f"{self.name}:{node.lineno}", value, self.given)
        return None if new == value else repr(new)

    def _file(self, node: ast.expr, value: str | PurePath) -> str | None:
        meant = PurePath(normpath(value))
        is_outside = meant.is_absolute() and not meant.is_relative_to(self.given.root)
        if not is_outside or not is_database_file(str(value)):
            return None
        place = self.given.file(str(meant))
        if place is None or isinstance(value, str):
            return place and repr(place)
        return f"__import__('pathlib').Path({place!r})"

    def _of_group(
        self,
        callee: str,
        members: Mapping[str, ast.expr],
        positional: list[ast.expr],
        node: ast.Dict | None = None,
    ) -> Iterator[Edit]:
        at = {part: key for key in members if (part := part_of(key))}
        if "host" not in at or not {"database", "user"} & at.keys():
            return
        values = {part: self.folding.value_of(members[key]) for part, key in at.items()}
        known = [values[part] for part in at if part != "password"]
        if None in known or is_own(str(values["host"]), self.own):
            return
        said = [self.folding.value_of(each) for each in positional]
        said += [self.folding.value_of(members[key]) for key in members if DRIVER.search(key)]
        beside = " ".join([callee, *(each for each in said if isinstance(each, str))])
        lacks = {"port", "password"} - at.keys()
        can_add = node is not None or TAKES_ALL.fullmatch(callee.rpartition(".")[2])
        port = str(values.get("port", ""))
        is_postgres = self._is_postgres(beside, port, weak="database" in at)
        if is_postgres and (can_add or not lacks):
            yield from self._lent_group(at, values, members, is_call=node is None)

    def _lent_group(
        self,
        at: Mapping[Part, str],
        values: Mapping[Part, Folded | None],
        members: Mapping[str, ast.expr],
        *,
        is_call: bool,
    ) -> Iterator[Edit]:
        user = str(values.get("user") or APPLICATION)
        database = str(values.get("database") or user).lstrip("/")
        host = members[at["host"]]
        lender = self.given.lend(f"{self.name}:{host.lineno}", user, database)
        new: dict[Part, str | int] = {
            "host": lender.host,
            "port": str(lender.port) if isinstance(values.get("port"), str) else lender.port,
            "password": lender.password,
        }
        added = ""
        wanted: tuple[Part, ...] = ("port", "password") if "user" in at else ("port",)
        for part in wanted:
            if part not in at:
                key = part.upper() if at["host"].isupper() else part
                added += f", {key}={new[part]!r}" if is_call else f", {key!r}: {new[part]!r}"
        yield host, f"{new['host']!r}{added}"
        for part in ("port", "password"):
            if part in at and values.get(part) is not None:
                yield members[at[part]], repr(new[part])

    def _is_postgres(self, beside: str, port: str, *, weak: bool = False) -> bool:
        """With `weak` it is enough that the module speaks of no other kind of database."""
        if OF_POSTGRES.search(beside) or DRIVERS.search(beside):
            return True
        if OTHERS.search(beside) or port in OTHER_PORTS:
            return False
        speaks_other = OTHER_SERVERS.search(self.text) is not None
        speaks_it = DRIVERS.search(self.text) is not None
        return port == "5432" or (weak and speaks_it and not speaks_other)

    def _of_names(self, tree: ast.Module) -> Iterator[Edit]:
        """Constants such as `DB_HOST = "db"`, and fields of settings with a default."""
        named = dict(constants(tree))
        values = {name: self.folding.value_of(node) for name, node in named.items()}
        known = {name: str(value) for name, value in values.items() if value is not None}
        for prefix, group in pieces(known).items():
            at = {piece.part: piece.name for piece in group}
            if not {"host", "port", "user", "password"} <= at.keys():
                continue
            if {*self.own} & {each.upper() for each in at.values()}:
                continue
            inside = {part: values[key] for part, key in at.items()}
            is_postgres = self._is_postgres(prefix, known[at["port"]])
            if kind_of(prefix, group, known) == "postgres" and is_postgres:
                yield from self._lent_group(at, inside, named, is_call=True)
