"""Where the application gets the keys from that verify its tokens."""

from __future__ import annotations

from pathlib import Path

import pytest

from chatkit_agent.project.detectors.settings import find_settings
from chatkit_agent.project.detectors.tokens import find_key_service
from chatkit_agent.project.facts import Named
from chatkit_agent.project.source.environment import Environment
from chatkit_agent.project.source.sources import Sources
from chatkit_agent.project.tree import Tree

SETTINGS = """
import os
from pydantic_settings import BaseSettings
class Settings(BaseSettings):
    issuer: str = "http://id"
settings = Settings()
BASE = os.environ["SSO_URL"]
"""


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ('f"{settings.issuer}/jwks"', Named("ISSUER", "http://id")),
        ('f"{BASE}/.well-known/openid-configuration"', Named("SSO_URL")),
        ('settings.issuer.rstrip("/") + "/protocol/certs"', Named("ISSUER", "http://id")),
        ('BASE + "/realms/" + "x/jwks"', Named("SSO_URL")),
        ('f"https://{settings.issuer}/.well-known/jwks.json"', None),
        ('f"{settings.issuer}/orders"', None),
        ('"https://id.example.com/.well-known/jwks.json"', None),
    ],
)
def test_what_the_address_begins_with(url: str, expected: Named | None, tmp_path: Path) -> None:
    (tmp_path / "auth.py").write_text(f"{SETTINGS}def keys():\n    return get({url})\n")
    sources = Sources(Tree(tmp_path))
    environment = Environment(sources, tuple(find_settings(sources, None)))
    assert find_key_service(environment, "auth.py") == expected
