"""Real processes: what an application says when it comes up, and when it does not."""

from __future__ import annotations

import os
import signal
import sys
import textwrap
import time
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from chatkit_agent.evidence.run import Person, booting
from chatkit_agent.evidence.run.booting import Start, running
from chatkit_agent.evidence.run.overlays import Overlay
from chatkit_agent.options.interpreters import Interpreter
from chatkit_agent.options.options import Options
from chatkit_agent.project.facts import App, AppKind, UserDependency
from chatkit_agent.sandbox.isolation import Reach, kernel

ALICE = Person("alice-1", "token-of-alice")


def start(
    folder: Path, code: str, *, ref: str = "main:app", directory: str = "", kind: AppKind = "module"
) -> Start:
    work = folder / "work"
    (work / directory).mkdir(parents=True, exist_ok=True)
    (work / directory / "main.py").write_text(textwrap.dedent(code))
    app = App(ref, kind, "main.py", directory, "main.py", None, "app")
    user = UserDependency("get_user", "main.py", "main", "function", "user['sub']", "")
    options = Options(
        app, "shop", "existing", user, "auto", "SHOP_", "shop", "/chatkit", None, "", ""
    )
    python = Interpreter(Path(sys.executable), "this one", (3, 11, 0), {})
    log = folder / "reach" / "attempts.jsonl"
    log.parent.mkdir(exist_ok=True)
    reach = Reach(frozenset(), frozenset(), (folder,), (folder,), work, log)
    return Start(python, None, work, options, dict(os.environ), folder / "log", reach)


def get(url: str | None, path: str, token: str = "none") -> httpx.Response:
    assert url is not None
    headers = {"Authorization": f"Bearer {token}"}
    return httpx.get(url + path, headers=headers, trust_env=False)


def error(starting: Start) -> str:
    with running(starting) as app:
        assert app.url is None
        assert app.boot.error is not None
        return app.boot.error


APP = """
    import logging
    logging.config  # which a server has imported before
    from fastapi import APIRouter, Depends, FastAPI, Header
    from starlette.staticfiles import StaticFiles

    async def get_user(authorization: str = Header()):
        return {"sub": "their own"}

    router = APIRouter(prefix="/items")

    @router.get("/{id}")
    def item(id: int, user=Depends(get_user)):
        return str(user["sub"])

    app = FastAPI()
    app.include_router(router)
    app.add_api_route("/hidden/{path:path}", lambda: 1, methods=["PUT"], include_in_schema=False)
    app.mount("/static", StaticFiles(directory="."))
"""


def test_it_serves_and_tells_its_routes(tmp_path: Path) -> None:
    with running(start(tmp_path, APP)) as app:
        assert app.boot.ok
        assert {("GET", "/items/{id}"), ("PUT", "/hidden/{path}"), ("MOUNT", "/static")} <= (
            app.boot.routes
        )
        assert app.boot.openapi == frozenset({("GET", "/items/{id}")})
        assert get(app.url, "/items/7").json() == "their own"
        pid = app.process.pid if app.process else 0
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    assert "GET /items/7" in (tmp_path / "log").read_text()


def test_a_stand_in_knows_the_people_and_refuses_others(tmp_path: Path) -> None:
    starting = replace(start(tmp_path, APP), stand_in_for=(ALICE,))
    with running(starting) as app:
        assert get(app.url, "/items/7", ALICE.token).json() == "alice-1"
        assert get(app.url, "/items/7", "garbage").status_code == 401


def test_a_stand_in_takes_its_place_while_the_application_runs(tmp_path: Path) -> None:
    starting = start(tmp_path, APP)
    unknown = replace(starting.options.user, name="nobody")  # type: ignore[type-var]
    nameless = replace(starting, options=replace(starting.options, user=unknown))
    with running(starting) as app:
        assert get(app.url, "/items/7", ALICE.token).json() == "their own"
        assert not app.let_in(starting)
        assert not app.let_in(replace(nameless, stand_in_for=(ALICE,)))
        assert app.let_in(replace(starting, stand_in_for=(ALICE,)))
        assert get(app.url, "/items/7", ALICE.token).json() == "alice-1"
        assert get(app.url, "/items/7", "garbage").status_code == 401
        assert app.process is not None
        app.process.kill()
        app.process.wait()
        assert not app.let_in(replace(starting, stand_in_for=(ALICE,)))


def test_an_annotated_dependency_is_stood_in_for(tmp_path: Path) -> None:
    code = APP.replace(
        "router =",
        """from typing import Annotated
    CurrentUser = Annotated[dict, Depends(get_user)]
    router =""",
    ).replace("user=Depends(get_user)", "user: CurrentUser")
    starting = start(tmp_path, code)
    user = replace(starting.options.user, name="CurrentUser", form="annotated")  # type: ignore[type-var]
    options = replace(starting.options, user=user)
    with running(replace(starting, options=options, stand_in_for=(ALICE,))) as app:
        assert get(app.url, "/items/7", ALICE.token).json() == "alice-1"


