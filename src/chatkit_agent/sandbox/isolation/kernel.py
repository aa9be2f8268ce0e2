"""The kernel's lock: it asks here before a process of the application connects, on Linux."""

from __future__ import annotations

import array
import ctypes
import json
import os
import platform
import select
import socket
import struct
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path

try:
    import fcntl
except ImportError:  # on Windows, where no such lock is
    fcntl = None  # type: ignore[assignment]

from chatkit_agent.sandbox.isolation import seatbelt
from chatkit_agent.sandbox.isolation.reaching import Rules, address_in, is_loopback

RECEIVE, SEND, IS_VALID = 0xC0502100, 0xC0182101, 0x40082102
NOTICE = struct.Struct("=QIIiIQ6Q")
ANSWER = struct.Struct("=QqiI")
CONTINUE = 1
REFUSED, NOT_PERMITTED = 111, 13
CONNECT, SENDTO, SENDMSG, SENDMMSG, BIND = "connect", "sendto", "sendmsg", "sendmmsg", "bind"
CALLS = {42: CONNECT, 44: SENDTO, 46: SENDMSG, 307: SENDMMSG, 49: BIND}
if platform.machine() == "aarch64":
    CALLS = {203: CONNECT, 206: SENDTO, 211: SENDMSG, 269: SENDMMSG, 200: BIND}
NETLINK, ALGORITHM = 16, 38
GET_DESCRIPTOR = 438
# Which the C library asks by itself, and goes on without.
UNHEARD = ("nscd", "systemd/userdb", "systemd/resolve")
# As long as a start may take: without an answer there, the application reaches nothing at all.
SECONDS_TO_START = 90.0


@dataclass
class Warden:
    """Answers the kernel for the processes of one start."""

    rules: Rules
    log: Path
    locks: tuple[str, ...] = ()
    _channel: socket.socket | None = None
    _stop: tuple[int, int] | None = None
    _thread: threading.Thread | None = field(default=None, repr=False)

    def command(self, program: Sequence[str], writable: Sequence[Path]) -> tuple[list[str], int]:
        """The program behind the locks, and the descriptor that it has to be given."""
        if sys.platform != "linux":
            behind = seatbelt.behind(program, self.rules, writable)
            self.locks = seatbelt.LOCKS if behind else ()
            return behind or list(program), os.open(os.devnull, os.O_RDONLY)
        ours, theirs = socket.socketpair()
        self._channel = ours
        launcher = str(files("chatkit_agent.sandbox.isolation").joinpath("launcher.py"))
        spec = {
            "channel": theirs.fileno(),
            "program": list(program),
            "writable": [str(folder) for folder in writable],
        }
        return [sys.executable, "-I", "-S", launcher, json.dumps(spec)], theirs.detach()

    def start(self) -> None:
        """Hear which locks hold, and answer from now on."""
        if self._channel is None:
            return
        self._channel.settimeout(SECONDS_TO_START)
        with self._channel, suppress(OSError):
            told, asking, _, _ = socket.recv_fds(self._channel, 4096, 1)
            held = json.loads(told) if told else {}
            self.locks = tuple(f"kernel {name}" for name in ("network", "files") if held.get(name))
            if asking:
                self._stop = os.pipe()
                self._thread = threading.Thread(target=self._answer, args=(asking[0],), daemon=True)
                self._thread.start()

    def stop(self) -> None:
        if self._stop is not None and self._thread is not None:
            os.close(self._stop[1])
            self._thread.join()
            os.close(self._stop[0])

    def _answer(self, asking: int) -> None:
        assert self._stop is not None
        try:
            poll = select.poll()
            poll.register(asking, select.POLLIN)
            poll.register(self._stop[0], select.POLLIN | select.POLLHUP)
            while True:
                ready = dict(poll.poll())
                if self._stop[0] in ready or not ready.get(asking, 0) & select.POLLIN:
                    return
                self._answer_one(asking)
        finally:
            os.close(asking)

    def _answer_one(self, asking: int) -> None:
        notice = array.array("B", bytes(NOTICE.size))
        # Who asked may be gone by now.
        with suppress(OSError):
            fcntl.ioctl(asking, RECEIVE, notice, True)
            number, pid, _, call, _, _, *arguments = NOTICE.unpack(notice)
            try:
                error = self._judge(CALLS.get(call, ""), pid, arguments)
            except (OSError, ValueError, struct.error):
                error = NOT_PERMITTED
            answer = ANSWER.pack(number, 0, -error, 0 if error else CONTINUE)
            fcntl.ioctl(asking, SEND, array.array("B", answer), True)

    def _judge(self, call: str, pid: int, arguments: Sequence[int]) -> int:
        """The error that the call ends with; 0: it goes on."""
        addresses = list(_addresses(call, pid, arguments))
        return next(
            filter(None, (self._refusal(call, pid, arguments[0], each) for each in addresses)), 0
        )

    def _refusal(self, call: str, pid: int, descriptor: int, raw: bytes) -> int:
        family, internet, path = address_in(raw)
        if internet is not None:
            return self._refusal_of(call, pid, descriptor, *internet)
        if family == socket.AF_UNIX:
            return self._refusal_of_socket(call, pid, path)
        return 0 if family in (0, NETLINK, ALGORITHM) else NOT_PERMITTED

    def _refusal_of(self, call: str, pid: int, descriptor: int, host: str, port: int) -> int:
        if call == BIND:
            allowed = self.rules.may_listen(host, port)
            action, error = "listen", NOT_PERMITTED
        else:
            allowed = self.rules.may_connect(host, port)
            action, error = ("connect" if call == CONNECT else "send"), REFUSED
        if allowed:
            return 0
        target = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        # The C library connects, without sending anything, to learn which address is nearest.
        if not (call == CONNECT and is_loopback(host) and _is_datagram(pid, descriptor)):
            self._note(action, target, pid)
        return error

    def _refusal_of_socket(self, call: str, pid: int, raw: bytes) -> int:
        if call == BIND or not raw or raw[0] == 0:
            # Without a name, or with one that is no file's: its own.
            return 0 if call == BIND or not raw.strip(b"\0") else REFUSED
        path = os.fsdecode(raw.split(b"\0")[0])
        if not os.path.isabs(path):
            path = os.path.join(os.readlink(f"/proc/{pid}/cwd"), path)
        if self.rules.may_use_socket(path):
            return 0
        if not any(part in path for part in UNHEARD):
            self._note("connect", path, pid)
        return REFUSED

    def _note(self, action: str, target: str, pid: int) -> None:
        line = {"action": action, "target": target, "by": "", "program": _program(pid)}
        with self.log.open("a") as log:
            log.write(json.dumps(line) + "\n")


