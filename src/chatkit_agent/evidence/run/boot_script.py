"""Runs an application on its own Python and says, as lines of JSON, how far it came.

Nothing is imported but the standard library, that Python's own FastAPI and uvicorn, and the
application. The first line on standard input says what to run; when standard input ends, whoever
started this is gone, and so is the reason to run.
"""

from __future__ import annotations

import gc
import importlib
import importlib.util
import inspect
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import traceback
import typing
from typing import Any

TOLD = 4000
RAISED = re.compile(r"[A-Za-z_][\w.]*(?:Error|Exception)\b")
# Migrations often stand in a folder `alembic`, which must not be taken for the package.
MIGRATING = """
import json, sys
sys.path.pop(0)
from alembic.config import main
sys.path[:] = json.loads(sys.argv[1])
main(argv=["-c", sys.argv[2], "upgrade", "heads"])
"""


def beside(name: str) -> Any:
    """A part of this script, as a module that no other code sees."""
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), f"{name}.py")
    spec: Any = importlib.util.spec_from_file_location(f"chatkit_agent_{name}", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


LACKS, STAND_INS = beside("boot_lacks"), beside("boot_overrides")


def main() -> None:
    # What is imported stays: looking through it, and once more at the end, takes a fifth of a run.
    gc.disable()
    spec = json.loads(sys.stdin.readline())
    parent = Parent()
    threading.Thread(target=parent.hear, daemon=True).start()
    os.set_inheritable(spec["report_to"], False)
    lacks = LACKS.Lacks(spec["lacks"], spec["work"], spec["lent"], beside("boot_fields"))
    lacks.watch()
    report = Report(spec["report_to"], spec["work"], lacks)
    # The folder of this script would hide modules of the application.
    here = os.path.dirname(os.path.abspath(__file__))
    theirs = [path for path in sys.path if path != here]
    sys.path[:] = [*spec["path"], *spec["before"], *theirs, *spec["after"]]
    sys.argv = spec["arguments"]
    if spec["reads"]:
        note_reads(spec["reads"], spec["carried"])
    if spec["migrations"]:
        report.before = migrate(spec)
    try:
        import uvicorn  # noqa: F401 - at home, the server imports the application

        app = alone(spec) if spec["alone"] else load(spec["ref"], spec["factory"])
        if spec["open_gates"]:
            for global_dependency in global_dependencies(innermost(app)):
                innermost(app).dependency_overrides[global_dependency] = nothing
        if spec["stand_in"] and not spec["alone"]:
            STAND_INS.override(innermost(app), spec["stand_in"], spec)
        if spec["marks"]:
            add_marked_route(innermost(app), spec)
    except BaseException as error:
        report.error("import", error)
        raise
    gc.freeze()
    gc.enable()
    parent.obeyed_by(innermost(app), report)
    serve(app, report, spec["loop"])


class Parent:
    """Who started this: when it ends, so does this, and it may ask for a stand-in."""

    def __init__(self) -> None:
        self._app: Any = None
        self._report: Any = None

    def obeyed_by(self, app: Any, report: Report) -> None:
        self._app, self._report = app, report

    def hear(self) -> None:
        asked = b""
        while chunk := os.read(0, 65536):
            asked += chunk
            if asked.endswith(b"\n"):
                self._let_in(json.loads(asked))
                asked = b""
        os.killpg(os.getpgrp(), signal.SIGKILL)

    def _let_in(self, spec: dict[str, Any]) -> None:
        try:
            STAND_INS.override(self._app, spec["stand_in"], spec)
        except Exception as error:
            self._report.error("stand-in", error)
        else:
            self._report.tell(event="stands in")


class Report:
    """One JSON object per line, to whoever started this."""

    def __init__(self, descriptor: int, work: str, lacks: Any) -> None:
        self._file = os.fdopen(descriptor, "w", encoding="utf-8")
        self.lacks = lacks
        self.before = ""
        """What went wrong before."""
        self._work = os.path.join(os.path.realpath(work), "")

    def tell(self, **facts: Any) -> None:
        self._file.write(json.dumps(facts) + "\n")
        self._file.flush()

    def error(self, stage: str, error: BaseException) -> None:
        self.lacks.note(error)
        first, *causes = LACKS.chain_of(error)
        text = LACKS.told(first)
        for each in causes:
            where = self._where(each)
            text += f"\ncaused by {LACKS.told(each)}" + (f" (`{where}`)" if where else "")
        text = text.replace(self._work, "")[:TOLD] + self.before
        self.tell(event="failed", stage=stage, error=text, where=self._where(error))

    def _where(self, error: BaseException) -> str:
        """The application's own line in which it happened."""
        for frame in reversed(traceback.extract_tb(error.__traceback__)):
            path = os.path.realpath(frame.filename)
            if path.startswith(self._work) and os.path.isabs(frame.filename):
                return f"{path[len(self._work) :]}:{frame.lineno}"
        return ""


def migrate(spec: dict[str, Any]) -> str:
    """Make the application's tables, as its owner does before a start. Says why it cannot."""
    folder, name = os.path.split(os.path.join(spec["work"], spec["migrations"]))
    command = [sys.executable, "-c", MIGRATING, json.dumps(sys.path), name]
    done = subprocess.run(  # noqa: S603 - the application's own migrations
        command, cwd=folder, stderr=subprocess.PIPE, text=True
    )
    sys.stderr.write(done.stderr)
    lines = done.stderr.strip().splitlines() or [""]
    # An error of SQLAlchemy goes on with the statement and an address.
    last = next((each for each in reversed(lines) if RAISED.match(each)), lines[-1])
    return f"\nBefore, `alembic upgrade heads` failed: {last}" if done.returncode else ""


def load(ref: str, factory: bool) -> Any:
    module, _, attribute = ref.partition(":")
    found: Any = importlib.import_module(module)
    for name in attribute.split("."):
        found = getattr(found, name)
    return found() if factory else found


def alone(spec: dict[str, Any]) -> Any:
    """A bare application with nothing in it but the delivered router."""
    from fastapi import FastAPI

    endpoint = importlib.import_module(f"{spec['services']}.chatkit_server")
    if spec["stand_in"]:
        who = {"current_user": STAND_INS.sign_in(spec), "user_id": str}
        who["token"] = lambda request: STAND_INS.taken(request, spec["carried"])
    else:
        verifier = importlib.import_module(f"{spec['services']}.current_user")
        who = {"current_user": verifier.VerifiedUser()}
    if spec["page"]:
        who["page"] = spec["page"]
    app = FastAPI()
    app.include_router(endpoint.create_chatkit_router(path=spec["chat_path"], **who))
    return app


def add_marked_route(app: Any, spec: dict[str, Any]) -> None:
    """A route behind the application's own sign-in, which is the only tool from now on."""
    from fastapi import Depends, HTTPException, Request

    def whose_mark(request: Request, user: Any = None) -> Any:
        """Whose mark it is."""
        token = STAND_INS.taken(request, spec["carried"]) or request.headers.get("x-sandbox-person")
        if token not in spec["marks"]:
            raise HTTPException(401, "nobody is signed in")
        return {"mark": spec["marks"][token]}

    whose_mark.__annotations__.update(request=Request, user=Any)
    if spec["user"] and not spec["alone"]:
        whose_mark.__defaults__ = (Depends(STAND_INS.dependency_of(spec["user"])),)
    path = "/sandbox-of-chatkit/mark"
    app.add_api_route(path, whose_mark, methods=["GET"], tags=["sandbox"], summary="Whose mark")
    app.router.routes.insert(0, app.router.routes.pop())
    server = importlib.import_module(f"{spec['services']}.chatkit_server").ChatServer
    server.tools.routes = (f"GET {path}",)


def note_reads(file: str, carried: list[list[str]]) -> None:
    """Write down which of these places of a request are read while it runs."""
    from starlette import requests
    from starlette.datastructures import Headers, QueryParams

    seen: set[tuple[str, str]] = set()

    def note(place: str, name: object) -> None:
        for where, known in carried:
            if where == place and str(name).lower() == known.lower() and (where, known) not in seen:
                seen.add((where, known))
                with open(file, "a", encoding="utf-8") as out:
                    out.write(json.dumps([where, known]) + "\n")

    class Cookies(dict):  # type: ignore[type-arg]  # Python 3.8 has no dict[str, str]
        def __getitem__(self, name: str) -> Any:
            note("cookie", name)
            return super().__getitem__(name)

        def get(self, name: str, default: Any = None) -> Any:
            note("cookie", name)
            return super().get(name, default)

    parsed: Any = requests.HTTPConnection.__dict__["cookies"]

    def watched_cookies(connection: Any) -> dict[str, str]:
        return Cookies(parsed.__get__(connection))

    requests.HTTPConnection.cookies = property(watched_cookies)  # type: ignore[assignment]
    for kind, place in ((Headers, "header"), (QueryParams, "query")):
        _note_gets(kind, place, note)


def _note_gets(kind: Any, place: str, note: Any) -> None:
    def noting(method: Any) -> Any:
        def read(self: Any, name: Any, *more: Any, **named: Any) -> Any:
            note(place, name)
            return method(self, name, *more, **named)

        return read

    for method in ("__getitem__", "get", "getlist"):
        if hasattr(kind, method):
            setattr(kind, method, noting(getattr(kind, method)))


def global_dependencies(app: Any) -> Any:
    """What the application asks of every request, but for what reads who is asking."""
    for each in getattr(getattr(app, "router", None), "dependencies", None) or ():
        if callable(each.dependency) and not reads_authorization(each.dependency):
            yield each.dependency


def reads_authorization(dependency: Any, depth: int = 5) -> bool:
    from fastapi.security import OAuth2, OpenIdConnect
    from fastapi.security.http import HTTPBase

    if isinstance(dependency, (HTTPBase, OAuth2, OpenIdConnect)):
        return True
    try:
        parameters = inspect.signature(dependency).parameters
        hints = typing.get_type_hints(dependency, include_extras=True)
    except Exception:
        return False
    for name, each in parameters.items():
        parts = (each.default, *getattr(hints.get(name), "__metadata__", ()))
        inner = [part.dependency for part in parts if getattr(part, "dependency", None)]
        if name == "authorization" or any(
            reads_authorization(i, depth - 1) for i in inner if depth
        ):
            return True
    return False


def nothing() -> None:
    """Stands in for what the application asks of every request."""


def innermost(app: Any) -> Any:
    """The FastAPI application inside whatever was wrapped around it."""
    while not hasattr(app, "openapi") and hasattr(app, "app"):
        app = app.app
    return app


def serve(app: Any, report: Report, loop: str) -> None:
    import uvicorn

    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))

    class Server(uvicorn.Server):
        async def startup(self, sockets: Any = None) -> None:
            await super().startup(sockets=sockets)
            port = listener.getsockname()[1]
            names = [
                getattr(each, "__name__", type(each).__name__)
                for each in global_dependencies(innermost(app))
            ]
            report.tell(
                event="serving",
                port=port,
                global_dependencies=names,
                **middlewares(innermost(app)),
                **routes(innermost(app)),
            )

    # The sandbox speaks as a proxy does that ends TLS, so it has to be trusted as one.
    config = uvicorn.Config(
        watched(app, report),
        loop=loop,
        log_level="info",
        proxy_headers=True,
        forwarded_allow_ips="127.0.0.1",
    )
    Server(config).run(sockets=[listener])


