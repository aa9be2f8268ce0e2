"""Tokens: the variable of the key that verifies them, in many spellings."""

from __future__ import annotations

import pytest

from chatkit_agent.project.detectors.auth import find_auth
from chatkit_agent.project.detectors.settings import find_settings
from chatkit_agent.project.detectors.tokens import find_tokens

from .conftest import MakeSources
from .test_auth_spellings import APP, HEAD, ROUTE

KEYS = {
    "a function": (
        'KEY = os.environ.get("OUR_KEY", "")\ndef _secret() -> str:\n    return KEY\n',
        "_secret()",
    ),
    "a property": (
        "class Settings:\n    @property\n    def key(self) -> str:\n"
        '        return os.environ["OUR_KEY"]\nsettings = Settings()\n',
        "settings.key",
    ),
    "a field that a factory makes": (
        "@dataclass\nclass Settings:\n"
        '    key: str = field(default_factory=lambda: os.environ["OUR_KEY"])\n'
        "settings = Settings()\n",
        "settings.key",
    ),
    "an attribute that __init__ sets": (
        "class Settings:\n    def __init__(self) -> None:\n"
        '        self.key = os.environ["OUR_KEY"]\nsettings = Settings()\n',
        "settings.key",
    ),
    "an item of a dictionary": (
        'SETTINGS = {"key": os.getenv("OUR_KEY"), "algorithm": "HS256"}\n',
        'SETTINGS["key"]',
    ),
    "a group of the settings": (
        "from pydantic_settings import BaseSettings, SettingsConfigDict\n"
        "class Group(BaseModel):\n    key: str\n"
        "class Settings(BaseSettings):\n    our: Group\n"
        '    model_config = SettingsConfigDict(env_nested_delimiter="_")\n'
        "def get_settings():\n    return Settings()\n",
        "get_settings().our.key",
    ),
    "a function that unwraps it": (
        'KEY = os.environ["OUR_KEY"]\ndef unwrapped(value):\n    return value.get()\n',
        "unwrapped(KEY)",
    ),
    "a property of the settings class": (
        "from pydantic_settings import BaseSettings\nclass Settings(BaseSettings):\n"
        "    our_key: str\n    @property\n    def key(self):\n"
        "        return self.our_key.encode()\nsettings = Settings()\n",
        "settings.key",
    ),
    "one of two": (
        'KEY = os.environ["OUR_KEY"] if "OUR_KEY" in os.environ else "not-a-secret"\n',
        "KEY",
    ),
    "bytes of it": ("", 'os.environ["OUR_KEY"].encode()'),
}


@pytest.mark.parametrize("spelling", KEYS)
def test_the_variable_of_a_key(sources: MakeSources, spelling: str) -> None:
    made, key = KEYS[spelling]
    text = (
        f"{HEAD}{made}def current_user(token: str = Depends(scheme)) -> str:\n"
        f'    return jwt.decode(token, {key}, algorithms=["HS256"])["sub"]\n'
    )
    files = sources({"app.py": text + ROUTE.format("current_user")})
    tokens = find_tokens(files, APP, find_settings(files, APP), find_auth(files, APP))
    assert tokens is not None
    assert tokens.key_variable == "OUR_KEY"


@pytest.mark.parametrize(
    "decoder",
    [
        "class Tokens:\n    def __init__(self):\n        self.key = os.environ['OUR_KEY']\n"
        "    def read(self, token):\n        return jwt.decode(token, self.key, ['HS256'])\n"
        "tokens = Tokens()\n",
        "from authlib.jose import JsonWebToken\ntool = JsonWebToken(['HS256'])\n"
        "class Tokens:\n    @staticmethod\n    def read(token):\n"
        "        claims = tool.decode(token, os.environ['OUR_KEY'])\n"
        "        claims.validate()\n        return claims\ntokens = Tokens()\n",
    ],
    ids=["an attribute of an instance", "Authlib's JsonWebToken"],
)
def test_what_another_object_decodes(sources: MakeSources, decoder: str) -> None:
    use = (
        "def current_user(token: str = Depends(scheme)) -> str:\n"
        "    return tokens.read(token)['sub']\n"
    )
    files = sources({"app.py": f"{HEAD}{decoder}{use}{ROUTE.format('current_user')}"})
    tokens = find_tokens(files, APP, (), find_auth(files, APP))
    assert tokens is not None
    assert (tokens.key_variable, tokens.user) == ("OUR_KEY", "sub")
