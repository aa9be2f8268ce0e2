"""Refuses, in the application's own Python, whatever leads out of the sandbox, and notes who asked.

Python imports it before anything else, in each process that the application starts as well.
"""

from __future__ import annotations

import importlib.machinery
import importlib.util
import json
import os
import re
import sys
import threading
from typing import Any

HERE = os.path.dirname(os.path.abspath(__file__))
VARIABLE = "CHATKIT_AGENT_SANDBOX"
WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
NO_NAME = -2
# What connects by itself, in C or Rust, so that Python is not told: by how its modules begin.
LIBRARIES = re.compile(
    r"psycopg2\.|psycopg_(?:c|binary)\.|psqlpy\.|_pg\.|MySQLdb\.|pymssql\.|pyodbc\.|cx_Oracle\.|"
    r"oracledb\.thick|ibm_db\.|turbodbc|connectorx\.|adbc_driver_|couchbase\.|aerospike\.|glide\.|"
    r"pylibmc\.|_pylibmc\.|grpc\.|confluent_kafka\.|_pulsar\.|zmq\.|pynng\.|cproton|_ldap\.|pycurl\.|"
    r"curl_cffi\.|primp\.|rnet\.|uvloop\.|_cares\.|pycares\.|pygit2\.|deltalake\.|lance\.|obstore\.|"
    r"pyarrow\._(?:s3fs|gcsfs|azurefs|flight)\."
)
SAYS = "the sandbox of chatkit-agent refuses this: {}"


