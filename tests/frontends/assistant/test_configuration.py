"""Configuration files are shown with their names, and without what secrets' names stand for."""

from __future__ import annotations

import json
import re
from pathlib import Path
from time import perf_counter

import pytest

from chatkit_agent.frontends.assistant.masking import shown_of

VALUE = "hunter2x"
FILES = {
    "block.yml": "db:\n  password: |\n    V\n",
    "folded.yml": "db:\n  password: >-\n    V\n",
    "next_line.yml": "db:\n  password:\n    V\n",
    "list.yml": "tokens:\n  - V\n  - other\n",
    "flow.yml": "tokens: [V, other]\n",
    "anchor.yml": "password: &pw V\n",
    "tagged.yml": "password: !!str V\n",
    "words.yml": "password: correct horse V\n",
    "marked.yml": "\ufeffpassword: V\n",
    "kubernetes.yml": "kind: Secret\nstringData:\n  bar: V\n",
    "pair.yml": "env:\n- value: 'V'\n  name: DB_PASSWORD\n",
    "compose.yml": "environment:\n  - POSTGRES_PASSWORD=${PG:-V}\n",
    "command.yml": "command: redis-server --requirepass V\n",
    "commands.yml": 'command: ["redis-server", "--requirepass", "V"]\n',
    "multi.toml": 'password = """\nV\n"""\n',
    "list.toml": "tokens = ['V']\n",
    "table.toml": "[secrets]\nstripe = 'V'\n",
    "list.json": json.dumps({"tokens": ["V"]}),
    "nested.json": json.dumps({"secrets": {"stripe": "V"}}, indent=1),
    "pair.json": json.dumps({"name": "DB_PASSWORD", "value": "V"}),
    "escaped.json": json.dumps({"password": 'a"V'}),
    "notebook.json": json.dumps({"source": ['password = "V"\n']}),
    "key.json": json.dumps({"kty": "oct", "k": "V"}),
    "words.ini": "password = correct horse V\n",
    "redis.conf": "requirepass V\n",
    "rclone.conf": "[s3]\npass = V\n",
    "Dockerfile": "ENV API_KEY V\nARG TOKEN=V\n",
    "app.service": '[Service]\nEnvironment="TOKEN=V"\n',
    ".flaskenv": "WHATEVER=V\n",
    "page.html": '<input type="password" value="V">\n',
    "start.fish": "set -x DB_PASSWORD V\n",
    "config.ts": "const cfg = { clientSecret: `V`, password: string = 'V' };\n",
}


@pytest.mark.parametrize("name", FILES)
def test_a_value_is_hidden(name: str) -> None:
    shown = shown_of(Path(name), re.sub(r"(?<![A-Z])V(?![A-Z])", VALUE, FILES[name]))
    assert VALUE not in shown
    assert "[hidden]" in shown


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("requirements.txt", "tiktoken==0.12.0\ngoogle-auth>=2.49\n"),
        ("pyproject.toml", 'authlib = ">=1.6.5,<2"\nauth = ["passlib>=1.7.4", "bcrypt>=5.0"]\n'),
        ("ci.yml", "GH_TOKEN: ${{ secrets.GH_TOKEN }}\npersist-credentials: false\n"),
        ("compose.yml", "services:\n  token-service:\n    ports:\n      - '5432:5432'\n"),
        ("openapi.json", '{"Body_token": {"title": "Name", "type": "object"}}'),
        ("openapi.json", '{"tokenUrl": "v1/auth/token"}'),
        ("uv.lock.toml", 'hash = "sha256:' + "0123456789abcdef" * 4 + '"\n'),
    ],
)
def test_what_is_no_secret_stays(name: str, text: str) -> None:
    assert shown_of(Path(name), text) == text


@pytest.mark.parametrize("word", ["password", 'token="', "://a:", "a=b ", "token:\n"])
def test_a_file_that_is_made_to_be_slow_is_not(word: str) -> None:
    began = perf_counter()
    for name in ("x.py", "x.yml"):
        shown_of(Path(name), word * 4000)
    assert perf_counter() - began < 5
