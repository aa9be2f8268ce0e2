"""Lists in configuration files, each as its language writes them."""

from __future__ import annotations

from pathlib import Path

import pytest

from chatkit_agent.project.scratch import env_files_of
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


CONNECTION = "Server=db.internal;Database=shop;User Id=me;Password=hunter2hunter2"
KEYS = (
    "[default]\naws_access_key_id = AKIAABCDEFGHIJKLMNOP\naws_secret_access_key = hunter2hunter2\n"
)


@pytest.mark.parametrize(
    ("name", "text", "wanted"),
    [
        (
            "app.ini",
            "[DEFAULT]\nhost = db.internal\n[db]\nurl = postgresql://me:hunter2@%(host)s/shop%%\n",
            "url = postgresql://me:lent@127.9.9.9:5432/shop",
        ),
        (
            "app.cfg",
            "[at]\nname = db.internal\n[db]\nurl = postgresql://me:hunter2@${at:name}/shop\n",
            "url = postgresql://me:lent@127.9.9.9:5432/shop",
        ),
        ("conf.xml", "<pg><host>db.internal</host><user>me</user></pg>", "<host>127.9.9.9</host>"),
        ("cache.yaml", "redis:\n  sentinels: 'db.internal:1234,db.internal:1235'\n", "127.0.0.1:"),
        (
            "app.json",
            f'{{"ConnectionStrings": {{"Default": "{CONNECTION}"}}}}',
            ".invalid;Database",
        ),
        ("db.ini", f"[db]\nconnection = {CONNECTION}\n", ".invalid;Database"),
        (".pgpass", "# ours\ndb.internal:5432:sh\\:op:me:hunter2\n", "# ours\n*:*:*:me:lent\n"),
        ("aws/credentials", KEYS, "aws_access_key_id = AKIA"),
        ("settings.prod", "# ours\nexport DB_HOST=db.internal\nDB_USER=me\n", "DB_HOST=127.9.9.9"),
    ],
)
def test_other_forms_hold_nothing_of_the_owner(
    name: str, text: str, wanted: str, given: Substitutes
) -> None:
    path = given.copy / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    isolate_configuration(given, ())
    found = path.read_text()
    assert wanted in found
    assert "hunter2" not in found
    assert "ABCDEFGHIJKLMNOP" not in found
    assert name in ("app.ini", "app.cfg") or "db.internal" not in found


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("requirements.txt", "fastapi==0.1\nuvicorn>=1\n"),
        ("notes.txt", "We use DB_HOST=db.internal at home.\n"),
        ("app.ini", "[log]\nformat = %(asctime)s http://x/%(message)s\n"),
        ("words.yaml", "title: one, two: three\nmore: a, b\n"),
        ("env.txt", "DB_HOST=db.internal\n"),
    ],
)
def test_what_names_nobody_stays(name: str, text: str, given: Substitutes) -> None:
    """And an env file is not done twice, which would hide what it named."""
    path = given.copy / name
    path.write_text(text)
    isolate_configuration(given, (), [given.copy / "env.txt"])
    assert path.read_text() == text


@pytest.mark.parametrize("name", ["settings.env.prod", "env.local.txt", ".env.prod", "prod.env"])
def test_an_env_file_is_one_however_it_is_named(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text("A=b\n")
    assert list(env_files_of(tmp_path, tmp_path)) == [tmp_path / name]
