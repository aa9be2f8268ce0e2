"""What a field of pydantic's settings takes, as the application's own Python knows it."""

from __future__ import annotations

import os
from pathlib import Path
from types import SimpleNamespace

import pydantic
import pydantic.v1
import pytest

from chatkit_agent.evidence.run.boot_fields import of_settings
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


def test_a_default_that_a_validator_refuses(tmp_path: Path) -> None:
    code = (
        SETTINGS
        + "from pydantic import *\nclass S(BaseSettings):\n    key: str | None = None\n"
        + "    size: int = 0\n    @field_validator('key', 'size')\n    @classmethod\n"
        + "    def given(cls, v):\n        if not v: raise ValueError('set it')\n        return v\n"
        + "    model_config = {'validate_default': True}\nS()\n"
    )
    found = lacks(tmp_path, code + APP)
    assert [found[name].is_refused for name in ("key", "size")] == [False, False]
    assert lacks(tmp_path, code + APP, lent={"key": "", "size": "0"})["key"].is_refused


@pytest.mark.parametrize(
    "made",
    ["Rabbit(**os.environ)", "Rabbit.model_validate(os.environ)", "old.Rabbit(**os.environ)"],
)
def test_a_model_that_is_filled_from_the_environment(
    monkeypatch: pytest.MonkeyPatch, made: str
) -> None:
    class Rabbit(pydantic.BaseModel):
        host: str = pydantic.Field(alias="RABBIT_HOST")
        port: int = pydantic.Field(alias="RABBIT_PORT")

    class Old(pydantic.v1.BaseModel):
        host: str = pydantic.v1.Field(alias="RABBIT_HOST")
        port: int = pydantic.v1.Field(alias="RABBIT_PORT")

    monkeypatch.setenv("RABBIT_PORT", "many")
    names = {"Rabbit": Rabbit, "old": SimpleNamespace(Rabbit=Old), "os": os}
    with pytest.raises(ValueError, match="RABBIT") as caught:
        eval(made, names)
    found = {each["names"][0]: each for each in of_settings(caught.value)}
    assert (found["RABBIT_HOST"]["exact"], found["RABBIT_HOST"]["refused"]) == (True, False)
    assert found["RABBIT_PORT"]["refused"]
    with pytest.raises(ValueError, match="RABBIT") as caught:
        Rabbit.model_validate({"RABBIT_PORT": 1})
    assert of_settings(caught.value) == []
