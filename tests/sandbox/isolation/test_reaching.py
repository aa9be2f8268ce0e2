"""What belongs to the sandbox: spelled in every way, and what only looks like it."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from chatkit_agent.sandbox.isolation.reaching import Rules, address_in, is_number, is_within

EMPTY: dict[str, list[str]] = {
    each: [] for each in ("addresses", "names", "sockets", "writable", "temporary")
}
ALLOWED = ["127.0.0.1:5432", "10.0.0.5:443", "::1:7000", "10.0.0.6:*"]


def rules(**own: list[str]) -> Rules:
    return Rules({**EMPTY, **own}, os.getsid(0))


@pytest.mark.parametrize(
    ("host", "port", "may"),
    [
        ("127.0.0.1", 5432, True),
        ("localhost", 5432, True),
        ("LOCALHOST", 5432, True),
        ("::ffff:127.0.0.1", 5432, True),
        ("::FFFF:127.0.0.1", 5432, True),
        ("10.0.0.5", 443, True),
        ("::ffff:10.0.0.5", 443, True),
        ("::1%lo", 7000, True),
        ("10.0.0.6", 1, True),
        ("127.0.0.1", 1, False),
        ("127.0.0.2", 5432, False),
        ("10.0.0.5", 80, False),
        ("10.0.0.55", 443, False),
        ("110.0.0.5", 443, False),
        ("::1", 5432, False),
        ("0.0.0.0", 5432, False),
        ("::", 5432, False),
        ("::ffff:7f00:1", 1, False),
        ("", 5432, False),
        ("db.example", 5432, False),
    ],
)
def test_where_it_may_connect(host: str, port: int, may: bool) -> None:
    assert rules(addresses=ALLOWED).may_connect(host, port) is may


@pytest.mark.parametrize(
    ("host", "may"),
    [
        ("127.0.0.1", True),
        ("127.8.0.1", True),
        ("localhost", True),
        ("::ffff:127.0.0.1", True),
        ("127.evil.example", False),
        ("127.0.0.1.evil.example", False),
    ],
)
@pytest.mark.skipif(not Path("/proc/net/tcp").exists(), reason="Linux tells who listens")
def test_it_may_connect_to_itself(host: str, may: bool) -> None:
    """A port at which a process of this very session listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert rules().may_connect(host, port) is may
        assert not Rules(EMPTY, session=os.getsid(0) + 1).may_connect(host, port)
    assert not rules().may_connect(host, port)


@pytest.mark.skipif(not Path("/proc/net/tcp").exists(), reason="Linux tells who listens")
def test_a_port_from_which_it_calls_is_none_at_which_it_listens() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        socket.create_connection(server.getsockname()) as caller,
    ):
        assert not rules().may_connect("127.0.0.1", caller.getsockname()[1])


def test_any_address_at_one_port_is_none_of_this_machine() -> None:
    one = rules(addresses=["*:443"])
    assert one.may_connect("93.184.216.34", 443)
    assert not one.may_connect("93.184.216.34", 80)
    assert not one.may_connect("127.0.0.1", 443)
    assert not one.may_connect("::ffff:127.0.0.1", 443)


@pytest.mark.parametrize(
    ("host", "port", "may"),
    [
        ("127.0.0.1", 8000, True),
        ("localhost", 8000, True),
        ("::1", 8000, True),
        ("0.0.0.0", 0, True),
        ("0.0.0.0", 8000, False),
        ("::", 8000, False),
        ("", 8000, False),
        ("10.0.0.5", 8000, False),
        ("10.0.0.5", 443, True),
        ("127.evil.example", 8000, False),
    ],
)
def test_where_it_may_listen(host: str, port: int, may: bool) -> None:
    assert rules(addresses=ALLOWED).may_listen(host, port) is may


