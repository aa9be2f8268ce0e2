"""Compose: the services of a compose file, in the ways that people write one."""

from __future__ import annotations

import pytest

from chatkit_agent.project.source.compose import Service, compose_files
from tests.project.source.conftest import Project

TEXT = """\
# The application.
name: shop
services:
  api:
    build: .
    ports:
      - "8080:80"
    environment:
      MODE: prod
      # SECRET: no

      KEY: "a b"
  db:
    image: "postgres:16"
volumes:
  api:
    driver: local
"""


def services(project: Project, text: str, path: str = "compose.yaml") -> dict[str, Service]:
    found = compose_files(project({path: text}).sources)
    return {each.name: each for _, inner in found for each in inner}


def test_services_and_nothing_else(project: Project) -> None:
    found = services(project, TEXT)
    assert [*found] == ["api", "db"]
    assert [*found["api"].variables()] == [("MODE", "prod", 9), ("KEY", "a b", 12)]
    assert found["api"].ports == [(8080, 80)]
    assert [*found["db"].variables()] == []
    assert found["db"].text.strip() == 'image: "postgres:16"'


@pytest.mark.parametrize(
    ("path", "is_one"),
    [
        ("docker-compose.yml", True),
        ("deploy/compose.prod.yaml", True),
        ("docker-compose.override.yml", True),
        ("decompose.yaml", False),
        ("compose.json", False),
        ("composer/values.yaml", False),
    ],
)
def test_which_files(project: Project, path: str, is_one: bool) -> None:
    assert bool(services(project, TEXT, path)) is is_one


def service(text: str) -> Service:
    return Service("api", list(enumerate(text.splitlines(), 1)))


@pytest.mark.parametrize(
    ("ports", "found"),
    [
        ('\n      - "8080:80"', [(8080, 80)]),
        ("\n      - 8080:80", [(8080, 80)]),
        ("\n    - 8080:80", [(8080, 80)]),
        ("\n      - '127.0.0.1:8080:80'", [(8080, 80)]),
        ("\n      - 8080:80/tcp", [(8080, 80)]),
        (' ["8080:80", "9000:90"]', [(8080, 80), (9000, 90)]),
        ("\n      - 80", []),
        ('\n      - "80"', []),
    ],
)
def test_ports(ports: str, found: list[tuple[int, int]]) -> None:
    text = f"    ports:{ports}\n    labels:\n      - 1:2\n"
    assert service(text).ports == found


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("      KEY: value", "value"),
        ("      KEY: 'value'", "value"),
        ("      - KEY=value", "value"),
        ('      - "KEY=value"', "value"),
        ("    - KEY=value", "value"),
        ("      KEY: value  # why", "value"),
        ("      KEY: postgres://db:5432/shop", "postgres://db:5432/shop"),
        ("      KEY: a#b", "a#b"),
        ("      - KEY", None),
        ("      KEY:", None),
        ("      KEY: ${KEY}", None),
        ("      - KEY=$KEY", None),
    ],
)
def test_a_variable_counts_where_its_value_is_written(line: str, found: str | None) -> None:
    text = f"    environment:\n{line}\n    labels:\n      OTHER: 1\n"
    assert [*service(text).variables()] == ([("KEY", found, 2)] if found else [])


@pytest.mark.parametrize(
    ("image", "is_it"),
    [
        ("postgres:16", True),
        ("docker.io/library/postgres", True),
        ("pgvector/pgvector:pg16", True),
        ("timescale/timescaledb", True),
        ("redis:7  # not postgres", False),
        ("mysql", False),
    ],
)
def test_databases(image: str, is_it: bool) -> None:
    assert service(f"    image: {image}\n").is_postgres is is_it
    assert not service(f"    # image: {image}\n    note: postgres\n").is_postgres
