"""Locks itself in, then becomes the program that it was given: what follows cannot get out either.

It runs by itself on the Python of this tool: whatever the kernel refuses, code in C and other
programs that the application starts are refused as well.
"""

from __future__ import annotations

import ctypes
import json
import os
import platform
import socket
import struct
import sys
import threading
from typing import Any

NO_NEW_PRIVILEGES = 38
CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446
# Writing, removing and making files; moving them between folders; cutting them off.
WRITING = 0b1_1111_1111_0010 | 1 << 13
TRUNCATING = 1 << 14
OLDEST_LANDLOCK = 2
SET_FILTER, NEW_LISTENER = 1, 8
NOTIFY, ALLOW, ERRNO = 0x7FC00000, 0x7FFF0000, 0x00050000
NOT_THERE, NOT_ALLOWED, REFUSED = 38, 1, 111
LOAD, EQUAL, AT_LEAST, RETURN = 0x20, 0x15, 0x35, 0x06
NUMBER, ARCHITECTURE, FIFTH = 0, 4, 16 + 8 * 4
OTHER_NUMBERS = 0x40000000
IO_URING = 425
CALLS = {
    "x86_64": (0xC000003E, 317, {"connect": 42, "bind": 49, "sendmsg": 46, "sendmmsg": 307}, 44),
    "aarch64": (
        0xC00000B7,
        277,
        {"connect": 203, "bind": 200, "sendmsg": 211, "sendmmsg": 269},
        206,
    ),
}
LIBRARY: Any = None


def main() -> None:
    global LIBRARY
    LIBRARY = ctypes.CDLL(None, use_errno=True)
    spec = json.loads(sys.argv[1])
    if spec.get("account"):
        become(**spec["account"])
    if sys.platform == "linux":
        lock_in(spec)
    os.execve(spec["program"][0], spec["program"], os.environ)  # noqa: S606


def become(user: int, group: int) -> None:
    os.chdir("/")
    os.setgroups([])
    os.setgid(group)
    os.setuid(user)


def lock_in(spec: dict[str, Any]) -> None:
    """A channel is of who decides about each connection; where none is, all are refused."""
    LIBRARY.prctl(NO_NEW_PRIVILEGES, 1, 0, 0, 0)
    locks = {"files": restrict_writing(spec["writable"]) if spec["writable"] else False}
    if spec["channel"] is None:
        install_filter(ERRNO | REFUSED, 0)
        return
    with socket.socket(fileno=spec["channel"]) as channel:
        ask_for_each_connection(channel, locks)


def restrict_writing(folders: list[str]) -> bool:
    """Whether the kernel now refuses to write anywhere else (Landlock)."""
    version = LIBRARY.syscall(CREATE_RULESET, None, 0, 1)
    if version < OLDEST_LANDLOCK:
        return False
    rights = WRITING | (TRUNCATING if version > OLDEST_LANDLOCK else 0)
    handled = struct.pack("Q", rights)
    rules = LIBRARY.syscall(CREATE_RULESET, handled, len(handled), 0)
    if rules < 0:
        return False
    for folder in filter(os.path.isdir, folders):
        opened = os.open(folder, os.O_PATH | os.O_CLOEXEC)
        LIBRARY.syscall(ADD_RULE, rules, 1, struct.pack("=Qi", rights, opened), 0)
        os.close(opened)
    done = LIBRARY.syscall(RESTRICT_SELF, rules, 0)
    os.close(rules)
    return bool(done == 0)


def ask_for_each_connection(channel: socket.socket, locks: dict[str, bool]) -> None:
    """Let the kernel ask whoever is at the other end of the channel (seccomp), where it can.

    What is sent there must be sent by a thread that does not have to ask itself.
    """
    ready = threading.Event()
    asked: list[int] = []

    def tell() -> None:
        ready.wait()
        network = bool(asked) and asked[0] >= 0
        told = [json.dumps({**locks, "network": network}).encode()]
        socket.send_fds(channel, told, asked if network else [])

    teller = threading.Thread(target=tell)
    teller.start()
    try:
        asked.append(install_filter(NOTIFY, NEW_LISTENER))
    finally:
        ready.set()
        teller.join()


def install_filter(outward: int, flags: int) -> int:
    """What comes of calls that lead outward; a server of ours listens, which leads nowhere."""
    known = CALLS.get(platform.machine())
    if known is None:
        return -1
    architecture, number, asked, sendto = known
    numbers = [each for name, each in asked.items() if outward == NOTIFY or name != "bind"]
    program = filter_of(architecture, numbers, sendto, outward)
    code = b"".join(struct.pack("HBBI", *each) for each in program)
    kept = ctypes.create_string_buffer(code, len(code))
    pointer = struct.pack("HxxxxxxP", len(program), ctypes.addressof(kept))
    return int(LIBRARY.syscall(number, SET_FILTER, flags, pointer))


def filter_of(
    architecture: int, numbers: list[int], sendto: int, outward: int
) -> list[tuple[int, int, int, int]]:
    """The program of the filter: each step with how many to skip where it holds, and where not."""
    ends = [ALLOW, outward, ERRNO | NOT_THERE, ERRNO | NOT_ALLOWED]
    steps: list[tuple[int, int, int | str, int | str, int]] = [
        (LOAD, ARCHITECTURE, 0, 0, 0),
        (EQUAL, architecture, 0, "not allowed", 0),
        (LOAD, NUMBER, 0, 0, 0),
        (AT_LEAST, OTHER_NUMBERS, "not allowed", 0, 0),
        (EQUAL, IO_URING, "not there", 0, 0),
        *((EQUAL, number, "outward", 0, 0) for number in numbers),
        (EQUAL, sendto, 0, "allow", 0),
        # Only what names an address goes anywhere but along a connection.
        (LOAD, FIFTH, 0, 0, 0),
        (EQUAL, 0, 0, "outward", 0),
        (LOAD, FIFTH + 4, 0, 0, 0),
        (EQUAL, 0, "allow", "outward", 0),
    ]
    at = {
        name: len(steps) + n
        for n, name in enumerate(("allow", "outward", "not there", "not allowed"))
    }

    def skip(index: int, where: int | str) -> int:
        return at[where] - index - 1 if isinstance(where, str) else where

    program = [
        (code, skip(n, yes), skip(n, no), value)
        for n, (code, value, yes, no, _) in enumerate(steps)
    ]
    return program + [(RETURN, 0, 0, end) for end in ends]


if __name__ == "__main__":
    main()
