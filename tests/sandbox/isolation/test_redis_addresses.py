"""Variables that name a Redis lead to the lent one, where there is one to lend."""

from __future__ import annotations

import pytest

from chatkit_agent.evidence.run.isolating import Allowed, isolate
from chatkit_agent.sandbox.isolation.environment import isolated
from chatkit_agent.sandbox.isolation.split_addresses import parts_of_lent
from chatkit_agent.sandbox.isolation.substitutes import Substitutes
from chatkit_agent.sandbox.valkey import Redis

PLACE = "default:known@127.8.8.8:6390"


@pytest.mark.parametrize(
    ("theirs", "lent"),
    [
        ("redis://cache", f"redis://{PLACE}"),
        ("REDIS://:pw@cache:6379/2", f"REDIS://{PLACE}/2"),
        ("redis://me:hun@ter2/hunter2@cache/0", f"redis://{PLACE}/0"),
        (
            "redis://[::1]:6379/0?health_check_interval=2",
            f"redis://{PLACE}/0?health_check_interval=2",
        ),
        ("rediss://cache:6380?ssl_ca_certs=/ca.pem", f"redis://{PLACE}"),
        ("valkeys://cache:6380/0", f"valkey://{PLACE}/0"),
        ("redis:///1", f"redis://{PLACE}/1"),
        ("async+redis://cache:6379", f"async+redis://{PLACE}"),
        ('["redis://cache:6379/1"]', f'["redis://{PLACE}/1"]'),
        ("cache:6379", "127.8.8.8:6390"),
    ],
)
def test_an_address_is_of_the_same_form(theirs: str, lent: str, with_redis: Substitutes) -> None:
    assert isolated({"CACHE": theirs}, with_redis) == {"CACHE": lent}
    assert list(with_redis.lent_redis) == ["CACHE"]
    assert not with_redis.closed


@pytest.mark.parametrize(
    "theirs",
    [
        "redis+sentinel://one:26379/0",
        "redis://one:6379,two:6379/0",
        "redis:///run/redis.sock",
        "redis+unix:///run/redis.sock?db=1",
        "amqp://broker:5672",
        "one:6379,two:6379",
    ],
)
def test_another_kind_is_not_lent(theirs: str, with_redis: Substitutes) -> None:
    isolated({"CACHE": theirs}, with_redis)
    assert not with_redis.lent_redis


def test_the_parts_of_a_redis(with_redis: Substitutes) -> None:
    theirs = {
        "REDIS_HOST": "cache",
        "REDIS_PORT": "6379",
        "REDIS_USERNAME": "me",
        "REDIS_PASSWORD": "hunter2",
        "REDIS_DB": "3",
        "REDIS_SSL": "true",
        "REDIS_PREFIX": "shop",
    }
    found = isolated(theirs, with_redis)
    assert {name: found[name] for name in theirs} == {
        "REDIS_HOST": "127.8.8.8",
        "REDIS_PORT": "6390",
        "REDIS_USERNAME": "default",
        "REDIS_PASSWORD": "known",
        "REDIS_DB": "3",
        "REDIS_SSL": "false",
        "REDIS_PREFIX": "shop",
    }
    assert parts_of_lent(theirs, with_redis) >= {"REDIS_HOST", "REDIS_PORT", "REDIS_PASSWORD"}


@pytest.mark.parametrize(
    "theirs",
    [
        {"REDIS_HOST": "cache"},
        {"CACHE_HOST": "cache", "CACHE_PORT": "6379"},
        {"REDIS_PASSWORD": "hunter2"},
        {"QUEUE_TYPE": "redis", "QUEUE_HOST": "cache"},
        {"APP__REDIS__HOST": "cache"},
    ],
)
def test_what_a_part_lacks_is_added(theirs: dict[str, str], with_redis: Substitutes) -> None:
    found = isolated(theirs, with_redis)
    prefix = next(iter(theirs)).rpartition("_")[0]
    parts = {"HOST": "127.8.8.8", "PORT": "6390", "PASSWORD": "known"}
    assert {f"{prefix}_{part}": each for part, each in parts.items()}.items() <= found.items()


@pytest.mark.parametrize(
    "theirs",
    [
        {"REDIS_HOST": "none"},
        {"REDIS_HOST": "one,two"},
        {"REDIS_SENTINEL_HOST": "cache"},
        {"REDIS_DB": "0"},
        {"REDIS_URL": "memory://"},
    ],
)
def test_no_part_of_one_redis(theirs: dict[str, str], with_redis: Substitutes) -> None:
    isolated(theirs, with_redis)
    assert not with_redis.lent_redis


def test_an_open_one_is_given_no_password(with_redis: Substitutes) -> None:
    assert with_redis.redis is not None
    with_redis.redis.started = Redis("127.8.8.8", 6390, "")
    found = isolated({"A": "redis://:pw@cache:6379/0", "REDIS_PASSWORD": "pw"}, with_redis)
    assert found["A"] == "redis://127.8.8.8:6390/0"
    assert found["REDIS_PASSWORD"] == ""


def test_what_the_owner_allows_stays(with_redis: Substitutes) -> None:
    theirs = {"REDIS_URL": "redis://cache:6379/0", "REDIS_HOST": "cache"}
    assert isolated(theirs, with_redis, ["REDIS_URL", "REDIS_HOST"]) == theirs
    assert not with_redis.lent_redis


def test_only_one_that_is_lent_can_be_reached(with_redis: Substitutes) -> None:
    _, reach = isolate(with_redis, {"CACHE": "redis://cache"}, {}, (), Allowed())
    assert "127.8.8.8:6390" in reach.addresses
    assert with_redis.redis is not None
    with_redis.redis.started = None
    _, without = isolate(with_redis, {}, {}, (), Allowed())
    assert "127.8.8.8:6390" not in without.addresses
