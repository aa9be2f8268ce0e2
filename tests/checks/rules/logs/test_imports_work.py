"""An import that failed is told with what stands in its way."""

from __future__ import annotations

from pathlib import Path

import pytest

from chatkit_agent.checks.rules.logs.imports_work import imports_work
from tests.checks.rules.conftest import Logged

TRACE = 'Traceback (most recent call last):\n  File "/srv/app/x.py", line 3, in go\n{}\n'
ERRORS = {
    "shadow:agents": "ModuleNotFoundError: No module named 'agents.mcp'; 'agents' is not a package",
    "version:chatkit": "ModuleNotFoundError: No module named 'chatkit.server'",
    "version:agents": "ImportError: cannot import name 'Agent' from 'agents' (/venv/site-packages/agents/__init__.py)",
    "package": 'RuntimeError: Form data requires "python-multipart" to be installed.',
    "module:asyncpg": "ModuleNotFoundError: No module named 'asyncpg'",
}


@pytest.mark.parametrize(("cause", "error"), ERRORS.items())
def test_found_first(logged: Logged, cause: str, error: str) -> None:
    assert next(imports_work(logged(TRACE.format(error)))).cause == cause


@pytest.mark.parametrize(
    "line",
    [
        'ERROR:    Error loading ASGI app. Could not import module "main".',
        'ERROR:    Error loading ASGI app. Attribute "api" not found in module "app.main".',
        "[1] [ERROR] Failed to find attribute 'app' in 'app.main'.",
    ],
)
def test_an_application_that_is_not_found(logged: Logged, line: str) -> None:
    (finding,) = imports_work(logged(f"{line}\n"))
    assert finding.cause == "application name"


def test_a_path_in_the_project_tells_the_hiding_module(logged: Logged) -> None:
    error = "ImportError: cannot import name 'Agent' from 'agents' (/srv/app/agents.py)"
    (finding,) = imports_work(logged(TRACE.format(error)))
    assert finding.cause == "shadow:agents"


@pytest.mark.parametrize("before", ["ERROR:    Exception in ASGI application\n", ""])
@pytest.mark.parametrize("frame", ["/venv/lib/starlette/routing.py", "/srv/app/main.py"])
def test_an_import_within_an_answer_explains_what_a_person_sees_of_it(
    logged: Logged, before: str, frame: str
) -> None:
    trace = TRACE.replace("/srv/app/x.py", frame).format(ERRORS["version:agents"])
    (finding,) = imports_work(logged(before + trace))
    assert ("stream_error" in finding.explains) == (bool(before) or "starlette" in frame)


def test_quiet(logged: Logged) -> None:
    assert not list(imports_work(logged("INFO imported agents and chatkit\n")))


def test_the_file_that_hides_it_is_the_cause(tmp_path: Path, logged: Logged) -> None:
    (tmp_path / "openai.py").write_text("")
    error = "ImportError: cannot import name 'Model' from 'openai' (/srv/app/openai.py)"
    (finding,) = imports_work(logged(TRACE.format(error)))
    assert finding.cause == "shadow:openai"
