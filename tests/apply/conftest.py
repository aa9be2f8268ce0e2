"""The sample project that most tests of changes begin with."""

from __future__ import annotations

from pathlib import Path

import pytest

from .samples import copy_of


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return copy_of("module_level", tmp_path)
