"""Middlewares: what refuses a browser or holds its answer back, and what does neither."""

from __future__ import annotations

import pytest

from chatkit_agent.project.detectors.middlewares import find_middlewares
from chatkit_agent.project.facts import Packaging
from chatkit_agent.project.source.declared import from_lines
from chatkit_agent.project.source.sources import Sources
from tests.project.detectors.conftest import MakeSources

IMPORTS = """from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware
from fastapi.middleware.gzip import GZipMiddleware
from starlette.middleware import Middleware

app = FastAPI()
"""


def effects(sources: Sources, *requirements: str) -> list[str]:
    listed = tuple(from_lines(requirements, "requirements.txt"))
    packaging = Packaging("pip", "requirements.txt", "requirements", requirements=listed)
    return [f"{each.name}: {each.effect}" for each in find_middlewares(sources, None, packaging)]


@pytest.mark.parametrize(
    ("arguments", "wanted"),
    [
        ("allow_origins=['*']", "`POST` and the headers `authorization` and `chatkit-frame-"),
        ("allow_methods=['*']", "let it allow the headers `authorization` and `chatkit-frame-"),
        ("allow_headers=['*'], allow_methods=['GET', 'PUT']", "let it allow `POST`."),
        (
            "allow_methods=['POST'], allow_headers=['Authorization', 'X-A']",
            "the headers `chatkit-frame-instance-id`.",
        ),
        ("allow_headers=settings.headers, allow_methods=['*']", "its values are computed."),
        ("**options", "its values are computed."),
    ],
)
@pytest.mark.parametrize(
    "form", ["app.add_middleware(CORSMiddleware, {})", "stack = [Middleware(CORSMiddleware, {})]"]
)
def test_cors_that_refuses(sources: MakeSources, form: str, arguments: str, wanted: str) -> None:
    (effect,) = effects(sources({"main.py": f"{IMPORTS}{form.format(arguments)}\n"}))
    assert effect.startswith("CORSMiddleware: ")
    assert wanted in effect


@pytest.mark.parametrize(
    "line",
    [
        "app.add_middleware(CORSMiddleware, allow_methods=['*'], allow_headers=['*'])",
        "app.add_middleware(CORSMiddleware, allow_methods=('post',),"
        " allow_headers=['Authorization', 'ChatKit-Frame-Instance-Id'])",
        "app.add_middleware(Other, allow_methods=['GET'])",
        "print('add_middleware(CORSMiddleware)')",
    ],
)
def test_cors_that_lets_through(sources: MakeSources, line: str) -> None:
    assert effects(sources({"main.py": f"{IMPORTS}{line}\n"})) == []


GZIP = f"{IMPORTS}app.add_middleware(GZipMiddleware, minimum_size=500)\n"


@pytest.mark.parametrize(
    ("requirements", "said"),
    [
        ((), "before 0.46: take"),
        (("starlette==0.41.3",), "before 0.46 (here it is 0.41.3): take"),
        (("starlette>=0.40",), "before 0.46: take"),
    ],
)
def test_an_old_compression(sources: MakeSources, requirements: tuple[str, ...], said: str) -> None:
    (effect,) = effects(sources({"main.py": GZIP}), *requirements)
    assert said in effect


def test_a_new_compression(sources: MakeSources) -> None:
    made = sources({"main.py": GZIP})
    assert effects(made, "starlette==0.46.0") == []
    (made.tree.root / ".venv/lib/python3.11/site-packages/starlette-1.10.0.dist-info").mkdir(
        parents=True
    )
    assert effects(made) == []


@pytest.mark.parametrize("version", ["1.10.0-of-ours", "x", ""])
def test_an_installed_one_that_says_no_version(sources: MakeSources, version: str) -> None:
    made = sources({"main.py": GZIP})
    packages = made.tree.root / ".venv/lib/python3.11/site-packages"
    (packages / f"starlette-{version}.dist-info").mkdir(parents=True)
    assert ["before 0.46: take" in each for each in effects(made)] == [True]


READING = """
@app.middleware("http")
async def keep(request, call_next):
    response = await call_next(request)
    {body}
    return response
"""


def test_what_takes_whole_answers(sources: MakeSources) -> None:
    body = "body = b''.join([piece async for piece in response.body_iterator])"
    (effect,) = effects(sources({"main.py": IMPORTS + READING.format(body=body)}))
    assert effect.startswith("keep: takes whole answers")


def test_what_passes_answers_on(sources: MakeSources) -> None:
    text = IMPORTS + READING.format(body="response.headers['x'] = 'y'")
    assert effects(sources({"main.py": text})) == []
    assert effects(sources({"tests/test_main.py": GZIP})) == []