def _addresses(call: str, pid: int, arguments: Sequence[int]) -> Iterator[bytes]:
    with Path(f"/proc/{pid}/mem").open("rb", buffering=0) as memory:

        def read(at: int, size: int) -> bytes:
            memory.seek(at)
            return memory.read(size)

        if call in (CONNECT, BIND):
            yield read(arguments[1], min(arguments[2] & 0xFFFFFFFF, 128))
        elif call == SENDTO:
            yield read(arguments[4], min(arguments[5] & 0xFFFFFFFF, 128))
        else:
            count = 1 if call == SENDMSG else min(arguments[2] & 0xFFFFFFFF, 1024)
            for n in range(count):
                # A message header: where its address is, and how long that is.
                address, size = struct.unpack("=QI", read(arguments[1] + 64 * n, 12))
                if address and size:
                    yield read(address, min(size, 128))


def _is_datagram(pid: int, descriptor: int) -> bool:
    with suppress(OSError, ValueError):
        status = Path(f"/proc/{pid}/status").read_text()
        process = os.pidfd_open(int(status.partition("Tgid:")[2].split()[0]))
        try:
            copy = ctypes.CDLL(None).syscall(GET_DESCRIPTOR, process, descriptor, 0)
            with socket.socket(fileno=copy) as theirs:
                return theirs.type == socket.SOCK_DGRAM
        finally:
            os.close(process)
    return False


def _program(pid: int) -> str:
    with suppress(OSError):
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        return Path(os.fsdecode(words[0])).name
    return ""


@contextmanager
def warden(rules: Rules, log: Path) -> Iterator[Warden]:
    one = Warden(rules, log)
    try:
        yield one
    finally:
        one.stop()