def load(name: str, path: str) -> Any:
    """A module that no other code sees."""
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class Watch:
    """The audit hook."""

    def __init__(self, spec: Any, rules: Any) -> None:
        self.rules, self.log = rules, spec["log"]
        self.work = os.path.join(os.path.realpath(spec["work"]), "")
        self.busy = threading.local()
        self.judges: dict[str, Any] = {
            "socket.connect": self.connects,
            "socket.sendto": self.sends,
            "socket.sendmsg": self.sends,
            "socket.bind": self.listens,
            "socket.getaddrinfo": self.looks_up,
            "socket.gethostbyname": self.looks_up,
            "socket.gethostbyaddr": self.looks_up,
            "import": self.loads,
            "ctypes.dlopen": self.loads_library,
            "subprocess.Popen": self.starts,
            "os.posix_spawn": self.starts,
            "os.exec": self.starts,
            "os.system": self.starts_words,
            "open": self.opens,
            "sqlite3.connect": self.opens_database,
            "os.truncate": self.changes,
            "os.remove": self.changes,
            "os.rmdir": self.changes,
            "os.mkdir": self.changes,
            "os.chmod": self.changes,
            "os.chown": self.changes,
            "os.utime": self.changes,
            "os.rename": self.changes_both,
            "os.link": self.changes_second,
            "os.symlink": self.changes_second,
        }

    def __call__(self, event: str, given: Any) -> None:
        judge = self.judges.get(event)
        if judge is None or getattr(self.busy, "now", False):
            return
        self.busy.now = True
        try:
            problem = judge(*given)
        except (IndexError, TypeError, ValueError, AttributeError):
            # What is no address and no path cannot be reached by it either.
            problem = None
        finally:
            self.busy.now = False
        if problem is not None:
            raise problem

    def connects(self, _socket: Any, address: Any, action: str = "connect") -> Any:
        if isinstance(address, (str, bytes)):
            path = os.fsdecode(address)
            if path and not self.rules.may_use_socket(path):
                shown = path.replace("\0", "@")
                self.note(action, shown)
                return ConnectionRefusedError(111, SAYS.format(shown))
            return None
        if not isinstance(address, tuple) or not isinstance(address[0], (str, bytes)):
            return None
        host = os.fsdecode(address[0])
        if len(address) < 2 or not isinstance(address[1], int):
            return None
        if self.rules.may_connect(host, address[1]):
            return None
        target = f"[{host}]:{address[1]}" if ":" in host else f"{host}:{address[1]}"
        self.note(action, target)
        return ConnectionRefusedError(111, SAYS.format(target))

    def sends(self, socket: Any, address: Any) -> Any:
        return None if address is None else self.connects(socket, address, "send")

    def listens(self, _socket: Any, address: Any) -> Any:
        if not isinstance(address, tuple) or not isinstance(address[0], str):
            return None
        if len(address) < 2 or self.rules.may_listen(address[0], address[1]):
            return None
        target = f"{address[0] or '0.0.0.0'}:{address[1]}"
        self.note("listen", target)
        return PermissionError(13, SAYS.format(target))

    def looks_up(self, host: Any, *_: Any) -> Any:
        name = os.fsdecode(host) if host else ""
        if self.rules.may_look_up(name):
            return None
        self.note("look up", name)
        import _socket

        return _socket.gaierror(NO_NAME, SAYS.format(name))

    def loads(self, module: str, file: Any, *_: Any) -> None:
        # Without a file it is only looked for.
        if file and LIBRARIES.match(f"{module}."):
            self.note("load", module.partition(".")[0])

    def loads_library(self, name: Any) -> None:
        if name and "libpq" in os.fsdecode(name):
            self.note("load", "libpq")

    def starts(self, program: Any, words: Any = (), *_: Any) -> None:
        name = os.path.basename(os.fsdecode(program or words[0]))
        if not name.startswith("python"):
            self.note("start", name)

    def starts_words(self, line: Any) -> None:
        self.starts(os.fsdecode(line).split()[0])

    def opens(self, path: Any, mode: Any, flags: Any) -> Any:
        if not isinstance(flags, int) or not flags & WRITES or isinstance(path, int):
            return None
        return self.changes(path)

    def opens_database(self, path: Any) -> Any:
        text = os.fsdecode(path)
        name, _, options = text.partition("?")
        name = name[5:] if name.startswith("file:") else name
        if not name or ":memory:" in name or "mode=memory" in options or "mode=ro" in options:
            return None
        if self.changes(os.path.abspath(name)) is None:
            return None
        import _sqlite3

        return _sqlite3.OperationalError(SAYS.format(f"unable to open database file {name}"))

    def changes(self, path: Any, *_: Any) -> Any:
        if isinstance(path, int):
            return None
        text = os.path.abspath(os.fsdecode(path))
        if self.rules.may_write(text):
            return None
        self.note("write", text)
        return PermissionError(13, SAYS.format("writing"), text)

    def changes_both(self, first: Any, second: Any, *_: Any) -> Any:
        return self.changes(first) or self.changes(second)

    def changes_second(self, _first: Any, second: Any, *_: Any) -> Any:
        return self.changes(second)

    def note(self, action: str, target: str) -> None:
        told = {"action": action, "target": target, "by": self.who()}
        line = json.dumps({**told, "program": os.path.basename(sys.executable)}) + "\n"
        try:
            file = os.open(self.log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        except OSError:
            return
        try:
            os.write(file, line.encode("utf-8", "backslashreplace"))
        finally:
            os.close(file)

    def who(self) -> str:
        """The nearest line of the application's own."""
        frame: Any = sys._getframe(1)
        while frame is not None:
            path = frame.f_code.co_filename
            if path.startswith(self.work):
                return f"{path[len(self.work) :]}:{frame.f_lineno}"
            frame = frame.f_back
        return ""


def install() -> None:
    path = os.environ.get(VARIABLE)
    if not path or not hasattr(sys, "addaudithook"):
        return
    with open(path, encoding="utf-8") as file:
        spec = json.load(file)
    reaching = load("chatkit_agent_reaching", spec["rules"])
    sys.addaudithook(Watch(spec, reaching.Rules(spec, os.getsid(0))))


def go_on() -> None:
    """The environment's own file of this name, which this one hides."""
    paths = [path for path in sys.path if os.path.abspath(path or ".") != HERE]
    found = importlib.machinery.PathFinder.find_spec("sitecustomize", paths)
    sys.path[:] = paths
    if found is not None and found.origin:
        load("sitecustomize", found.origin)


if __name__ == "sitecustomize":
    install()
    go_on()
