"""Substitutes: the same for the same thing, another for another, and nobody behind any."""

from __future__ import annotations

import errno
import re
import socket
from pathlib import Path

import pytest

from chatkit_agent.sandbox.isolation.substitutes import DATABASE_FILE, MOST_FILES, Substitutes


def test_a_refused_address_is_nobodys_and_stays_so(given: Substitutes) -> None:
    one = given.refused("REDIS", "Redis", "cache:6379")
    host, port = one.split(":")
    with socket.socket() as caller:
        assert caller.connect_ex((host, int(port))) == errno.ECONNREFUSED
    with socket.socket() as other, pytest.raises(OSError, match="in use"):
        other.bind((host, int(port)))
    assert given.refused("REDIS", "Redis", "cache:6379") == one
    others = {given.refused("REDIS", "Redis", "two:1"), given.refused("MAIL", "x", "cache:6379")}
    assert len({one, *others}) == 3
    assert (given.closed[one].name, given.closed[one].was) == ("REDIS", "cache:6379")


@pytest.mark.parametrize(
    ("name", "was", "host"),
    [
        ("REDIS_HOST", "cache", "redis-host.invalid"),
        ("shop.Mail__host", "mail:25", "shop-mail-host.invalid"),
        ("_HOST_", "bücher.example:1", "host.invalid"),
        ("HOST", "db:3306", "host.invalid"),
        ("HOST", "cafe:8000", "host.invalid"),
        ("HOST", "10.example", "host.invalid"),
        ("HOST", "10.0.0.1", "255.255.255.255"),
        ("HOST", "10.0.0.1:25", "255.255.255.255"),
        ("HOST", "10.0.0.1,1433", "255.255.255.255"),
        ("HOST", "::1", "255.255.255.255"),
        ("HOST", "2001:DB8::1", "255.255.255.255"),
        ("HOST", "[::1]:6379", "255.255.255.255"),
        ("HOST", "10.0.0.1,10.0.0.2:9042", "255.255.255.255"),
    ],
)
def test_a_host_that_does_not_exist(name: str, was: str, host: str, given: Substitutes) -> None:
    assert given.nowhere(name, "service", was) == host
    assert given.closed[host].was == was


@pytest.mark.parametrize(
    ("value", "shape"),
    [
        ("sk_live_abcDEF123456", r"sk_live_[a-z]{3}[A-Z]{3}\d{6}"),
        ("ghp_abcdefgh1234", r"ghp_[a-z]{8}\d{4}"),
        ("AKIAABCDEFGH1234", r"AKIA[A-Z]{8}\d{4}"),
        ("SG.abcdefgh", r"SG\.[a-z]{8}"),
        ("a1-B2_c3==", r"[a-z]\d-[A-Z]\d_[a-z]\d=="),
        ("Pässwört1", r"[A-Z]ä[a-z]{2}[a-z]ö[a-z]{2}\d"),
    ],
)
def test_a_credential_keeps_its_shape_alone(value: str, shape: str, given: Substitutes) -> None:
    found = given.credential(value)
    assert re.fullmatch(shape, found)
    assert found != value
    assert given.credential(value) == found


def test_a_short_password_has_no_prefix_that_stays(given: Substitutes) -> None:
    seen = {Substitutes.credential(_fresh(given), "my-secret") for _ in range(20)}
    assert not all(each.startswith("my-s") for each in seen)


def _fresh(given: Substitutes) -> Substitutes:
    return Substitutes(given.lender, given.root, given.copy, given.folder)


def test_a_database_is_made_once_and_every_name_is_kept(given: Substitutes) -> None:
    for name, user, database in (("A", "me", "shop"), ("B", "me", "shop"), ("C", "you", "shop")):
        assert given.lend(name, user, database) is given.lender
    assert (list(given.lent), given.databases) == (["A", "B", "C"], ("shop",))


@pytest.mark.parametrize("path", ["shop.db", "./data/shop.db", "data/../shop.db", "data/new/x.db"])
def test_a_relative_file_of_the_project_is_in_the_copy(path: str, given: Substitutes) -> None:
    assert given.file(path) is None


def test_a_file_of_the_project_by_its_whole_path_is_that_of_the_copy(given: Substitutes) -> None:
    assert given.file(f"{given.root}/data/shop.db") == f"{given.copy}/data/shop.db"
    assert given.file(f"{given.root}/data/../shop.db") == f"{given.copy}/shop.db"


def test_a_file_elsewhere_is_copied_with_what_stands_beside_it(given: Substitutes) -> None:
    there = given.root.parent / "shop.db"
    for ending in ("", "-wal", "-journal", ".other"):
        there.with_name(there.name + ending).write_text(ending)
    found = Path(given.file(str(there)) or "")
    assert sorted(each.name for each in found.parent.iterdir()) == [
        *("shop.db", "shop.db-journal", "shop.db-wal")
    ]
    found.write_text("changed")
    assert there.read_text() == ""
    assert given.file("../shop.db") == str(found)
    assert given.file(str(found)) is None, "a copy is not copied"


def test_a_relative_file_is_meant_from_where_the_application_starts(given: Substitutes) -> None:
    inside = Substitutes(given.lender, given.root, given.copy, given.folder, cwd="data")
    assert inside.file("../shop.db") is None
    assert given.file("../shop.db") is not None


def test_another_copy_of_the_project_has_the_same_substitutes(given: Substitutes) -> None:
    other = given.beside(given.folder / "before")
    assert other.file(f"{given.root}/x.db") == f"{given.folder}/before/x.db"
    assert given.file(f"{given.root}/x.db") == f"{given.copy}/x.db"
    assert other.credential("secret123") == given.credential("secret123")


def test_large_data_stays_where_it_is(given: Substitutes) -> None:
    there = given.root.parent / "models"
    there.mkdir()
    assert given.data(str(there)) is not None
    for number in range(MOST_FILES + 1):
        (there / str(number)).touch()
    assert _fresh(given).data(str(there)) is None


@pytest.mark.parametrize(
    ("name", "is_it"),
    [("a.db", True), ("a.db3", True), ("a.SQLite-DB", True), ("a.dbx", False), ("db", False)],
)
def test_what_a_database_file_is_called(name: str, is_it: bool) -> None:
    assert bool(DATABASE_FILE.search(name)) is is_it
