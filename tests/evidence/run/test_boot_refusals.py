"""What an application does without that refuses to start, and says so in words of its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from chatkit_agent.evidence.run import boot_fields
from chatkit_agent.evidence.run.boot_lacks import Lacks

ENVIRONMENT = """
import os, sys
from dataclasses import dataclass, field
NOTE = os.getenv("NOTE", "x")
"""
SETTINGS = """
from enum import Enum
from pydantic import SecretStr
from pydantic_settings import BaseSettings
class Place(str, Enum):
    HERE = "here"
class Settings(BaseSettings):
    quill_key: str = ""
    quill_secret: SecretStr = SecretStr("")
    quill_mode: str = "changeme"
    quill_port: int = 0
    quill_place: Place = Place.HERE
settings = Settings()
"""


def wanted(folder: Path, code: str, *misses: str) -> list[str]:
    """The variables that are seen to lack where `code` ends, of those that it asks for in vain."""
    file = folder / "settings.py"
    file.write_text(code)
    noticing = Lacks(str(folder / "lacks"), str(folder), [], boot_fields)
    noticing.misses = {each: {"own": True, "bare": False} for each in misses}
    with pytest.raises(BaseException) as caught:  # noqa: PT011 - each of its own kind
        exec(compile(code, str(file), "exec", dont_inherit=True), {"__name__": __name__})
    return sorted({name for each in noticing.of(caught.value) for name in each["names"]})


@pytest.mark.parametrize(
    ("code", "names"),
    [
        ("k = os.getenv('A_KEY', '')\nif not k:\n    raise ValueError('No key')\n", ["A_KEY"]),
        ("k = os.getenv('A_KEY', '')\nassert k, 'a key'\n", ["A_KEY"]),
        ("k = os.getenv('A_KEY', '')\nif not k:\n    sys.exit(1)\n", ["A_KEY"]),
        ("k = os.getenv('A_KEY', 'x')\nif k == 'x':\n    raise ValueError('Set it')\n", ["A_KEY"]),
        (
            "a = os.getenv('A_KEY', '')\nb = os.getenv('B_KEY', '')\n"
            "if not all([a, b]):\n    raise RuntimeError('Not configured')\n",
            ["A_KEY", "B_KEY"],
        ),
        (
            "class Config:\n    def __init__(self):\n        self.key = os.getenv('A_KEY', '')\n"
            "        self.note = os.getenv('NOTE', '')\n"
            "        if not self.key:\n            raise ValueError('No key')\nConfig()\n",
            ["A_KEY"],
        ),
        (
            "@dataclass\nclass Config:\n"
            "    key: str = field(default_factory=lambda: os.getenv('A_KEY', ''))\n"
            "    def __post_init__(self):\n"
            "        if not self.key:\n            raise ValueError('No key')\nConfig()\n",
            ["A_KEY"],
        ),
        ("if not NOTE:\n    pass\nraise ValueError('Always')\n", []),
        ("k = os.getenv('A_KEY', '')\nopen('nowhere' + k)\n", []),
    ],
)
def test_what_an_application_asks_for_and_finds_empty(
    tmp_path: Path, code: str, names: list[str]
) -> None:
    assert wanted(tmp_path, ENVIRONMENT + code, "A_KEY", "B_KEY", "NOTE") == names


@pytest.mark.parametrize(
    ("code", "names"),
    [
        ("if not settings.quill_key:\n    raise ValueError('No key')\n", ["quill_key"]),
        ("raise ValueError('QUILL_KEY is needed')\n", ["quill_key"]),
        ("if settings.quill_mode == 'changeme':\n    raise ValueError('No')\n", ["quill_mode"]),
        ("int(settings.quill_secret.get_secret_value())\n", ["quill_secret"]),
        # What that raises is no ValueError.
        ("import zlib\nzlib.decompress(settings.quill_key.encode())\n", ["quill_key"]),
        ("if settings.quill_place:\n    raise ValueError('No')\n", []),
        ("int(settings.quill_mode)\n", []),
        ("settings.quill_port[0]\n", []),
        ("open(settings.quill_key or 'nowhere')\n", []),
    ],
)
def test_a_field_that_has_only_its_default(tmp_path: Path, code: str, names: list[str]) -> None:
    assert wanted(tmp_path, SETTINGS + code) == names
