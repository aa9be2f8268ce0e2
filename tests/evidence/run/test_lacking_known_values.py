"""Values that a project's own files hold for a variable, and what is none."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from chatkit_agent.evidence.run.lacking import is_placeholder, known_values
from chatkit_agent.project.source.sources import Sources
from chatkit_agent.project.tree import Tree


def found(root: Path, name: str, *, exact: bool = True) -> list[tuple[str, str]]:
    return list(known_values(Sources(Tree(root)), None, name, exact))


@pytest.mark.parametrize(
    "name",
    [
        *(".env.example", ".env.sample", ".env.dist", ".env.template", ".env-example"),
        *("env.example", "env.template", "example.env", ".example.env", "sample.env"),
        *("deploy/.env.example", ".env.default"),
    ],
)
def test_an_example_by_any_name(tmp_path: Path, name: str) -> None:
    file = tmp_path / name
    file.parent.mkdir(exist_ok=True)
    file.write_text("# words\nexport STORE='postgresql://a/b'\n")
    assert found(tmp_path, "STORE") == [("postgresql://a/b", name)]


def test_real_files_come_first_and_near_ones(tmp_path: Path) -> None:
    (tmp_path / "web").mkdir()
    for name, value in ((".env", 1), (".env.example", 2), ("web/.env.example", 3)):
        (tmp_path / name).write_text(f"SIZE={value}\n")
    (tmp_path / "compose.yaml").write_text(
        "services:\n  web:\n    environment:\n      - SIZE=4\n      - OTHER=${OTHER}\n"
    )
    assert [value for value, _ in found(tmp_path, "SIZE")] == ["1", "2", "3", "4"]
    assert found(tmp_path, "OTHER") == []


def test_the_example_of_a_stage_comes_last(tmp_path: Path) -> None:
    for name, value in ((".env.dev.example", 2), (".env.example", 1), (".env.test.example", 3)):
        (tmp_path / name).write_text(f"SIZE={value}\n")
    assert [value for value, _ in found(tmp_path, "SIZE")] == ["1", "2", "3"]


def test_the_case_counts_where_it_does_for_the_application(tmp_path: Path) -> None:
    (tmp_path / ".env.example").write_text("STORE_URL=x://y\n")
    assert found(tmp_path, "store_url") == []
    assert found(tmp_path, "store_url", exact=False) == [("x://y", ".env.example")]


def test_an_example_above_in_the_same_repository(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    (tmp_path / "api").mkdir()
    (tmp_path / ".env.example").write_text("SIZE=1\n")
    assert found(tmp_path / "api", "SIZE") == [("1", "../.env.example")]


@pytest.mark.parametrize(
    "value",
    [
        *("", " ", "changeme", "change-me", "CHANGE_THIS", "changethis", "<your key>", "..."),
        *("sk-...", "your-secret-key", "your_api_key_here", "YOUR_KEY", "yourSecretKey", "xxx"),
        *("XXXXXXXX", "***", "TODO", "None", "${OTHER}", "$(openssl rand -hex 32)", "{{ key }}"),
        *("replace me", "put-it-here", "[your token]", "insert your token", "enter_your_token"),
        *("postgresql://<user>:<password>@host/db", "my-super-secret-key", "secret", "sk-xxxx"),
        *("a\0b", "x" * 9000),
    ],
)
def test_a_placeholder_is_no_value(value: str) -> None:
    assert is_placeholder(value)


@pytest.mark.parametrize(
    "value",
    [
        *("postgresql://postgres:postgres@localhost:5432/shop", "60", "true", "HS256", "dev"),
        *("http://localhost:3000,http://localhost", "you@example.org", '["*"]', "settings", "app"),
        *("09d25e094faa6ca2556c818166b7a9563b93f7099f6f0f4caa6cf63b88e8d3e7", "redis://cache:6379"),
    ],
)
def test_what_may_be_used_is_none(value: str) -> None:
    assert not is_placeholder(value)


def test_hostile_files_give_nothing(tmp_path: Path) -> None:
    outside, root = tmp_path / "outside", tmp_path / "root"
    outside.mkdir()
    root.mkdir()
    (outside / ".env.example").write_text("SIZE=outside\n")
    (root / ".env.example").symlink_to(outside / ".env.example")
    (root / "more").symlink_to(outside)
    (root / ".env.sample").write_bytes(b"SIZE=1\n" * 200_000)
    (root / ".env.dist").write_bytes(b"\xff\xfe\x00SIZE=\xff\n\x00=\nSIZE")
    (root / ".env.template").mkdir()
    assert found(root, "SIZE") == []


def test_nothing_of_this_machine_is_put_into_an_example(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OF_THIS_MACHINE", "known")
    (tmp_path / ".env.example").write_text("SIZE=${OF_THIS_MACHINE}\nMORE=$OF_THIS_MACHINE\n")
    assert found(tmp_path, "SIZE") == []
    assert found(tmp_path, "MORE") == [("$OF_THIS_MACHINE", ".env.example")]
