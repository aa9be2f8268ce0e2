"""What a field of pydantic's settings takes, as the application's own Python knows it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.evidence.run.test_boot_lacks import APP, SETTINGS, lacks


@pytest.mark.parametrize(
    ("annotation", "value"),
    [
        ("int", "1"),
        ("Annotated[int, Field(ge=5, le=6)]", "5"),
        ("Optional[bool]", "false"),
        ("Literal['slow', 'fast']", "slow"),
        ("Mode", "dev"),
        ("list[int]", "[]"),
        ("Annotated[list[str], Field(min_length=1)]", '["x"]'),
        ("dict[str, int]", "{}"),
        ("Inner", '{"name": "x", "size": 1}'),
        ("datetime.timedelta", "PT1H"),
        ("str", None),
        ("SecretStr", None),
    ],
)
def test_a_value_that_the_field_takes(tmp_path: Path, annotation: str, value: str | None) -> None:
    code = (
        SETTINGS
        + "import datetime, enum\nfrom typing import *\nfrom pydantic import *\n"
        + "class Mode(enum.Enum):\n    DEV = 'dev'\n    PROD = 'prod'\n"
        + "class Inner(BaseModel):\n    name: str\n    size: int\n"
        + f"class S(BaseSettings):\n    it: {annotation}\nS()\n"
    )
    found = lacks(tmp_path, code + APP)["it"]
    assert found.wanted.value == value
    if value is not None:
        assert lacks(tmp_path, code + APP, lent={"it": value}) == {"it": found}


def test_what_a_secret_and_an_address_have_to_be(tmp_path: Path) -> None:
    code = (
        SETTINGS
        + "from pydantic import *\nclass S(BaseSettings):\n"
        + "    key: SecretStr = Field(min_length=60)\n    url: PostgresDsn\nS()\n"
    )
    found = lacks(tmp_path, code + APP)
    assert found["key"].wanted.shortest == 60
    assert "postgresql+asyncpg" in found["url"].wanted.schemes
