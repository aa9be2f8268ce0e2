"""An address that leads elsewhere from within a container is found; a right one is not."""

from __future__ import annotations

import pytest

from chatkit_agent.checks.check import Finding
from chatkit_agent.checks.rules.deployment.containers_find_services import containers_find_services
from tests.checks.rules.conftest import Findings

READS = 'import os\nurl, mcp = os.environ["CHAT_DATABASE_URL"], os.environ["MCP_SERVER_URL"]\n'
COMPOSE = """\
services:
  api:
    build: .
    ports: ["8000:8000"]
    environment:
      {line}
  db:
    image: postgres:16
    ports:
      - "5433:5432"
    environment:
      - POSTGRES_PASSWORD=hunter2
  tools:
    build: tools
    ports: ['9000:8001']
volumes:
  data:
"""


def found(findings: Findings, line: str) -> list[Finding]:
    files = {"app/config.py": READS, "docker-compose.yml": COMPOSE.format(line=line)}
    return findings(containers_find_services, files)


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("CHAT_DATABASE_URL: postgresql://postgres:hunter2@localhost:5432/a", "db:5432"),
        ("- CHAT_DATABASE_URL=postgresql+asyncpg://postgres:hunter2@127.0.0.1:5433/a", "db:5432"),
        ('CHAT_DATABASE_URL: "postgresql://postgres:hunter2@db:5433/a"', "db:5432"),
        ("CHAT_DATABASE_URL: postgresql://postgres:hunter3@db:5432/a", "same one"),
        ("MCP_SERVER_URL: http://localhost:9000/mcp", "tools:8001"),
        ("MCP_SERVER_URL: http://tools:9000/mcp", "tools:8001"),
    ],
)
def test_found(findings: Findings, line: str, told: str) -> None:
    (finding,) = found(findings, line)
    assert finding.where == "docker-compose.yml:6"
    assert told in finding.fix
    assert "hunter" not in repr(finding)


@pytest.mark.parametrize(
    "line",
    [
        "CHAT_DATABASE_URL: postgresql://postgres:hunter2@db:5432/a",
        "CHAT_DATABASE_URL: postgresql://postgres:${DB_PASSWORD}@db/a",
        "CHAT_DATABASE_URL: postgresql://chat:other@db/a",
        "CHAT_DATABASE_URL: postgresql://chat:other@host.docker.internal:5433/a",
        "MCP_SERVER_URL: http://localhost:8000/mcp",
        "MCP_SERVER_URL: http://localhost:7000/mcp",
        "MCP_SERVER_URL: http://tools:8001/mcp",
        "OTHER_DATABASE_URL: postgresql://localhost/a",
    ],
)
def test_quiet(findings: Findings, line: str) -> None:
    assert not found(findings, line)


def test_quiet_on_the_network_of_the_host(findings: Findings) -> None:
    line = "CHAT_DATABASE_URL: postgresql://localhost/a\n    network_mode: host"
    assert not found(findings, line)
