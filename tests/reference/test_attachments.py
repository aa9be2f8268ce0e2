"""Files come in by signed addresses, reach the model, and are their owner's alone."""

from __future__ import annotations

import base64
import importlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import httpx
import jwt
import pytest
from fastapi import FastAPI
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from chatkit_agent.sandbox.serving import served

from .conftest import TARGET, chat_with

SECRET = "a secret for the addresses of files in tests"
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg=="
)


class Storage:
    """What is needed of S3's protocol, over HTTP; it looks who signed, not whether rightly."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}

    async def serve(self, request: Request) -> Response:
        assert "Credential=files-key/" in request.headers["authorization"]
        key = request.path_params["key"]
        if request.method == "PUT":
            self.objects[key] = await self.body(request)
            return Response(status_code=200)
        if request.method == "DELETE":
            self.objects.pop(key, None)
            return Response(status_code=204)
        if key in self.objects:
            return Response(self.objects[key])
        error = "<Error><Code>NoSuchKey</Code><Message>no</Message></Error>"
        return Response(error, 404, media_type="application/xml")

    async def body(self, request: Request) -> bytes:
        body = await request.body()
        if "aws-chunked" not in request.headers.get("content-encoding", ""):
            return body
        size, _, rest = body.partition(b"\r\n")
        return rest[: int(size.partition(b";")[0], 16)]

    async def list(self, request: Request) -> Response:
        rows = "".join(f"<Contents><Key>{key}</Key></Contents>" for key in self.objects)
        name = "ListBucketResult"
        return Response(f"<{name}>{rows}</{name}>", media_type="application/xml")

    def app(self) -> Starlette:
        methods = ["PUT", "GET", "DELETE"]
        return Starlette(
            routes=[
                Route("/files/{key:path}", self.serve, methods=methods),
                Route("/files", self.list),
            ]
        )


@pytest.fixture(params=["folder", "bucket"])
def storage(
    request: pytest.FixtureRequest,
    configured: Callable[..., None],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> Iterator[Callable[[], list[bytes]]]:
    """Gives what is kept there."""
    configured(ATTACHMENTS_SECRET=SECRET)
    if request.param == "folder":
        configured(ATTACHMENTS_FOLDER=str(tmp_path))
        yield lambda: [path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()]
        return
    pytest.importorskip("boto3")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "files-key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "files-secret")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    bucket = Storage()
    with served(bucket.app()) as url:
        configured(ATTACHMENTS_BUCKET="files", ATTACHMENTS_ENDPOINT=url)
        yield lambda: list(bucket.objects.values())


@pytest.fixture
def folder(configured: Callable[..., None], tmp_path: Path) -> Path:
    configured(ATTACHMENTS_SECRET=SECRET, ATTACHMENTS_FOLDER=str(tmp_path))
    return tmp_path


@pytest.fixture
def chat_url(
    services: ModuleType, verified_user: Any, configured: Callable[..., None]
) -> Iterator[str]:
    chat = importlib.import_module(f"{TARGET}.chatkit_runtime.attachments").Attachments
    app = FastAPI()
    app.include_router(
        services.create_chatkit_router(current_user=verified_user, server=chat_with(chat))
    )
    with served(app) as url:
        configured(ATTACHMENTS_URL=f"{url}/chatkit")
        yield url


def create(someone: Any, content: bytes = PNG, kind: str = "image/png", **more: Any) -> Any:
    asked = {"name": "a file", "size": len(content), "mime_type": kind, **more}
    return someone.ask("attachments.create", **asked)


def put(made: dict[str, Any], content: bytes = PNG, **headers: str) -> httpx.Response:
    """As a browser does: without the user's token."""
    goal = made["upload_descriptor"]
    headers = headers or goal["headers"]
    return httpx.request(
        goal["method"], goal["url"], content=content, headers=headers, trust_env=False
    )


def uploaded(someone: Any, content: bytes = PNG, kind: str = "image/png", **more: Any) -> Any:
    made = create(someone, content, kind, **more).json()
    assert put(made, content).status_code == 204
    return made


def say_with(someone: Any, *attachments: str) -> list[dict[str, Any]]:
    words = {
        "content": [{"type": "input_text", "text": "Look"}],
        "attachments": list(attachments),
        "inference_options": {},
    }
    with someone.stream("threads.create", input=words) as events:
        return list(events)


def told(offline_model: Any) -> list[dict[str, Any]]:
    parts: list[dict[str, Any]] = offline_model.requests[-1].body["input"][0]["content"]
    return parts


def test_a_picture_and_a_text_reach_the_model(
    storage: Callable[[], list[bytes]], person: Callable[..., Any], offline_model: Any
) -> None:
    alice = person()
    picture = uploaded(alice)
    text = uploaded(alice, "Grüße".encode(), "text/plain", name="words.txt")
    assert sorted(storage()) == sorted([PNG, "Grüße".encode()])
    events = say_with(alice, picture["id"], text["id"])
    assert not [event for event in events if event["type"] == "error"]
    words, image, file = told(offline_model)
    assert words["text"] == "Look"
    assert image["image_url"] == f"data:image/png;base64,{base64.b64encode(PNG).decode()}"
    assert file["text"] == "[words.txt]\nGrüße"


