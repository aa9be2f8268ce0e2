"""Code for pydantic 1 is told apart from code that can do with either version."""

from __future__ import annotations

import pytest

from chatkit_agent.project.detectors.legacy import find_legacy
from tests.project.detectors.conftest import MakeSources


@pytest.mark.parametrize(
    "text",
    [
        "from pydantic import BaseSettings\n",
        "from pydantic import (\n    BaseModel,\n    BaseSettings,\n)\n",
        "import pydantic\nclass S(pydantic.BaseSettings): ...\n",
        "from pydantic.env_settings import BaseSettings\n",
    ],
)
def test_legacy(sources: MakeSources, text: str) -> None:
    made = sources({"app/config.py": text})
    assert find_legacy(made) == ("`app/config.py` uses `pydantic.BaseSettings`",)


@pytest.mark.parametrize(
    "text",
    [
        "from pydantic import BaseModel\n",
        "from pydantic_settings import BaseSettings\n",
        "from pydantic.v1 import BaseSettings\n",
        "try:\n    from pydantic_settings import BaseSettings\n"
        "except ImportError:\n    from pydantic import BaseSettings\n",
        "from pydantic import BaseModel  # no longer BaseSettingsSource\n",
    ],
)
def test_not_legacy(sources: MakeSources, text: str) -> None:
    assert find_legacy(sources({"app/config.py": text})) == ()


def test_what_is_aside_does_not_count(sources: MakeSources) -> None:
    assert find_legacy(sources({"tests/conftest.py": "from pydantic import BaseSettings\n"})) == ()
