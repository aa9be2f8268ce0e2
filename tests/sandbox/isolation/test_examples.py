"""A database that only an example names is lent as a whole."""

from __future__ import annotations

from chatkit_agent.evidence.run.isolating import Allowed, isolate
from chatkit_agent.sandbox.isolation.substitutes import Substitutes

EXAMPLE = "DB_USER=me\nDB_PASSWORD=theirs\nDB_PORT=5432\nDB_NAME=shop\nREDIS_HOST=r\nSIZE=3\n"


def variables(given: Substitutes, **own: str) -> dict[str, str]:
    found, _ = isolate(given, {"PATH": "/bin", **own}, {}, (), Allowed(()))
    return {name: value for name, value in found.items() if name.startswith(("DB", "RED", "SIZE"))}


def test_all_of_it_is_set(given: Substitutes) -> None:
    (given.copy / ".env.example").write_text(EXAMPLE)
    found = variables(given)
    assert found == {
        "DB_USER": "me",
        "DB_PASSWORD": "lent",
        "DB_PORT": "5432",
        "DB_NAME": "shop",
        "DB_HOST": "127.9.9.9",
        "DB_SERVER": "127.9.9.9",
        "DB_HOSTNAME": "127.9.9.9",
    }


def test_what_is_set_for_real_stays(given: Substitutes) -> None:
    (given.copy / ".env.example").write_text(EXAMPLE)
    (given.copy / ".env").write_text("DB_NAME=real\n")
    found = variables(given, DB_USER="root")
    assert (found["DB_USER"], found["DB_PASSWORD"]) == ("root", "lent")
    assert "DB_NAME" not in found


def test_the_example_of_a_stage_counts_least(given: Substitutes) -> None:
    for stage, name in (("", "shop"), (".prod", "live"), (".test", "shop-test")):
        (given.copy / f".env{stage}.example").write_text(EXAMPLE.replace("shop", name))
    assert variables(given)["DB_NAME"] == "shop"