def watched(app: Any, report: Report) -> Any:
    """`app`, with what goes wrong when it starts reported in its own words."""

    async def asgi(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "lifespan":
            await report.lacks.serve_request(app, scope, receive, send)
            return
        failures = []

        async def heard(message: Any) -> None:
            if message["type"] == "lifespan.startup.failed":
                failures.append(message.get("message", ""))
            await send(message)

        try:
            await app(scope, receive, heard)
        except BaseException as error:
            # A SystemExit ends the server whatever was said before.
            if failures or isinstance(error, SystemExit):
                report.error("startup", error)
            raise
        if failures:
            report.tell(event="failed", stage="startup", error=failures[0][-2000:], where="")

    return asgi


def middlewares(app: Any) -> dict[str, list[str]]:
    """The names of the application's middlewares, and the hosts and origins that they allow."""
    found: dict[str, list[str]] = {"middlewares": [], "hosts": [], "origins": []}
    for each in getattr(app, "user_middleware", ()):
        given = getattr(each, "kwargs", None) or getattr(each, "options", None) or {}
        kind = given.get("dispatch") or each.cls
        found["middlewares"].append(getattr(kind, "__name__", type(kind).__name__))
        for option, name in (("allowed_hosts", "hosts"), ("allow_origins", "origins")):
            values = given.get(option)
            if isinstance(values, (list, tuple, set)):
                found[name] += [text for text in values if isinstance(text, str)]
    return found


def routes(app: Any) -> dict[str, Any]:
    """Every (method, path), by the router and by the OpenAPI document."""
    found: dict[str, Any] = {"routes": sorted(set(_served_app(app))), "openapi_error": None}
    found["openapi"] = None
    try:
        paths = app.openapi()["paths"].items()
    except Exception as error:
        found["openapi_error"] = "".join(traceback.format_exception_only(type(error), error))
    else:
        found["openapi"] = [[name.upper(), path] for path, item in paths for name in item]
    return found


def _served_app(app: Any) -> Any:
    every = getattr(app, "routes", ())
    try:
        from fastapi.routing import iter_route_contexts
    except ImportError:
        pass
    else:
        every = list(iter_route_contexts(every))
    for route in every:
        path = getattr(route, "path", None)
        if isinstance(path, str):
            for method in sorted(getattr(route, "methods", None) or {"MOUNT"}):
                yield method, re.sub(r":\w+}", "}", path)


if __name__ == "__main__":
    main()
