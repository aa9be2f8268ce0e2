"""uv is told of a project what it needs to install it, and not where to keep its cache."""

from __future__ import annotations

from pathlib import Path

import pytest

from chatkit_agent.options.uv_process import _every_pyenv, run_uv


def test_a_cache_that_the_project_wants_in_its_own_folder_is_left_where_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("UV_CACHE_DIR", raising=False)
    (tmp_path / "pyproject.toml").write_text('[tool.uv]\ncache-dir = ".cache"\n')

    asked = run_uv("cache", "dir", cwd=tmp_path).strip()

    assert tmp_path not in Path(asked).parents
    assert asked == run_uv("cache", "dir").strip()


def test_a_cache_that_the_user_named_is_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "mine"))

    assert run_uv("cache", "dir", cwd=tmp_path).strip() == str(tmp_path / "mine")


def test_versions_of_pyenv_that_are_closed_to_this_user_are_nobodys(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def closed(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setenv("PYENV_ROOT", str(tmp_path))
    monkeypatch.setattr(Path, "glob", closed)
    assert _every_pyenv() == {}
