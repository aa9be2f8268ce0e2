"""Files with variables are told by their names, and examples among them."""

from __future__ import annotations

import pytest

from chatkit_agent.project.env_files import is_env_file, is_example


@pytest.mark.parametrize(
    ("name", "is_one"),
    [
        *((name, True) for name in (".env", "env", ".ENV", ".env.local", ".env-prod", ".env_prod")),
        *((name, True) for name in (".env copy", ".flaskenv", "dotenv", ".dotenv")),
        *((name, True) for name in ("prod.env", "prod-env", "prod_env", ".prod.env")),
        *((name, True) for name in ("app.env.prod", "env.local", "env_local", "dotenv.sample")),
        *((name, True) for name in (".env.example", "env.txt", "prod.env.bak")),
        *((name, False) for name in ("env.py", ".env.py", "vite-env.d.ts", "env.json", "env.sh")),
        *((name, False) for name in ("env.YAML", "env.ini", "env.lock", "app.env.md")),
        *((name, False) for name in ("environment", "environment.yml", "venv", "envoy.conf")),
        *((name, False) for name in ("myenv", "main.py", "", ".envrc", ".environment")),
    ],
)
def test_env_files(name: str, is_one: bool) -> None:
    assert is_env_file(name) is is_one


@pytest.mark.parametrize(
    ("name", "is_one"),
    [
        *((name, True) for name in (".env.example", "sample.env", ".env.dist", ".env.TEMPLATE")),
        *((name, False) for name in (".env", ".env.local", "prod.env")),
    ],
)
def test_examples(name: str, is_one: bool) -> None:
    assert is_example(name) is is_one
