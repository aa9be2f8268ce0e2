"""Reaching: whether an address or a path belongs to the sandbox.

It runs beside the application as well, on whatever Python that has: nothing newer than 3.8, and
nothing but the standard library.
"""

from __future__ import annotations

import os
import socket
from typing import Any

LISTENING = "0A"
DEVICES = ("/dev", "/proc")


class Rules:
    """What one sandbox allows, as it was written down for it."""

    def __init__(self, spec: dict[str, Any], session: int) -> None:
        self.addresses = set(spec["addresses"])
        self.names = set(spec["names"])
        self.sockets = [os.path.realpath(path) for path in spec["sockets"]]
        self.writable = [os.path.realpath(path) for path in spec["writable"]]
        self.temporary = [os.path.realpath(path) for path in spec["temporary"]]
        self.session = session

    def may_connect(self, host: str, port: int) -> bool:
        host = plain(host)
        if is_loopback(host):
            return self.is_named(host, port) or listens_here(port, self.session)
        return self.is_named(host, port) or self.is_named("*", port)

    def is_named(self, host: str, port: int) -> bool:
        return f"{host}:{port}" in self.addresses or f"{host}:*" in self.addresses

    def may_listen(self, host: str, port: int) -> bool:
        host = plain(host)
        return port == 0 or is_loopback(host) or f"{host}:{port}" in self.addresses

    def may_look_up(self, host: str) -> bool:
        return not host or is_number(host) or host.lower().rstrip(".") in self.names

    def may_use_socket(self, path: str) -> bool:
        # One that is no file has a zero in the place of the first character.
        if "\0" in path:
            return False
        real = os.path.realpath(path)
        return any(is_within(real, each) for each in self.sockets)

    def may_write(self, path: str) -> bool:
        real = os.path.join(os.path.realpath(os.path.dirname(path)), os.path.basename(path))
        if os.path.islink(real) or os.path.basename(path) == "..":
            real = os.path.realpath(real)
        if any(is_within(real, each) for each in (*self.writable, *DEVICES)):
            return True
        # Of files that others left in a temporary folder none is changed.
        is_new = not os.path.lexists(real)
        return is_new and any(is_within(real, each) for each in self.temporary)


def is_within(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder.rstrip("/") + "/")


def plain(host: str) -> str:
    """The address as four numbers, where it is one of those in IPv6."""
    host = host.partition("%")[0].lower()
    host = host[7:] if host.startswith("::ffff:") and "." in host else host
    return "127.0.0.1" if host == "localhost" else host


def is_loopback(host: str) -> bool:
    # A name may begin like that, too.
    return host == "::1" or (host.startswith("127.") and host.replace(".", "").isdigit())


def is_number(host: str) -> bool:
    for family in (socket.AF_INET, socket.AF_INET6):
        try:
            socket.inet_pton(family, host.partition("%")[0])
        except (OSError, ValueError):
            continue
        return True
    return False


def listens_here(port: int, session: int) -> bool:
    """Whether a process of the application itself listens at this port."""
    wanted = set(_listeners(port))
    return bool(wanted) and any(wanted & _sockets_of(pid) for pid in _processes(session))


def _listeners(port: int) -> list[str]:
    found = []
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        for fields in _lines(table):
            at_port = fields[1].endswith(f":{port:04X}") if len(fields) > 9 else False
            if at_port and fields[3] == LISTENING:
                found.append(f"socket:[{fields[9]}]")
    return found


def _lines(path: str) -> list[list[str]]:
    try:
        with open(path) as file:
            return [line.split() for line in file.readlines()[1:]]
    except OSError:
        return []


def _processes(session: int) -> list[str]:
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/stat") as file:
                fields = file.read().rpartition(")")[2].split()
        except OSError:
            continue
        if fields[3] == str(session):
            found.append(pid)
    return found


def _sockets_of(pid: str) -> set[str]:
    folder = f"/proc/{pid}/fd"
    try:
        return {_link(f"{folder}/{each}") for each in os.listdir(folder)}
    except OSError:
        return set()


def _link(path: str) -> str:
    try:
        return os.readlink(path)
    except OSError:
        return ""


def address_in(raw: bytes) -> tuple[int, tuple[str, int] | None, bytes]:
    """The family, host and port, or the path, in a `sockaddr` of the kernel."""
    family = int.from_bytes(raw[:2], "little")
    if family == socket.AF_INET and len(raw) >= 8:
        return family, (socket.inet_ntoa(raw[4:8]), int.from_bytes(raw[2:4], "big")), b""
    if family == socket.AF_INET6 and len(raw) >= 24:
        host = socket.inet_ntop(socket.AF_INET6, raw[8:24])
        return family, (host, int.from_bytes(raw[2:4], "big")), b""
    return family, None, raw[2:]
