"""CORS: where an application answers other origins, however the middleware is put in front."""

from __future__ import annotations

import pytest

from chatkit_agent.project.source.anatomy import Anatomy
from chatkit_agent.project.source.cors import cors_calls
from tests.project.source.conftest import Project

FASTAPI = "from fastapi.middleware.cors import CORSMiddleware\n"


@pytest.mark.parametrize(
    "source",
    [
        f"{FASTAPI}app.add_middleware(CORSMiddleware, allow_origins=[])",
        f"{FASTAPI}app.add_middleware(middleware_class=CORSMiddleware)",
        "from starlette.middleware.cors import CORSMiddleware as C\napp.add_middleware(C)",
        "import fastapi.middleware.cors as m\napp.add_middleware(m.CORSMiddleware)",
        f"{FASTAPI}Cors = CORSMiddleware\napp.add_middleware(Cors)",
        f"{FASTAPI}from starlette.middleware import Middleware\nMiddleware(CORSMiddleware)",
        f"{FASTAPI}from starlette.middleware import Middleware\nMiddleware(cls=CORSMiddleware)",
        f"{FASTAPI}app = CORSMiddleware(app, allow_origins=[])",
        f"{FASTAPI}def add(app):\n    app.add_middleware(CORSMiddleware)",
        f"{FASTAPI}class Own(CORSMiddleware): ...\napp.add_middleware(Own)",
        f"{FASTAPI}class Own(CORSMiddleware): ...\napp = Own(app)",
    ],
)
def test_it_is_found_once(project: Project, source: str) -> None:
    assert len([*cors_calls(Anatomy(project({"main.py": source})))]) == 1


@pytest.mark.parametrize(
    "source",
    [
        f"{FASTAPI}# app.add_middleware(CORSMiddleware)",
        f"{FASTAPI}print('CORSMiddleware')",
        f"{FASTAPI}print(CORSMiddleware)",
        "class CORSMiddleware: ...\napp.add_middleware(CORSMiddleware)",
        "from own.cors import CORSMiddleware\napp.add_middleware(CORSMiddleware)",
        "from starlette.middleware.gzip import GZipMiddleware\napp.add_middleware(GZipMiddleware)",
        "app.add_middleware()",
    ],
)
def test_look_alikes(project: Project, source: str) -> None:
    assert not [*cors_calls(Anatomy(project({"main.py": source})))]
