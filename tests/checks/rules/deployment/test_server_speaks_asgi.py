"""gunicorn without an ASGI worker is found where it starts the application, or says so in a log."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from chatkit_agent.checks.rules.deployment.server_speaks_asgi import server_speaks_asgi
from chatkit_agent.evidence.static import Evidence
from tests.checks.rules.conftest import Findings

SAID = "TypeError: FastAPI.__call__() missing 1 required positional argument: 'send'"


@pytest.mark.parametrize(
    ("file", "text", "line"),
    [
        ("Procfile", "web: gunicorn app.main:app\n", 1),
        ("Procfile", "web: gunicorn -k sync -w 4 app.main:app\n", 1),
        ("Dockerfile", 'FROM python:3.12\nCMD ["gunicorn", "-b", ":80", "app.main:app"]\n', 2),
        ("Dockerfile", "CMD gunicorn --workers 4 \\\n    app.main:app\n", 2),
        ("start.sh", "exec gunicorn main:app\n", 1),
        ("render.yaml", "startCommand: gunicorn app.main:app --timeout 120\n", 1),
        ("compose.yaml", "command:\n  - gunicorn\n  - app.main:app\n", 3),
        ("api.service", "[Service]\nExecStart=/srv/venv/bin/gunicorn app.main:app\n", 2),
    ],
)
def test_found(findings: Findings, file: str, text: str, line: int) -> None:
    (finding,) = findings(server_speaks_asgi, {file: text})
    assert finding.where == f"{file}:{line}"
    assert "server_error" in finding.explains


@pytest.mark.parametrize(
    "files",
    [
        {"Procfile": "web: gunicorn -k uvicorn.workers.UvicornWorker app.main:app\n"},
        {"Procfile": "web: gunicorn --worker-class=asgi app.main:app\n"},
        {"Procfile": "web: gunicorn app.main:app -k $WORKER\n"},
        {"Procfile": "web: uvicorn app.main:app\n"},
        {"Procfile": "web: gunicorn shop.wsgi:application\n"},
        {"Dockerfile": "# CMD gunicorn app.main:app\nRUN pip install gunicorn uvicorn\n"},
        {"Dockerfile": "CMD gunicorn app.main:app \\\n  -k uvicorn_worker.UvicornWorker\n"},
        {
            "Procfile": "web: gunicorn app.main:app\n",
            "gunicorn.conf.py": "worker_class = 'uvicorn.workers.UvicornWorker'\n",
        },
        {"Procfile": "release: pip install gunicorn\nweb: uvicorn app.main:app\n"},
        {"README.md": "gunicorn app.main:app\n"},
    ],
)
def test_quiet(findings: Findings, files: dict[str, str]) -> None:
    assert not findings(server_speaks_asgi, files)


def test_found_in_a_log(logged: Callable[[str], Evidence]) -> None:
    (finding,) = server_speaks_asgi(logged(f"[INFO] Using worker: sync\n{SAID}\n"))
    assert finding.where.endswith(":2")
