"""Lists in configuration files, each as its language writes them."""

from __future__ import annotations

import pytest

from chatkit_agent.sandbox.isolation.files import isolate_configuration
from chatkit_agent.sandbox.isolation.substitutes import Substitutes

BLOCK = """\
database:
  user: me
  hosts:
    - db-1.internal
    - 'db-2.internal:5432'  # the second
  name: shop
kafka:
  brokers:
  - kafka-1.internal:9092
plain:
- a word
"""
INLINE = """\
redis:
  nodes: [redis-1.internal, redis-2.internal]
allowed_hosts: ['localhost:8000']
bind: [127.0.0.1:8000]
words: [one, two]
"""
TOML = """\
[default.database]
user = "me"
hosts = [
    "db-1.internal",
    "db-2.internal:5432",
]
name = "shop"
[queue]
servers = ["mq-1.internal:5672"]
"""
JSON = """\
{
  "database": {
    "user": "me",
    "hosts": ["db-1.internal", "db-2.internal:5432"]
  },
  "brokers": [
    "kafka-1.internal:9092"
  ],
  "numbers": [1, 2]
}
"""


@pytest.mark.parametrize(
    ("name", "text", "wanted"),
    [
        ("hosts.yaml", BLOCK, ["- 127.9.9.9\n", "- '127.9.9.9:5432'  # the second", "- a word\n"]),
        (
            "inline.yaml",
            INLINE,
            [
                "['localhost:8000']",
                "[127.0.0.1:8000]",
                "[one, two]",
                "nodes: [redis-nodes.invalid, redis-nodes.invalid]",
            ],
        ),
        (
            "lists.toml",
            TOML,
            ['"127.9.9.9",\n', '"127.9.9.9:5432",\n', '["queue-servers.invalid:5672"]'],
        ),
        ("lists.json", JSON, ['["127.9.9.9", "127.9.9.9:5432"]', '    "127.0.0.1:', "[1, 2]"]),
    ],
)
def test_lists_hold_nothing_of_the_owner(
    name: str, text: str, wanted: list[str], given: Substitutes
) -> None:
    (given.copy / name).write_text(text)
    isolate_configuration(given, ())
    changed = (given.copy / name).read_text()
    assert [each for each in wanted if each not in changed] == [], changed
    assert ".internal" not in changed
    assert len(changed.splitlines()) == len(text.splitlines())


@pytest.mark.parametrize("opening", ["hosts: [", "hosts:\n - ", "hosts = [\n"])
def test_a_long_list_is_read_in_time(opening: str, given: Substitutes) -> None:
    (given.copy / "long.yaml").write_text(opening + "a, " * 100_000 + "\n - b" * 30_000)
    isolate_configuration(given, ())


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("flat.json", '{"DB_HOST": "db.internal", "DB_USER": "me", "DB_PASSWORD": "hunter2"}'),
        ("list.json", '{"databases": [{"host": "db.internal", "user": "me"}], "number": 1}'),
        ("broken_lines.json", '{"database": {"host":\n "db.internal", "user": "me"}}'),
        ("escaped.json", '{"url": "postgresql:\\/\\/me:hunter2@db.internal\\/shop"}'),
        ("marked.json", '\ufeff{"database": {"host": "db.internal", "user": "me"}}'),
        ("marked.yml", "\ufeffdatabase:\n  host: db.internal\n  user: me\n"),
        ("my.cnf", "[database]\nhost=db.internal\nuser=me\npassword=hunter2hunter2\n"),
        ("a.py", 'URL = "postgresql://db.internal/shop"\n'),
    ],
)
def test_a_database_is_lent_however_it_is_written(name: str, text: str, given: Substitutes) -> None:
    path = given.copy / name
    path.write_text(text)
    isolate_configuration(given, ())
    found = path.read_text()
    assert "127.9.9.9" in found
    assert "db.internal" not in found
    assert "hunter2" not in found


@pytest.mark.parametrize("text", ['{"a":1,"b":[1,2],"c":{"d":"e"}}', "{broken", '{"a": "ä"}'])
def test_json_that_names_nobody_stays_as_it_was_written(text: str, given: Substitutes) -> None:
    path = given.copy / "some.json"
    path.write_text(text)
    isolate_configuration(given, ())
    assert path.read_text() == text