@pytest.mark.parametrize(
    ("host", "may"),
    [
        ("localhost", True),
        ("LocalHost.", True),
        ("10.0.0.1", True),
        ("::1", True),
        ("fe80::1%eth0", True),
        ("", True),
        ("db.example", False),
        ("localhost.example", False),
        ("xlocalhost", False),
        ("0x7f.1", False),
        ("10.0.0.1.example", False),
    ],
)
def test_what_it_may_look_up(host: str, may: bool) -> None:
    assert rules(names=["localhost"]).may_look_up(host) is may


def test_which_socket_it_may_use(tmp_path: Path) -> None:
    (tmp_path / "ours").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "ours")
    (tmp_path / "ours" / "out").symlink_to("/run")
    one = rules(sockets=[str(tmp_path / "ours")])
    assert one.may_use_socket(f"{tmp_path}/ours/a.sock")
    assert one.may_use_socket(f"{tmp_path}/link/a.sock")
    assert not one.may_use_socket(f"{tmp_path}/ours/../a.sock")
    assert not one.may_use_socket(f"{tmp_path}/ours-too/a.sock")
    assert not one.may_use_socket(f"{tmp_path}/ours/out/docker.sock")
    assert not one.may_use_socket(f"\0{tmp_path}/ours/a.sock")


@pytest.fixture
def folders(tmp_path: Path) -> Path:
    for each in ("ours", "tmp", "theirs"):
        (tmp_path / each).mkdir()
        (tmp_path / each / "old").write_text("")
    (tmp_path / "ours" / "out").symlink_to(tmp_path / "theirs")
    (tmp_path / "ours" / "file").symlink_to(tmp_path / "theirs" / "old")
    (tmp_path / "theirs" / "in").symlink_to(tmp_path / "ours")
    return tmp_path


@pytest.mark.parametrize(
    ("path", "may"),
    [
        ("ours", True),
        ("ours/new", True),
        ("ours/old", True),
        ("ours/a/b/c", True),
        ("theirs/in/new", True),
        ("tmp/new", True),
        ("tmp/old", False),
        ("theirs/new", False),
        ("theirs/old", False),
        ("ours-too/new", False),
        ("ours/../theirs/new", False),
        ("ours/..", False),
        ("ours/../", False),
        ("ours/out/new", False),
        ("ours/file", False),
        ("tmp/../theirs/new", False),
    ],
)
def test_what_it_may_write(path: str, may: bool, folders: Path) -> None:
    one = rules(writable=[str(folders / "ours")], temporary=[str(folders / "tmp")])
    assert one.may_write(f"{folders}/{path}") is may


def test_devices_may_be_written() -> None:
    assert rules().may_write("/dev/null")
    assert not rules().may_write("/device")


@pytest.mark.parametrize(
    ("path", "folder", "is_it"),
    [
        ("/a/b", "/a", True),
        ("/a", "/a", True),
        ("/a/b", "/a/", True),
        ("/a", "/", True),
        ("/ab", "/a", False),
        ("/", "/a", False),
    ],
)
def test_within(path: str, folder: str, is_it: bool) -> None:
    assert is_within(path, folder) is is_it


@pytest.mark.parametrize(
    ("host", "is_it"),
    [("127.0.0.1", True), ("::", True), ("fe80::1%2", True), ("1", False), ("a\0b", False)],
)
def test_what_a_number_is(host: str, is_it: bool) -> None:
    assert is_number(host) is is_it


def test_addresses_of_the_kernel() -> None:
    four = b"\x02\x00\x15\x38" + bytes([10, 0, 0, 5]) + bytes(8)
    six = b"\x0a\x00\x15\x38" + bytes(4) + socket.inet_pton(socket.AF_INET6, "::1") + bytes(4)
    assert address_in(four)[1:] == (("10.0.0.5", 5432), b"")
    if socket.AF_INET6 == 10:
        assert address_in(six)[1:] == (("::1", 5432), b"")
    assert address_in(b"\x01\x00/run/x.sock\0") == (1, None, b"/run/x.sock\0")
    assert address_in(b"\x02\x00\x15\x38") == (2, None, b"\x15\x38")
    assert address_in(b"") == (0, None, b"")
