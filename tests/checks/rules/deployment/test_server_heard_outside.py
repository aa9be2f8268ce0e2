"""A server that only its own container reaches."""

from __future__ import annotations

import pytest

from chatkit_agent.checks.rules.deployment.server_heard_outside import server_heard_outside
from tests.checks.rules.conftest import Findings

IMAGE = "FROM python:3.12-slim\nRUN pip install .\n{}\n"


@pytest.mark.parametrize(
    "command",
    [
        'CMD ["uvicorn", "app.main:app"]',
        'CMD ["uvicorn", "app.main:app", "--host", "127.0.0.1", "--port", "80"]',
        "CMD uvicorn app.main:app --host=localhost",
        "ENTRYPOINT uvicorn app.main:app \\\n    --port 80",
        'CMD ["fastapi", "dev", "app/main.py"]',
        "CMD uv run hypercorn app.main:app",
    ],
)
@pytest.mark.parametrize("path", ["Dockerfile", "deploy/Dockerfile.prod", "api.Dockerfile"])
def test_found(findings: Findings, path: str, command: str) -> None:
    (finding,) = findings(server_heard_outside, {path: IMAGE.format(command)})
    assert finding.where == f"{path}:3"


@pytest.mark.parametrize(
    "command",
    [
        'CMD ["uvicorn", "app.main:app", "--host", "0.0.0.0"]',
        "CMD uvicorn app.main:app --host=$HOST",
        "CMD uvicorn app.main:app --host ::",
        "CMD uvicorn app.main:app \\\n    --host 0.0.0.0",
        "CMD uvicorn app.main:app --uds /run/app.sock",
        "ENV UVICORN_HOST=0.0.0.0\nCMD uvicorn app.main:app",
        "CMD gunicorn -k uvicorn_worker.UvicornWorker app.main:app",
        'CMD ["fastapi", "run", "app/main.py"]',
        "CMD hypercorn --bind 0.0.0.0:80 app.main:app",
        "CMD python -m app.main",
        "# CMD uvicorn app.main:app",
    ],
)
def test_quiet(findings: Findings, command: str) -> None:
    assert not findings(server_heard_outside, {"Dockerfile": IMAGE.format(command)})


def test_the_last_command_is_what_runs(findings: Findings) -> None:
    both = "CMD uvicorn app.main:app\nCMD uvicorn app.main:app --host 0.0.0.0"
    assert not findings(server_heard_outside, {"Dockerfile": IMAGE.format(both)})
