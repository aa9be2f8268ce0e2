"""A copy runs like the original, and the original stays as it is."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from dotenv import dotenv_values

from chatkit_agent.project.scratch import copy_project, env_files_of, point_env_files, values_in


@pytest.fixture
def backend(tmp_path: Path) -> Path:
    """`shop/backend` in a repository whose `.env` lies above it."""
    backend = tmp_path / "shop" / "backend"
    for folder in (".git", "backend/app", "backend/.venv/bin", "backend/node_modules/x"):
        (tmp_path / "shop" / folder).mkdir(parents=True)
    (tmp_path / "shop" / ".env").write_text("SECRET=above\n")
    (tmp_path / "shop" / "README.md").write_text("Shop")
    (backend / ".venv" / "pyvenv.cfg").write_text("home = /usr/bin\n")
    (backend / "node_modules" / "x" / "index.js").write_text("")
    (backend / "app" / "main.py").write_text("app = 1\n")
    (backend / ".env.local").write_text("A=1\n")
    return backend


def test_it_is_copied_at_its_depth_with_the_env_files_above(backend: Path, tmp_path: Path) -> None:
    target = tmp_path / "copy"
    assert copy_project(backend, target, {}) == target / "backend"
    copied = {path.relative_to(target).as_posix() for path in target.rglob("*") if path.is_file()}
    assert copied == {".env", "backend/app/main.py", "backend/.env.local"}


def test_files_are_replaced_added_and_left_out(backend: Path, tmp_path: Path) -> None:
    files = {"app/main.py": b"app = 2\n", "app/deep/new.py": b"", ".env.local": None}
    copy = copy_project(backend, tmp_path / "copy", files)
    assert (copy / "app" / "main.py").read_bytes() == b"app = 2\n"
    assert (copy / "app" / "deep" / "new.py").exists()
    assert not (copy / ".env.local").exists()
    assert (backend / "app" / "main.py").read_text() == "app = 1\n"
    assert (backend / ".env.local").exists()


def test_an_environment_of_any_name_and_a_socket_are_not_copied(tmp_path: Path) -> None:
    project = tmp_path / "shop"
    (project / "my-python").mkdir(parents=True)
    (project / "my-python" / "pyvenv.cfg").write_text("")
    os.mkfifo(project / "queue")
    copy = copy_project(project, tmp_path / "copy", {})
    assert not list(copy.iterdir())


def test_env_files_point_to_the_sandbox_and_keep_the_rest(backend: Path, tmp_path: Path) -> None:
    theirs = "# mine\nOPENAI_API_KEY=sk-real\nOTHER='two words'\n"
    (backend / ".env").write_text(theirs)
    (backend.parent / ".env").write_text("export OPENAI_API_KEY=sk-real\n")
    copy = copy_project(backend, tmp_path / "copy", {})
    files = env_files_of(copy, tmp_path / "copy")
    point_env_files(files, {"OPENAI_API_KEY": "sk-offline", "NEW": "1"})
    assert dotenv_values(copy / ".env") == {"OPENAI_API_KEY": "sk-offline", "OTHER": "two words"}
    assert dotenv_values(copy.parent / ".env") == {"OPENAI_API_KEY": "sk-offline"}
    assert (backend / ".env").read_text() == theirs


@pytest.mark.parametrize("name", ["app.env.prod", "dotenv", "prod-env", ".envrc", ".env copy"])
def test_whatever_may_hold_secrets_is_an_env_file_of_the_copy(tmp_path: Path, name: str) -> None:
    (tmp_path / "shop" / "deploy").mkdir(parents=True)
    (tmp_path / "shop" / "deploy" / name).write_text("A=1\n")
    copy = copy_project(tmp_path / "shop", tmp_path / "copy", {})
    assert [path.name for path in env_files_of(copy, tmp_path / "copy")] == [name]


def test_a_link_out_of_the_project_becomes_what_it_leads_to(backend: Path, tmp_path: Path) -> None:
    shared = tmp_path / "shared.env"
    shared.write_text("A=1\n")
    (backend / ".env").symlink_to(shared)
    (backend / "app" / "settings.env").symlink_to(backend / ".env.local")
    copy = copy_project(backend, tmp_path / "copy", {})
    point_env_files(env_files_of(copy, tmp_path / "copy"), {"A": "2"})
    assert shared.read_text() == (backend / ".env.local").read_text() == "A=1\n"
    assert dotenv_values(copy / ".env") == {"A": "2"}


def test_one_that_is_encrypted_says_nothing(tmp_path: Path) -> None:
    held = b"age-encryption.org/v1\n-> X25519 \xaf\x00=\n"
    (tmp_path / "env.age").write_bytes(held)
    (found,) = env_files_of(tmp_path, tmp_path)
    assert values_in(found) == {}
    point_env_files([found], {"SECRET": "lent"})
    assert found.read_bytes() == held


@pytest.mark.parametrize("name", ["ENV", ".Env.local", ".flaskenv", "prod.env"])
@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig", "latin-1", "utf-8"])
def test_one_of_windows_is_read_and_pointed_elsewhere(
    name: str, encoding: str, tmp_path: Path
) -> None:
    path = tmp_path / name
    path.write_bytes("DATABASE_URL=postgres://me@größer/shop\r\nB=ä\r\n".encode(encoding))
    assert list(env_files_of(tmp_path, tmp_path)) == [path]
    assert values_in(path) == {"DATABASE_URL": "postgres://me@größer/shop", "B": "ä"}
    point_env_files([path], {"DATABASE_URL": "lent"})
    assert values_in(path) == {"DATABASE_URL": "lent", "B": "ä"}
    assert "größer" not in path.read_bytes().decode(encoding)
