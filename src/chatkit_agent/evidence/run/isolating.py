"""Isolating: a copy of the project and its environment, with nothing of the owner's in them."""

from __future__ import annotations

import os
import re
import socket
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from chatkit_agent.project.env_files import is_example
from chatkit_agent.project.scratch import encoding_of, env_files_of, point_env_files, values_in
from chatkit_agent.sandbox.isolation import Reach
from chatkit_agent.sandbox.isolation.addresses import PORTS, URL
from chatkit_agent.sandbox.isolation.environment import isolated
from chatkit_agent.sandbox.isolation.files import (
    isolate_configuration,
    isolate_env_files,
    secret_variables,
)
from chatkit_agent.sandbox.isolation.split_addresses import Piece, parts_of_lent, piece_of
from chatkit_agent.sandbox.isolation.substitutes import Substitutes

VARIABLE = re.compile(r"[A-Za-z_]\w*")
HOST_PORT = re.compile(r"\[?([\w.:-]+?)\]?(?::(\d+|\*))?")
RESOLVERS = ("/run/nscd", "/var/run/nscd", "/run/systemd/resolve")
ANY = "*"
SOCKET = re.compile(r"(?:host=|//|^)(/[^\s?&'\"]+)")


@dataclass(frozen=True)
class Allowed:
    """What the owner said that the application may reach and have: --own-services."""

    names: tuple[str, ...] = ()

    @property
    def variables(self) -> tuple[str, ...]:
        return tuple(name for name in self.names if VARIABLE.fullmatch(name))

    @property
    def paths(self) -> tuple[Path, ...]:
        return tuple(Path(name) for name in self.names if name.startswith("/"))

    def sockets(self, known: Mapping[str, str]) -> Iterator[Path]:
        """The Unix sockets of services, and the folders of them."""
        for value in (known[name] for name in self.names if name in known):
            named = SOCKET.findall(unquote(value))
            yield from (Path(path) for path in named if Path(path).exists())

    def addresses(self, known: Mapping[str, str]) -> Iterator[tuple[str, str]]:
        """Hosts and ports; `*` for any port."""
        prefixes = {piece.prefix for piece in map(piece_of, self.variables) if piece}
        for name in self.names:
            if piece_of(name) and "://" not in known.get(name, "") and VARIABLE.fullmatch(name):
                continue
            if name in known:
                yield from _named_in(name, known)
            elif not VARIABLE.fullmatch(name) and not name.startswith("/"):
                yield from _host_port(name)
        for name, value in known.items():
            piece = piece_of(name)
            if piece and piece.prefix in prefixes and piece.part == "host" and "://" not in value:
                ports = (known.get(each.name) for each in _ports(known, piece.prefix))
                port = next(filter(None, ports), ANY)
                yield from ((host, own or port) for host, own in _hosts_and_ports(value))


def _ports(known: Mapping[str, str], prefix: str) -> Iterator[Piece]:
    found = (piece for piece in map(piece_of, known) if piece)
    yield from (piece for piece in found if piece.prefix == prefix and piece.part == "port")


