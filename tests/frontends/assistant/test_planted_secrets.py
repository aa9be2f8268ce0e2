"""Secrets that are planted in files of every usual name and form: a model is sent none of them."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest

from chatkit_agent.errors import Refused
from chatkit_agent.frontends.assistant.masking import Secrets
from chatkit_agent.frontends.assistant.project_files import ProjectFiles

VALUE = "wJalrXUtnFEMIbPxRfiCYEXAMPLE"
FILES = {
    ".env": f"SESSION={VALUE}\n",
    "env.production": f"SESSION={VALUE}\n",
    "prod.env.local": f"SESSION={VALUE}\n",
    "config.env.bak": f"SESSION={VALUE}\n",
    ".env~": f"SESSION={VALUE}\n",
    ".envrc": f"export SESSION={VALUE}\n",
    "ENV": f"SESSION={VALUE}\n",
    "_netrc": f"machine example.com login me password {VALUE}\n",
    ".netrc": f"machine example.com login me password {VALUE}\n",
    ".pgpass": f"db:5432:*:me:{VALUE}\n",
    ".npmrc": f"//npm.example.com/:_authToken={VALUE}\n",
    ".pypirc": f"[pypi]\npassword = {VALUE}\n",
    "id_rsa": f"{VALUE}\n",
    "deploy/id_ed25519_prod": f"{VALUE}\n",
    "server.pem": f"{VALUE}\n",
    "docker/config.json": json.dumps(
        {"auths": {"ghcr.io": {"auth": base64.b64encode(f"me:{VALUE}".encode()).decode()}}}
    ),
    "secrets.yml": f"stripe: {VALUE}\n",
    "config/secrets.json": json.dumps({"stripe": VALUE}),
    "application.yml": f"db:\n  password: {VALUE}\n",
    "values.yaml": f"env:\n  - apiKey: {VALUE}\n",
    "settings.toml": f"[auth]\nclient_secret = '{VALUE}'\n",
    "app.properties": f"db.password={VALUE}\n",
    "aws.ini": f"[default]\naws_secret_access_key = {VALUE}\n",
    "notes.md": f"aws_secret_access_key = {VALUE}\n",
    "service-account.json": json.dumps({"private_key_id": VALUE}),
    "google.json": json.dumps({"private_key": f"-----BEGIN PRIVATE KEY-----\n{VALUE}\n"}),
    "terraform.tfvars": f"db = {VALUE}\n",
    "terraform.tfstate": f'"x": "{VALUE}"\n',
    "kubeconfig": f"users:\n- user:\n    token: {VALUE}\n",
    "cluster.yaml": f"users:\n- user:\n    client-key-data: {VALUE}\n",
    "app/main.py": f'DATABASE = "postgresql://me:{VALUE}@db/shop"\n',
    "app/jwt.py": f'"eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJtZSJ9.{VALUE}"\n',
    "app/keys.py": f'AWS = dict(aws_secret_access_key="{VALUE}")\n',
    "app/slack.py": 'HOOK = "https://hooks.slack.com/services/T00000000/B00000000/' + VALUE + '"\n',
    "debug.log": f"Authorization: Bearer {VALUE}\npassword={VALUE}\n",
}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


@pytest.mark.parametrize("name", FILES)
def test_no_planted_secret_is_sent(name: str, root: Path) -> None:
    files, secrets = ProjectFiles(root), Secrets.of(root, {})
    encoded = base64.b64encode(f"me:{VALUE}".encode()).decode()
    try:
        sent = secrets.masked(str(files.read(name)["text"]))
    except Refused:
        sent = ""
    sent += secrets.masked(json.dumps(files.search("e")))
    assert VALUE not in sent
    assert encoded not in sent


SHOWN = {
    "main.py": "token = request.headers['x']\nkey = settings.secret_key\nx: U = Depends(auth)\n",
    "secrets.py": "def token() -> str:\n    return make_token()\n",
    "env.py": "from alembic import context\n",
    "environment.yml": "dependencies:\n  - fastapi\n",
    "compose.yml": "services:\n  db:\n    image: postgres:16\n    ports: ['5432:5432']\n",
    "plan.json": '{"plan_id": "0123456789ab", "commit": "9fceb02d0ae598e95dc970"}',
    ".env.example": "SECRET_KEY=change-me\n",
}


@pytest.mark.parametrize("name", SHOWN)
def test_what_is_no_secret_stays(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(SHOWN[name])
    text = str(ProjectFiles(tmp_path).read(name)["text"])
    assert Secrets.of(tmp_path, {}).masked(text).split() == SHOWN[name].split()
