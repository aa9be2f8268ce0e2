"""Routes that read are found with their whole paths; what is no tool is left out."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from chatkit_agent.project.detectors.app import find_app
from chatkit_agent.project.detectors.auth import find_auth
from chatkit_agent.project.detectors.routes import find_routes
from tests.project.detectors.conftest import MakeSources

HEAD = "from fastapi import APIRouter, Depends, FastAPI\n"
AUTH = """\
from fastapi import Depends
from fastapi.security import OAuth2PasswordBearer
scheme = OAuth2PasswordBearer(tokenUrl="token")
def get_current_user(token: str = Depends(scheme)):
    return {"id": decode(token)["sub"]}
"""


def found(sources: MakeSources, files: Mapping[str, str]) -> list[tuple[str, bool]]:
    read = sources(files)
    app, _ = find_app(read, (), None)
    routes = find_routes(read, app, find_auth(read, app, None))
    return [(each.label, each.knows_person) for each in routes]


def test_prefixes_are_put_together(sources: MakeSources) -> None:
    files = {
        "app/main.py": f"{HEAD}from app.api import api\nfrom app.config import settings\n"
        "app = FastAPI()\napp.include_router(api, prefix=settings.API)\n",
        "app/config.py": "class Settings:\n    API: str = '/api/v1'\nsettings = Settings()\n",
        "app/api.py": f"{HEAD}from app import items\nV = '/v'\napi = APIRouter()\n"
        "api.include_router(items.router, prefix=V)\n",
        "app/items.py": f"{HEAD}from app.auth import get_current_user\n"
        "router = APIRouter(prefix='/items')\n"
        "@router.get('/')\ndef items(user=Depends(get_current_user)): ...\n"
        "@router.get('/open')\ndef open_items(): ...\n"
        "@router.post('/')\ndef add(): ...\n",
        "app/auth.py": AUTH,
    }
    assert found(sources, files) == [
        ("GET /api/v1/v/items/", True),
        ("GET /api/v1/v/items/open", False),
    ]


@pytest.mark.parametrize("name", ["app", "api"])
def test_an_application_is_made_by_a_function_under_the_same_name(
    sources: MakeSources, name: str
) -> None:
    files = {
        "app/main.py": f"{HEAD}from app import items\n"
        f"def create_app():\n    app = FastAPI()\n    app.include_router(items.router)\n"
        f"    return app\n{name} = create_app()\n",
        "app/items.py": f"{HEAD}router = APIRouter()\n@router.get('/items')\ndef items(): ...\n",
    }
    assert found(sources, files) == [("GET /items", False)]


@pytest.mark.parametrize(
    ("prefix", "routes"),
    [
        ('f"/api/{V}/items"', [("GET /api/v1/items/open", False)]),
        ('f"{BASE}/items"', [("GET /api/v1/items/open", False)]),
        ('f"/api/{made()}/items"', []),
    ],
)
def test_a_prefix_that_is_put_together(
    sources: MakeSources, prefix: str, routes: list[tuple[str, bool]]
) -> None:
    code = (
        f"{HEAD}V = 'v1'\nBASE = f'/api/{{V}}'\napp = FastAPI()\n"
        f"router = APIRouter()\n@router.get('/open')\ndef open_items(): ...\n"
        f"app.include_router(router, prefix={prefix})\n"
    )
    assert found(sources, {"app/main.py": code}) == routes


@pytest.mark.parametrize(
    ("parameter", "knows"),
    [
        ("user: Annotated[dict, Depends(get_current_user)]", True),
        ("user: User", True),
        ("user: dict = Depends(get_db)", False),
    ],
)
def test_who_is_signed_in(sources: MakeSources, parameter: str, knows: bool) -> None:
    code = (
        f"{HEAD}from typing import Annotated\nfrom auth import get_current_user\napp = FastAPI()\n"
        f"User = Annotated[dict, Depends(get_current_user)]\n"
        f"@app.get('/me')\ndef me({parameter}): ...\n"
    )
    assert found(sources, {"main.py": code, "auth.py": AUTH}) == [("GET /me", knows)]


@pytest.mark.parametrize(
    "route",
    [
        "@app.get('/')\ndef root(): ...",
        "@app.get('/health')\ndef health(): ...",
        "@app.get('/healthy')\ndef health(): ...",
        "@app.get('/auth/token')\ndef token(): ...",
        "@app.get('/users/login')\ndef login(): ...",
        "@app.get('/x', include_in_schema=False)\ndef hidden(): ...",
        "@app.get('/x', response_class=responses.HTMLResponse)\ndef page(): ...",
        "@app.get('/x', deprecated=True)\ndef old(): ...",
        "@app.get(f'/{name}')\ndef computed(): ...",
        "@app.post('/x')\ndef written(): ...",
        "cache = Cache()\n@cache.get('/x')\ndef other(): ...",
        "from redis import cache\n@cache.get('/x')\ndef other(): ...",
    ],
)
def test_left_out(sources: MakeSources, route: str) -> None:
    code = f"{HEAD}from fastapi import responses\napp = FastAPI()\n{route}\n"
    assert found(sources, {"main.py": code}) == []


def test_a_router_that_is_in_no_application_has_no_routes(sources: MakeSources) -> None:
    code = f"{HEAD}app = FastAPI()\nrouter = APIRouter()\n@router.get('/x')\ndef x(): ...\n"
    assert found(sources, {"main.py": code}) == []