def _named_in(name: str, known: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    value = known[name]
    found = URL.findall(value)
    for scheme, rest in found:
        hosts = re.split(r"[/?#]", rest.rpartition("@")[2])[0]
        usual = PORTS.get(scheme.lower().partition("+")[0], ANY)
        for host in hosts.split(","):
            yield from ((at, port or usual) for at, port in _hosts_and_ports(host))
    if not found:
        for host in value.split(","):
            yield from _host_port(host.strip())


def _host_port(text: str) -> Iterator[tuple[str, str]]:
    yield from ((host, port or ANY) for host, port in _hosts_and_ports(text))


def _hosts_and_ports(text: str) -> Iterator[tuple[str, str]]:
    found = HOST_PORT.fullmatch(text)
    if found:
        yield found.group(1), found.group(2) or ""


def isolate(
    given: Substitutes,
    variables: Mapping[str, str],
    here: Mapping[str, str],
    servers: Iterable[str],
    allowed: Allowed,
) -> tuple[dict[str, str], Reach]:
    """The environment of what is started in the copy, and what it may reach.

    `variables` are the owner's; `here` are the sandbox's own, which win; `servers` its URLs.
    """
    files = tuple(
        env_files_of(given.copy, given.folder / given.copy.relative_to(given.folder).parts[0])
    )
    # What an example says counts where nothing else is said, and that of a stage least of all.
    by_weight = sorted(files, key=lambda path: (not is_example(path.name), -path.name.count(".")))
    in_files = {name: value for path in by_weight for name, value in values_in(path).items()}
    known = {**in_files, **variables}
    real = (path for path in files if not is_example(path.name))
    set_somewhere = {*variables, *(name for path in real for name in values_in(path))}
    own = _with_their_parts(allowed.variables, known)
    inside = isolated(variables, given, own, in_files)
    # With its host, which is set below, goes the rest of a database that only an example names.
    unset = parts_of_lent(known, given) - set_somewhere
    said = {name: in_files[name] for name in sorted(unset & in_files.keys())}
    inside = {**{n: v for n, v in isolated(said, given, own, known).items() if n in said}, **inside}
    texts = {path: values_in(path) for path in files}
    isolate_env_files(texts, given, own, variables, encoding_of)
    isolate_configuration(given, own, files)
    point_env_files(files, here)
    secret = secret_variables(given, own)
    everything = {**secret, **inside, **_home(given, variables, own), **here}
    return everything, _reach(given, servers, allowed, known)


def _with_their_parts(names: Sequence[str], known: Mapping[str, str]) -> tuple[str, ...]:
    """The names, and what else is a part of the same service."""
    prefixes = {piece.prefix for piece in map(piece_of, names) if piece}
    same = [name for name in known if (piece := piece_of(name)) and piece.prefix in prefixes]
    return tuple(dict.fromkeys([*names, *same]))


def _home(given: Substitutes, variables: Mapping[str, str], own: Sequence[str]) -> dict[str, str]:
    """Folders of this run for what is kept at home, and for what is temporary."""
    home, temporary = given.folder / "home", given.folder / "tmp"
    for folder in (home, temporary):
        folder.mkdir(exist_ok=True)
    # The packages that a person installed for themselves alone stay where they are.
    base = variables.get("PYTHONUSERBASE") or os.path.expanduser("~/.local")
    found = {
        "HOME": str(home),
        "TMPDIR": str(temporary),
        "PYTHONUSERBASE": base,
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    return {name: value for name, value in found.items() if name not in own}


def _reach(
    given: Substitutes, servers: Iterable[str], allowed: Allowed, known: Mapping[str, str]
) -> Reach:
    lender = given.lender
    addresses = {f"{lender.host}:{lender.port}", *(urlsplit(url).netloc for url in servers)}
    if given.redis and (redis := given.redis.started):
        addresses.add(f"{redis.host}:{redis.port}")
    names: set[str] = set()
    for host, port in allowed.addresses(known):
        found = set(_addresses_of(host, port))
        names |= {host.lower()}
        addresses |= found
    sockets: list[Path] = []
    if names:
        addresses |= set(_name_servers())
        sockets += map(Path, RESOLVERS)
    real_home = [Path.home()] if "HOME" in allowed.variables else []
    return Reach(
        addresses=frozenset(filter(None, addresses)),
        names=frozenset(names),
        sockets=(given.folder, *sockets, *allowed.sockets(known), *allowed.paths),
        writable=(given.folder, *allowed.paths, *real_home),
        work=given.copy,
        log=given.folder / "attempts.jsonl",
        temporary=tuple(_temporary(given.root)),
        closed=given.closed,
    )


def _addresses_of(host: str, port: str) -> Iterator[str]:
    """Where a host is; one in the network may be elsewhere when it is asked again."""
    yield f"{host}:{port}"
    try:
        found = {str(each[4][0]) for each in socket.getaddrinfo(host, None)}
    except OSError:
        return
    yield from (f"{address}:{port}" for address in found)
    if not any(address == "::1" or address.startswith("127.") for address in found):
        yield f"{ANY}:{port}"


def _name_servers() -> Iterator[str]:
    try:
        text = Path("/etc/resolv.conf").read_text()
    except OSError:
        return
    yield from (f"{each}:53" for each in re.findall(r"(?m)^\s*nameserver\s+(\S+)", text))


def _temporary(root: Path) -> Iterator[Path]:
    """Where all programs write; not where the project itself is there."""
    for folder in dict.fromkeys([tempfile.gettempdir(), "/tmp", "/var/tmp"]):  # noqa: S108
        place = Path(folder).resolve()
        if place.is_dir() and not root.is_relative_to(place):
            yield place