def test_a_factory_in_a_src_folder_starts_beside_it(tmp_path: Path) -> None:
    code = """
        from pathlib import Path
        from fastapi import FastAPI

        def make():
            app = FastAPI()
            app.add_api_route("/here", lambda: Path.cwd().name)
            return app
    """
    starting = start(tmp_path, code, ref="main:make", directory="src", kind="factory")
    assert starting.options.app.working_directory == ""
    with running(starting) as app:
        assert get(app.url, "/here").json() == "work"


def test_what_wraps_the_application_is_looked_through(tmp_path: Path) -> None:
    code = """
        import gc
        from fastapi import FastAPI
        from starlette.middleware.gzip import GZipMiddleware

        inner = FastAPI()
        inner.add_api_route("/collects", gc.isenabled)
        app = GZipMiddleware(inner)
    """
    with running(start(tmp_path, code)) as app:
        assert app.boot.openapi == frozenset({("GET", "/collects")})
        assert get(app.url, "/collects").json() is True


def test_an_openapi_document_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    code = """
        from fastapi import FastAPI

        app = FastAPI()
        app.add_api_route("/x", lambda: 1)
        app.openapi = lambda: [][0]
    """
    with running(start(tmp_path, code)) as app:
        assert app.boot.ok
        assert app.boot.openapi is None
        assert app.boot.openapi_error == "IndexError: list index out of range\n"


def test_an_import_error_names_their_line(tmp_path: Path) -> None:
    told = error(start(tmp_path, "import os\n\nos.environ['NOT_SET']\napp = 1\n"))
    assert told == "when it was imported (`main.py:3`): KeyError: 'NOT_SET'"


def test_a_module_of_ours_is_not_importable(tmp_path: Path) -> None:
    told = error(start(tmp_path, "import boot_script\n"))
    assert "No module named 'boot_script'" in told


def test_a_lifespan_that_fails_is_told(tmp_path: Path) -> None:
    code = """
        from contextlib import asynccontextmanager
        from fastapi import FastAPI

        @asynccontextmanager
        async def lifespan(app):
            raise ConnectionRefusedError("no database at db:5432")
            yield

        app = FastAPI(lifespan=lifespan)
    """
    told = error(start(tmp_path, code))
    assert told == (
        "when it was started (`main.py:7`): ConnectionRefusedError: no database at db:5432"
    )


LIFESPAN = """
    import sys
    from contextlib import asynccontextmanager
    from fastapi import FastAPI

    @asynccontextmanager
    async def lifespan(app):
        {body}
        yield

    app = FastAPI(lifespan=lifespan)
"""
REFUSED = 'ConnectionRefusedError("no database at db:5432")'
CHAINS = {
    "a clean-up that fails as well": (
        f"try:\n            raise {REFUSED}\n        finally:\n            app.pool.close()",
        [
            "AttributeError",
            "caused by ConnectionRefusedError: no database at db:5432 (`main.py:9`)",
        ],
    ),
    "raise ... from": (
        f"try:\n            raise {REFUSED}\n        except OSError as error:\n"
        '            raise RuntimeError("cannot start") from error',
        ["RuntimeError: cannot start", "caused by ConnectionRefusedError: no database at db:5432"],
    ),
    "an exit": (
        f"try:\n            raise {REFUSED}\n        except OSError as error:\n"
        '            print("set DATABASE_URL", flush=True)\n            sys.exit(3)',
        [
            "SystemExit: 3",
            "caused by ConnectionRefusedError",
            "Its last output: ",
            "set DATABASE_URL",
        ],
    ),
}


@pytest.mark.parametrize("chain", CHAINS)
def test_what_an_error_came_from_is_told(chain: str, tmp_path: Path) -> None:
    body, parts = CHAINS[chain]
    told = error(start(tmp_path, LIFESPAN.format(body=body)))
    assert all(part in told for part in parts), told


@pytest.mark.skipif(sys.version_info < (3, 11), reason="groups of exceptions came with 3.11")
def test_what_is_in_a_group_is_told(tmp_path: Path) -> None:
    body = f'raise ExceptionGroup("start", [{REFUSED}, ValueError("no key")])'
    told = error(start(tmp_path, LIFESPAN.format(body=body)))
    assert "ConnectionRefusedError: no database at db:5432" in told
    assert "ValueError: no key" in told


