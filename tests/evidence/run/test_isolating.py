"""What the owner allows: variables, hosts and sockets, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from chatkit_agent.evidence.run.isolating import Allowed

KNOWN = {
    "REDIS_URL": "redis://:pw@127.0.0.1:6390/0",
    "API": "https://api.internal/v1",
    "KAFKA": "one:9092,two:9093",
    "CACHE_HOST": "127.0.0.1",
    "CACHE_PORT": "6391",
    "OTHER_HOST": "127.0.0.1",
}


@pytest.mark.parametrize(
    ("name", "addresses"),
    [
        ("REDIS_URL", {("127.0.0.1", "6390")}),
        ("API", {("api.internal", "443")}),
        ("KAFKA", {("one", "9092"), ("two", "9093")}),
        ("CACHE_HOST", {("127.0.0.1", "6391")}),
        ("CACHE_PORT", {("127.0.0.1", "6391")}),
        ("mail.example:587", {("mail.example", "587")}),
        ("[::1]:6379", {("::1", "6379")}),
        ("OTHER_HOST", {("127.0.0.1", "*")}),
        ("UNKNOWN", set()),
    ],
)
def test_what_a_name_lets_through(name: str, addresses: set[tuple[str, str]]) -> None:
    assert set(Allowed((name,)).addresses(KNOWN)) == addresses


def test_a_database_may_be_behind_a_socket(tmp_path: Path) -> None:
    known = {"STORE": f"postgresql://me@/shop?host={tmp_path}&port=5433", "OTHER": "x"}
    assert list(Allowed(("STORE",)).sockets(known)) == [tmp_path]
    assert list(Allowed(("OTHER",)).sockets(known)) == []
    assert Allowed(("/run/redis.sock",)).paths == (Path("/run/redis.sock"),)