def test_a_picture_is_shown_to_who_has_its_address(
    storage: Callable[[], list[bytes]], person: Callable[..., Any]
) -> None:
    alice = person()
    made = uploaded(alice)
    thread = say_with(alice, made["id"])[0]["thread"]["id"]
    (shown,) = alice.items(thread)[0]["attachments"]
    assert "upload_descriptor" not in shown
    answer = httpx.get(shown["preview_url"], trust_env=False)
    assert (answer.content, answer.headers["content-type"]) == (PNG, "image/png")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in answer.headers["content-security-policy"]


def test_an_old_address_of_a_picture_is_renewed_for_its_owner(
    folder: Path, person: Callable[..., Any], services: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    alice = person()
    module = importlib.import_module(f"{TARGET}.chatkit_runtime.attachments")
    with monkeypatch.context() as patch:
        patch.setattr(module, "VIEW_SECONDS", -5)
        made = uploaded(alice)
        thread = say_with(alice, made["id"])[0]["thread"]["id"]
        (old,) = alice.items(thread)[0]["attachments"]
        assert httpx.get(old["preview_url"], trust_env=False).status_code == 403
    (new,) = alice.items(thread)[0]["attachments"]
    assert httpx.get(new["preview_url"], trust_env=False).status_code == 200


def test_text_that_looks_like_an_address_is_not_signed(
    folder: Path, person: Callable[..., Any]
) -> None:
    alice = person()
    key = jwt.encode({"sub": "alice", "file": "atc_1", "exp": 1}, SECRET, "HS256")
    words = f'"preview_url":"http://x/attachments/{key}"'
    thread = alice.say(words).thread
    assert alice.items(thread)[0]["content"][0]["text"] == words


def test_bob_cannot_use_what_is_alices(
    folder: Path, person: Callable[..., Any], offline_model: Any
) -> None:
    alice, bob = person(), person("bob")
    made = uploaded(alice)
    assert bob.ask("attachments.delete", attachment_id=made["id"]).status_code == 404
    words = {"content": [], "attachments": [made["id"]], "inference_options": {}}
    assert bob.ask("threads.create", input=words).status_code == 404
    assert bob.ask("threads.list").json()["data"] == []
    assert [path for path in folder.rglob("*") if path.is_file()]
    assert alice.ask("attachments.delete", attachment_id=made["id"]).status_code == 200
    assert not [path for path in folder.rglob("*") if path.is_file()]


@pytest.mark.parametrize(
    "claims",
    [
        {"sub": "bob"},
        {"file": "atc_other"},
        {"exp": int(time.time()) - 1},
        {"use": "view"},
        {"bytes": 10**9},
    ],
)
def test_an_address_cannot_be_changed(
    folder: Path, person: Callable[..., Any], claims: dict[str, Any]
) -> None:
    made = create(person()).json()
    url = made["upload_descriptor"]["url"]
    place, _, key = url.rpartition("/")
    known = jwt.decode(key, options={"verify_signature": False})
    for secret in ("guessed " * 8, ""):
        forged = jwt.encode({**known, **claims}, secret, "HS256" if secret else "none")
        made["upload_descriptor"]["url"] = f"{place}/{forged}"
        assert put(made).status_code == 403
    # Signed by us, it still is for this use, this file and this user only.
    made["upload_descriptor"]["url"] = f"{place}/{jwt.encode({**known, **claims}, SECRET, 'HS256')}"
    assert put(made).status_code in {403, 404, 413}
    assert not [path for path in folder.rglob("*") if path.is_file()]


def test_an_address_takes_one_file_of_its_size_and_type(
    folder: Path, person: Callable[..., Any]
) -> None:
    made = create(person()).json()
    assert put(made, PNG + b"x").status_code == 413
    assert put(made, PNG[:-1]).status_code == 413
    refused = put(made, PNG, **{"Content-Type": "text/html"})
    assert refused.status_code == 400
    assert not [path for path in folder.rglob("*") if path.is_file()]
    assert put(made).status_code == 204
    assert put(made).status_code == 409


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ({"kind": "text/html"}, 400),
        ({"kind": "image/svg+xml"}, 400),
        ({"size": 0}, 413),
        ({"size": -1}, 413),
        ({"size": 10 * 1024 * 1024 + 1}, 413),
    ],
)
def test_other_files_are_refused(
    folder: Path, person: Callable[..., Any], asked: dict[str, Any], status: int
) -> None:
    assert create(person(), **asked).status_code == status


PAPER = b"%PDF-1.4\n" + bytes(range(128, 256))


