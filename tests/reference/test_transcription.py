"""Speech becomes text by the configured provider, within limits, or is refused in words."""

from __future__ import annotations

import base64
import importlib
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

import pytest
from fastapi import FastAPI
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from chatkit_agent.sandbox.serving import served

from .conftest import TARGET, chat_with


class Provider:
    """A real HTTP server with the transcription route of OpenAI's API."""

    def __init__(self) -> None:
        self.status = 200
        self.heard: list[dict[str, Any]] = []

    async def transcriptions(self, request: Request) -> JSONResponse:
        if self.status != 200:
            error = {"error": {"message": "secret words of the provider"}}
            return JSONResponse(error, self.status)
        async with request.form() as form:
            file: Any = form["file"]
            self.heard.append(
                {
                    "model": form["model"],
                    "name": file.filename,
                    "type": file.content_type,
                    "size": len(await file.read()),
                    "key": request.headers["authorization"],
                }
            )
        return JSONResponse({"text": "add milk to my list"})

    def app(self) -> Starlette:
        path = "/v1/audio/transcriptions"
        return Starlette(routes=[Route(path, self.transcriptions, methods=["POST"])])


@pytest.fixture
def provider(configured: Callable[..., None]) -> Iterator[Provider]:
    provider = Provider()
    with served(provider.app()) as url:
        configured(OPENAI_BASE_URL=f"{url}/v1")
        yield provider


@pytest.fixture
def chat_url(services: ModuleType, verified_user: Any, provider: Provider) -> Iterator[str]:
    """A chat that can hear."""
    chat = importlib.import_module(f"{TARGET}.chatkit_runtime.transcription").Transcription
    app = FastAPI()
    app.include_router(
        services.create_chatkit_router(current_user=verified_user, server=chat_with(chat))
    )
    with served(app) as url:
        yield url


def say(someone: Any, audio: bytes, mime_type: str = "audio/webm;codecs=opus") -> Any:
    encoded = base64.b64encode(audio).decode()
    return someone.ask("input.transcribe", audio_base64=encoded, mime_type=mime_type)


def test_speech_becomes_text(
    person: Callable[..., Any], provider: Provider, configured: Callable[..., None]
) -> None:
    configured(TRANSCRIPTION_MODEL="listener-1")
    answer = say(person(), b"\x1aE\xdf\xa3" * 1000)
    assert (answer.status_code, answer.json()) == (200, {"text": "add milk to my list"})
    assert provider.heard == [
        {
            "model": "listener-1",
            "name": "speech.webm",
            "type": "audio/webm",
            "size": 4000,
            "key": "Bearer sk-offline",
        }
    ]


def test_long_speech_fits_and_longer_does_not(
    person: Callable[..., Any], provider: Provider
) -> None:
    alice = person()
    assert say(alice, bytes(10 * 1024 * 1024)).status_code == 200
    assert say(alice, bytes(10 * 1024 * 1024 + 1)).status_code == 400
    assert say(alice, bytes(11 * 1024 * 1024)).status_code == 413
    assert len(provider.heard) == 1


def test_other_requests_keep_their_limit(person: Callable[..., Any]) -> None:
    title = "x" * (2 * 1024 * 1024)
    answer = person().ask("threads.update", thread_id="thr_1", title=title)
    assert answer.status_code == 413


@pytest.mark.parametrize(
    ("audio", "mime_type"), [(b"", "audio/webm"), (b"x", "text/html"), (b"x", "")]
)
def test_what_is_no_recording_is_refused(
    person: Callable[..., Any], provider: Provider, audio: bytes, mime_type: str
) -> None:
    answer = say(person(), audio, mime_type)
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "not_audio"
    assert provider.heard == []


def test_what_is_not_base64_is_refused(person: Callable[..., Any]) -> None:
    answer = person().ask("input.transcribe", audio_base64="abc", mime_type="audio/webm")
    assert answer.status_code == 400


@pytest.mark.parametrize(("status", "answered"), [(400, 400), (401, 503), (404, 503)])
def test_a_refusal_of_the_provider_is_said_in_our_words(
    person: Callable[..., Any], provider: Provider, status: int, answered: int
) -> None:
    provider.status = status
    answer = say(person(), b"x")
    assert answer.status_code == answered
    assert "secret" not in answer.text


def test_without_the_module_it_is_refused(
    services: ModuleType, configured: Callable[..., None], verified_user: Any, make_person: Any
) -> None:
    app = FastAPI()
    core = importlib.import_module(f"{TARGET}.chatkit_runtime.turn").TurnServer
    app.include_router(
        services.create_chatkit_router(current_user=verified_user, server=chat_with(core))
    )
    with served(app) as url:
        assert say(make_person(url), b"x").status_code == 501
