"""A Redis that source names by its constants is the lent one, and no other line changes."""

from __future__ import annotations

import ast

import pytest

from chatkit_agent.sandbox.isolation.source import without_databases
from chatkit_agent.sandbox.isolation.substitutes import Substitutes

AT = "host='127.8.8.8', port=6390, password='known'"
LENT = {
    'url = "redis://cache:6379/0"': 'url = "redis://default:known@127.8.8.8:6390/0"',
    'url = "rediss://me:hunter2@cache/1?ssl_cert_reqs=none&max=5"': (
        'url = "redis://default:known@127.8.8.8:6390/1?max=5"'
    ),
    'app = Celery("x", broker="redis://localhost")': (
        'app = Celery("x", broker="redis://default:known@127.8.8.8:6390")'
    ),
    'storage_uri = "async+redis://localhost:6379"': (
        'storage_uri = "async+redis://default:known@127.8.8.8:6390"'
    ),
    'H = "cache"\nurl = f"redis://{H}:{6379}/0"': (
        "H = \"cache\"\nurl = 'redis://default:known@127.8.8.8:6390/0'"
    ),
    'c = redis.Redis(host="cache")': f"c = redis.Redis({AT})",
    'c = Redis("a", host="cache", port=6379, username="me", password=key(), db=1)': (
        "c = Redis(\"a\", host='127.8.8.8', port=6390, username='default', password='known', db=1)"
    ),
    's = RedisSettings(host="localhost", port="6379")': (
        "s = RedisSettings(host='127.8.8.8', password='known', port='6390')"
    ),
    'b = Backend(address="cache", port=6379)': "b = Backend(address='127.8.8.8', port=6390)",
    "import redis\nc = redis.Redis()": f"import redis\nc = redis.Redis({AT})",
    "import redis.asyncio as aio\nc = aio.Redis(db=1, decode_responses=True)": (
        f"import redis.asyncio as aio\nc = aio.Redis(db=1, {AT}, decode_responses=True)"
    ),
    "from arq.connections import RedisSettings\ns = RedisSettings()": (
        f"from arq.connections import RedisSettings\ns = RedisSettings({AT})"
    ),
    'REDIS_HOST = "cache"\nREDIS_PORT = 6379': "REDIS_HOST = '127.8.8.8'\nREDIS_PORT = 6390",
    "class S(BaseSettings):\n"
    '    redis_host: str = "cache"\n'
    "    redis_port: int = Field(6379)\n"
    "    redis_password: str | None = None": (
        "class S(BaseSettings):\n"
        "    redis_host: str = '127.8.8.8'\n"
        "    redis_port: int = Field(6390)\n"
        "    redis_password: str | None = 'known'"
    ),
    'class RedisConfig:\n    host = "cache"\n    port = "6379"': (
        "class RedisConfig:\n    host = '127.8.8.8'\n    port = '6390'"
    ),
    'H = os.getenv("REDIS_HOST", "cache")\nP = int(os.getenv("REDIS_PORT", 6379))\n'
    'W = os.environ.get("REDIS_PASSWORD")': (
        'H = os.getenv("REDIS_HOST", \'127.8.8.8\')\nP = int(os.getenv("REDIS_PORT", 6390))\n'
        "W = os.environ.get('REDIS_PASSWORD', 'known')"
    ),
}


@pytest.mark.parametrize("text", LENT)
def test_a_redis_of_constants_is_lent(text: str, with_redis: Substitutes) -> None:
    found = without_databases("db.py", f"{text}\nZ = 'ä'  # ä\n", with_redis)
    ast.parse(found)
    assert found == f"{LENT[text]}\nZ = 'ä'  # ä\n"
    assert all(each.startswith("db.py:") for each in with_redis.lent_redis)
    assert with_redis.lent_redis
    assert not with_redis.lent


@pytest.mark.parametrize(
    "text",
    [
        'is_redis = url.startswith("redis://")',
        'note = "such as redis://cache:6379/0"',
        'url = f"redis://{host}:{port}/0"',
        "c = redis.Redis(host=settings.host, port=settings.port)",
        "import redis\nc = redis.Redis(connection_pool=pool)",
        "import redis\nc = redis.Redis(**options)",
        "import redis\nc = redis.Redis(unix_socket_path='/run/redis.sock')",
        "class Redis: ...\nc = Redis()",
        'n = redis.cluster.RedisCluster(host="cache", port=6379)',
        'REDIS_SENTINEL_HOST = "cache"\nREDIS_SENTINEL_PORT = 26379',
        'REDIS_KEY = "host"\nREDIS_TTL = 60',
        'conn = connect(host="queue", port=5672)',
        'REDIS_HOST = os.environ["REDIS_HOST"]',
    ],
)
def test_all_else_stays(text: str, with_redis: Substitutes) -> None:
    assert without_databases("db.py", text, with_redis) == text
    assert not with_redis.lent_redis


@pytest.mark.parametrize("text", LENT)
def test_where_none_can_be_lent_source_stays(text: str, given: Substitutes) -> None:
    assert without_databases("db.py", text, given) == text


@pytest.mark.parametrize(
    ("own", "text"),
    [
        ("cache", 'url = "redis://cache:6379/0"'),
        ("cache:6379", 'c = redis.Redis(host="cache")'),
        ("REDIS_HOST", 'REDIS_HOST = "cache"\nREDIS_PORT = 6379'),
        ("REDIS_HOST", 'H = os.getenv("REDIS_HOST", "cache")'),
    ],
)
def test_what_the_owner_allows_stays(own: str, text: str, with_redis: Substitutes) -> None:
    assert without_databases("db.py", text, with_redis, [own]) == text
