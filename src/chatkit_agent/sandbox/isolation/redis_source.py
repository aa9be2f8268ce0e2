"""Redis in source: what a module's own constants say of one, and what leads to the lent one."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from chatkit_agent.sandbox.isolation.folding import Edit, Folding, constants, last_name
from chatkit_agent.sandbox.isolation.split_addresses import (
    REDIS,
    SEVERAL_REDIS,
    Part,
    is_host,
    is_own,
    kind_of,
    part_of,
    piece_of,
    pieces,
)
from chatkit_agent.sandbox.isolation.substitutes import Substitutes
from chatkit_agent.sandbox.valkey import USER, USUAL_PORT, Redis

LIBRARIES = {"redis", "valkey", "aioredis", "arq"}
CLIENTS = {"Redis", "StrictRedis", "Valkey", "RedisSettings"}
"""What leads to this machine's own where it is not told another."""
TAKE_ALL = {*CLIENTS, "ConnectionPool", "BlockingConnectionPool", "build"}
ELSEWHERE = {"host", "port", "connection_pool", "unix_socket_path"}
READ = {"getenv", "get", "config", "env", "str", "int"}
SIMPLE = (ast.Constant, ast.Name, ast.Attribute)
Members = Mapping[str, ast.expr]


def redis_edits(
    name: str, tree: ast.Module, folding: Folding, given: Substitutes, own: Collection[str]
) -> Iterator[Edit]:
    if given.redis is None:
        return
    module = _Module(name, folding, given, own)
    yield from module.of_constants(tree)
    yield from module.of_defaults(tree)
    imported = set(_names_of_libraries(tree))
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield from module.of_call(node, imported)


@dataclass(frozen=True)
class _Module:
    name: str
    folding: Folding
    given: Substitutes
    own: Collection[str]

    def of_constants(self, tree: ast.Module) -> Iterator[Edit]:
        """`REDIS_HOST = "cache"`, and fields of settings with a default."""
        named = dict(constants(tree))
        known = {name: str(self.folding.value_of(node) or "") for name, node in named.items()}
        for prefix, group in pieces(named).items():
            at = {piece.part: piece.name for piece in group}
            if {*self.own} & {each.upper() for each in at.values()}:
                continue
            if kind_of(prefix, group, known) == "redis" and self._is_one(prefix, at, named):
                yield from self._edits_of(at, named)

    def of_defaults(self, tree: ast.Module) -> Iterator[Edit]:
        """`getenv("REDIS_HOST", "cache")`, and a password that is asked for without one."""
        calls = (each for each in ast.walk(tree) if isinstance(each, ast.Call))
        asked = {name: node for node in calls if (name := _variable_of(node))}
        for prefix, group in pieces(asked).items():
            at = {piece.part: piece.name for piece in group}
            if not REDIS.search(prefix) or {*self.own} & {*at.values()}:
                continue
            defaults = {name: _default_in(asked[name]) for name in at.values()}
            alone = {name for name in at.values() if defaults[name] is asked[name].args[0]}
            if at.get("host") not in alone and self._is_one(prefix, at, defaults):
                yield from self._edits_of(at, defaults, alone=alone)

    def of_call(self, node: ast.Call, imported: Collection[str]) -> Iterator[Edit]:
        callee, name = ast.unparse(node.func), last_name(node.func)
        members = {each.arg: each.value for each in node.keywords if each.arg}
        at = {part: key for key in members if (part := part_of(key))}
        port = self.folding.value_of(members[at["port"]]) if "port" in at else None
        is_of_library = callee.partition(".")[0] in imported
        is_redis = is_of_library or REDIS.search(callee) or port == USUAL_PORT
        if is_redis and self._is_one(callee, at, members):
            yield from self._edits_of(at, members, can_add=name in TAKE_ALL)
        is_usual = not node.args and not ELSEWHERE & members.keys()
        if name in CLIENTS and is_of_library and is_usual and len(members) == len(node.keywords):
            yield from self._with_address(node, callee)

    def _with_address(self, node: ast.Call, callee: str) -> Iterator[Edit]:
        lent = self._lend(node)
        added = f"host={lent.host!r}, port={lent.port}"
        added += f", password={lent.password!r}" if lent.password else ""
        place = next((each.value for each in node.keywords if isinstance(each.value, SIMPLE)), None)
        if not node.keywords:
            yield node, f"{callee}({added})"
        elif place is not None:
            yield place, f"{ast.unparse(place)}, {added}"

    def _is_one(self, prefix: str, at: Mapping[Part, str], members: Members) -> bool:
        host = self.folding.value_of(members[at["host"]]) if "host" in at else None
        is_known = isinstance(host, str) and is_host(host) and not is_own(host, self.own)
        return is_known and not SEVERAL_REDIS.search(prefix)

    def _lend(self, node: ast.expr) -> Redis:
        lent = self.given.lend_redis(f"{self.name}:{node.lineno}")
        assert lent is not None
        return lent

    def _edits_of(
        self,
        at: Mapping[Part, str],
        members: Members,
        *,
        can_add: bool = False,
        alone: Collection[str] = (),
    ) -> Iterator[Edit]:
        """`alone` are names of variables without a default, which get one."""
        host = members[at["host"]]
        lent = self._lend(host)
        new: dict[Part, str | int] = {"port": lent.port, "password": lent.password, "user": USER}
        added = ""
        for part, value in new.items():
            if part in at:
                node = members[at[part]]
                is_text = isinstance(self.folding.value_of(node), str)
                text = repr(str(value) if is_text else value)
                yield node, f"{at[part]!r}, {text}" if at[part] in alone else text
            elif can_add and value and part != "user":
                added += f", {part}={value!r}"
        yield host, f"{lent.host!r}{added}"


def _variable_of(node: ast.Call) -> str | None:
    """That which is asked for, by its name alone or with a default."""
    first = node.args[0] if node.args else None
    is_plain = len(node.args) < 3 and {each.arg for each in node.keywords} <= {"default", "cast"}
    if last_name(node.func) not in READ or not is_plain:
        return None
    name = first.value if isinstance(first, ast.Constant) else None
    return name if isinstance(name, str) and piece_of(name) else None


def _default_in(node: ast.Call) -> ast.expr:
    """The name itself, where there is none."""
    named = (each.value for each in node.keywords if each.arg == "default")
    return next(named, node.args[-1])


def _names_of_libraries(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            module = getattr(node, "module", None)
            for each in node.names:
                if (module or each.name).partition(".")[0] in LIBRARIES:
                    yield each.asname or each.name.partition(".")[0]