@pytest.mark.parametrize("api", ["responses", "chat_completions"])
def test_a_paper_reaches_the_model_as_a_file(
    folder: Path,
    person: Callable[..., Any],
    configured: Callable[..., None],
    offline_model: Any,
    api: str,
) -> None:
    configured(ATTACHMENTS_TYPES="application/pdf, Text/Plain", MODEL_API=api)
    alice = person()
    paper = uploaded(alice, PAPER, "application/pdf", name="\u202ereport\n")
    say_with(alice, paper["id"])
    body = offline_model.requests[-1].body
    sent = json.dumps(body.get("input") or body["messages"])
    data = f"data:application/pdf;base64,{base64.b64encode(PAPER).decode()}"
    assert data in sent
    assert "report.pdf" in sent
    assert "%PDF" not in sent


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1252"])
def test_a_text_is_read_as_windows_writes_it(optional: Any, encoding: str) -> None:
    text_in = optional("attachment_bytes").text_in
    assert text_in("Größe;Preis €".encode(encoding)) == "Größe;Preis €"


def test_a_type_that_no_model_can_be_shown_is_refused_by_name(
    folder: Path, person: Callable[..., Any], configured: Callable[..., None]
) -> None:
    refused = create(person(), kind="application/pdf")
    assert (refused.status_code, "not application/pdf" in refused.text) == (400, True)
    configured(ATTACHMENTS_TYPES="image/png,application/zip")
    settings = importlib.import_module(f"{TARGET}.chatkit_runtime.attachment_bytes")
    with pytest.raises(ValueError, match="application/zip"):
        settings.AttachmentsSettings(attachments_types="image/png,application/zip")


def test_a_message_has_only_so_many(folder: Path, person: Callable[..., Any]) -> None:
    words = {"content": [], "attachments": ["x"] * 11, "inference_options": {}}
    assert person().ask("threads.create", input=words).status_code == 400


def test_names_lead_nowhere_else(folder: Path, person: Callable[..., Any]) -> None:
    unknown = person("../../../etc/passwd")
    uploaded(unknown, b"x", "text/plain", name="../../../../tmp/x")
    (path,) = [path for path in folder.rglob("*") if path.is_file()]
    assert path.parent.parent == folder


def test_a_file_stays_in_each_conversation_that_has_it(
    folder: Path, person: Callable[..., Any], offline_model: Any
) -> None:
    alice = person()
    made = uploaded(alice, name="cat.png")
    first, second = (say_with(alice, made["id"]) for _ in range(2))
    assert len([path for path in folder.rglob("*") if path.is_file()]) == 2
    deleted = first[0]["thread"]["id"]
    assert alice.ask("threads.delete", thread_id=deleted).status_code == 200
    asked = next(e["item"] for e in second if e["type"] == "thread.item.done")
    (kept,) = asked["attachments"]
    assert httpx.get(kept["preview_url"], trust_env=False).content == PNG
    thread = second[0]["thread"]["id"]
    alice.say("Again", thread)
    assert told(offline_model)[1]["type"] == "input_image"
    assert alice.ask("attachments.delete", attachment_id=kept["id"]).status_code == 200


def test_what_is_not_there_any_more_is_told(
    folder: Path, person: Callable[..., Any], offline_model: Any
) -> None:
    alice = person()
    made = uploaded(alice, name="cat.png")
    for path in folder.rglob("*"):
        path.is_file() and path.unlink()
    say_with(alice, made["id"])
    assert told(offline_model)[1]["text"] == "[The file cat.png is not there.]"


@pytest.mark.parametrize(
    "change",
    [
        {"ATTACHMENTS_SECRET": None},
        {"ATTACHMENTS_SECRET": "short"},
        {"ATTACHMENTS_FOLDER": None},
        {"ATTACHMENTS_MAX_BYTES": "many"},
    ],
)
def test_it_is_off_until_it_is_configured(
    folder: Path,
    person: Callable[..., Any],
    configured: Callable[..., None],
    change: dict[str, str | None],
) -> None:
    configured(**change)
    alice = person()
    refused = create(alice)
    assert refused.status_code == 501
    assert next(iter(change)) in refused.json()["error"]["message"]
    assert alice.say("Hello").text, "the chat itself works"


def test_the_sweep_deletes_what_nobody_has(
    folder: Path,
    person: Callable[..., Any],
    services: ModuleType,
    configured: Callable[..., None],
) -> None:
    alice = person()
    kept, gone = uploaded(alice), uploaded(alice, b"x", "text/plain")
    thread = say_with(alice, gone["id"])[0]["thread"]["id"]
    alice.ask("threads.delete", thread_id=thread)
    command = [sys.executable, "-m", f"{TARGET}.services.attachment_sweep"]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.stdout == "Deleted 1 files.\n", done.stderr
    assert [path.read_bytes() for path in folder.rglob("*") if path.is_file()] == [PNG]
    assert json.dumps(kept)