def test_what_an_error_is_raised_from_none_of_is_told(tmp_path: Path) -> None:
    body = (
        f"try:\n            raise {REFUSED}\n        except OSError:\n"
        '            raise RuntimeError("cannot start") from None'
    )
    told = error(start(tmp_path, LIFESPAN.format(body=body)))
    assert "cannot start" in told
    assert "caused by ConnectionRefusedError" in told


def test_programs_of_its_environment_are_found(tmp_path: Path) -> None:
    code = """
        import shutil
        from fastapi import FastAPI

        app = FastAPI()
        app.add_api_route("/uvicorn", lambda: shutil.which("uvicorn"))
    """
    starting = start(tmp_path, code)
    variables = {**starting.variables, "PATH": "/nowhere"}
    with running(replace(starting, variables=variables)) as app:
        assert get(app.url, "/uvicorn").json() == str(Path(sys.executable).with_name("uvicorn"))


def test_compiled_code_is_not_taken_for_theirs(tmp_path: Path) -> None:
    code = """
        def start():
            exec(compile("1 / 0", "uvloop/loop.pyx", "exec"))

        start()
    """
    told = error(start(tmp_path, code))
    assert told == "when it was imported (`main.py:3`): ZeroDivisionError: division by zero"


def test_a_process_that_ends_itself_is_told(tmp_path: Path) -> None:
    told = error(start(tmp_path, "import os\nprint('bye', flush=True)\nos._exit(7)\n"))
    assert told == "because its process ended with status 7. Its last output: bye"


def test_on_a_busy_machine_the_locks_are_waited_for_as_long_as_a_start() -> None:
    assert kernel.SECONDS_TO_START >= booting.BOOT_SECONDS


def test_an_application_that_hangs_is_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(booting, "BOOT_SECONDS", 1.0)
    began = time.monotonic()
    assert "not started after 1 seconds" in error(start(tmp_path, "import time\ntime.sleep(60)\n"))
    assert time.monotonic() - began < 5


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="asks Linux about the process")
@pytest.mark.parametrize("more", ["", ", start_new_session=True"])
def test_what_it_started_is_ended_with_it(tmp_path: Path, more: str) -> None:
    code = f"""
        import subprocess
        from fastapi import FastAPI

        child = subprocess.Popen(["sleep", "600"]{more})
        app = FastAPI()
        app.add_api_route("/child", lambda: child.pid)
    """
    with running(start(tmp_path, code)) as app:
        child = get(app.url, "/child").json()
    deadline = time.monotonic() + 5
    while Path(f"/proc/{child}/stat").exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not Path(f"/proc/{child}/stat").exists()


def test_it_ends_with_who_started_it(tmp_path: Path) -> None:
    code = """
        import asyncio, contextlib
        from fastapi import FastAPI

        @contextlib.asynccontextmanager
        async def lifespan(app):
            yield
            await asyncio.sleep(600)

        app = FastAPI(lifespan=lifespan)
    """
    with running(start(tmp_path, code)) as app:
        assert app.process is not None
        assert app.process.stdin is not None
        app.process.stdin.close()
        assert app.process.wait(5) == -signal.SIGKILL


@pytest.mark.parametrize(
    ("moved", "version"), [((), "the environment's"), (("agents==1",), "the overlay's")]
)
def test_an_overlay_goes_first_only_where_it_replaces_something(
    tmp_path: Path, moved: tuple[str, ...], version: str
) -> None:
    code = """
        import only_in_the_overlay
        from somewhere import ORIGIN
        from fastapi import FastAPI

        app = FastAPI()
        app.add_api_route("/origin", lambda: ORIGIN)
    """
    overlay = tmp_path / "overlay"
    overlay.mkdir()
    (overlay / "only_in_the_overlay.py").write_text("")
    starting = start(tmp_path, code)
    environment = tmp_path / "environment"
    environment.mkdir()
    (environment / "somewhere.py").write_text("ORIGIN = 'the environment\\'s'\n")
    (overlay / "somewhere.py").write_text("ORIGIN = 'the overlay\\'s'\n")
    variables = {**starting.variables, "PYTHONPATH": str(environment)}
    laid = replace(starting, variables=variables, overlay=Overlay(overlay, moved))
    with running(laid) as app:
        assert get(app.url, "/origin").json() == version


def test_one_that_reads_arguments_of_its_own_gets_none(tmp_path: Path) -> None:
    code = """
        import argparse
        from fastapi import FastAPI
        parser = argparse.ArgumentParser()
        parser.add_argument("--port", default="8000")
        parser.parse_args()
        app = FastAPI()
    """
    starting = start(tmp_path, code)
    assert "SystemExit" in error(starting)
    app = replace(starting.options.app, started_by="main.py")
    with running(replace(starting, options=replace(starting.options, app=app))) as ran:
        assert ran.boot.ok, ran.boot.error
