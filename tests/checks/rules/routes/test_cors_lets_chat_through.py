"""A list that lacks what the client sends is found; a star, or what is computed, is not."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from chatkit_agent.checks.finding import Finding
from chatkit_agent.checks.rules.routes.cors_lets_chat_through import cors_lets_chat_through

Findings = Callable[..., list[Finding]]
MAIN = """\
import chatkit
from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware
app = FastAPI()
HEADERS = ["content-type"]
app.add_middleware(CORSMiddleware, {given})
"""
ALL = '"Authorization", "chatkit-frame-instance-id"'


@pytest.mark.parametrize(
    ("given", "missing"),
    [
        ('allow_methods=["*"], allow_headers=["Authorization"]', "`chatkit-frame-instance-id`"),
        ('allow_methods=["*"], allow_headers=HEADERS', "`authorization` and `chatkit-frame"),
        ('allow_methods=["POST"]', "`authorization` and `chatkit-frame"),
        (f'allow_methods=["GET"], allow_headers=[{ALL}]', "`POST`"),
        (f"allow_headers=[{ALL}]", "`POST`"),
        (
            'allow_methods=["*"], allow_headers=["*"], allow_origins=["https://a.example/"]',
            "`https://a.example/`",
        ),
    ],
)
def test_found(findings: Findings, given: str, missing: str) -> None:
    (finding,) = findings(cors_lets_chat_through, {"app/main.py": MAIN.format(given=given)})
    assert missing in finding.what
    assert finding.where == "app/main.py:6"


@pytest.mark.parametrize(
    "given",
    [
        'allow_methods=["*"], allow_headers=["*"]',
        f'allow_methods=("GET", "POST"), allow_headers=("Content-Type", {ALL})',
        "allow_methods=settings.methods, allow_headers=settings.headers",
        "**OPTIONS",
        'allow_methods=["*"], allow_headers=["*"], allow_origins=["https://a.example:8443", "*"]',
    ],
)
def test_quiet(findings: Findings, given: str) -> None:
    assert not findings(cors_lets_chat_through, {"app/main.py": MAIN.format(given=given)})


SPELLED = """\
import chatkit
import fastapi.middleware.cors as cors
from fastapi import FastAPI
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware as Cors
from app import origins
from app.origins import ALL, FEW, add, settings
class Ours(Cors): ...
METHODS = "GET,POST"
# allow_headers=["*"]
"""
ORIGINS = """\
from fastapi.middleware.cors import CORSMiddleware
from pydantic_settings import BaseSettings
FEW = ["content-type"]
ALL = [*FEW, "authorization", "chatkit-frame-instance-id"]
class Settings(BaseSettings):
    headers: list[str] = ["content-type"]
settings = Settings()
def add(app, headers):
    app.add_middleware(CORSMiddleware, allow_methods=["*"], allow_headers=headers)
"""
REFUSED = {
    "a constant of another module": "app.add_middleware(Cors, allow_methods=['*'], allow_headers=FEW)",
    "by the module": "app.add_middleware(cors.CORSMiddleware, allow_methods=['*'], "
    "allow_headers=origins.FEW)",
    "by keyword": "app.add_middleware(middleware_class=Cors, allow_methods=['*'], allow_headers=FEW)",
    "a list of middlewares": "app = FastAPI(middleware=[Middleware(Cors, allow_methods=['*'])])",
    "around the application": "app = Cors(app, allow_methods=['*'], allow_headers=FEW)",
    "a class of its own": "app.add_middleware(Ours, allow_methods=['*'], allow_headers=FEW)",
    "a helper of another module": "add(FastAPI(), FEW)",
    "settings": "app.add_middleware(Cors, allow_methods=['*'], allow_headers=settings.headers)",
    "a text": "app.add_middleware(Cors, allow_methods=METHODS.split(','), "
    "allow_headers='content-type,x-a'.split(','))",
    "put together": "app.add_middleware(Cors, allow_methods=['*'], allow_headers=[*FEW, 'x-a'])",
}
LET_THROUGH = {
    "put together": "app.add_middleware(Cors, allow_methods=['*'], allow_headers=ALL)",
    "added": "app.add_middleware(Cors, allow_methods=['GET'] + ['POST'], allow_headers=FEW + ALL)",
    "a text": "app.add_middleware(Cors, allow_methods=[m.strip() for m in METHODS.split(',')], "
    "allow_headers=ALL)",
    "unknown": "app.add_middleware(Cors, allow_methods=['*'], allow_headers=[*read(), 'x-a'])",
    "another middleware": "app.add_middleware(Other, allow_methods=['GET'])",
    "a helper of another module": "add(FastAPI(), ALL)",
}


def spelled(body: str) -> dict[str, str]:
    return {"app/main.py": f"{SPELLED}{body}\n", "app/origins.py": ORIGINS}


@pytest.mark.parametrize("name", REFUSED)
def test_refused_in_whatever_way(findings: Findings, name: str) -> None:
    assert len(findings(cors_lets_chat_through, spelled(REFUSED[name]))) == 1


@pytest.mark.parametrize("name", LET_THROUGH)
def test_let_through_in_whatever_way(findings: Findings, name: str) -> None:
    files = spelled(LET_THROUGH[name])
    if "add(" not in LET_THROUGH[name]:
        files["app/origins.py"] = ORIGINS.partition("def add")[0] + "def add(): ...\n"
    assert not findings(cors_lets_chat_through, files)
