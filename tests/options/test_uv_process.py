"""uv is told of a project what it needs to install it, and not where to keep its cache."""

from __future__ import annotations

from pathlib import Path

import pytest

from chatkit_agent.options.uv_process import run_uv


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
