"""How much the files of a message and of a person may be together, and what is not there."""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import ModuleType
from typing import Any

import asyncpg
import httpx
import pytest
from chatkit import types as ck
from fastapi import APIRouter, Depends, FastAPI, HTTPException, Request
from pydantic import AnyUrl

from chatkit_agent.sandbox.serving import served

from . import test_attachments as files
from .conftest import TARGET, chat_with
from .conversations import a_file
from .people import Person, message

folder, chat_url = files.folder, files.chat_url
ADDRESS = ck.AttachmentUploadDescriptor(url=AnyUrl("http://a.example/u"), method="PUT", headers={})


def test_the_files_of_a_message_have_so_many_bytes_together(
    folder: Path, person: Callable[..., Any], configured: Callable[..., None]
) -> None:
    configured(ATTACHMENTS_MESSAGE_BYTES=str(2 * len(files.PNG)))
    alice = person()
    ids = [files.uploaded(alice)["id"] for _ in range(3)]
    words = {"content": [], "attachments": ids, "inference_options": {}}
    refused = alice.ask("threads.create", input=words)
    assert refused.status_code == 413
    assert "together" in refused.json()["error"]["message"]
    assert alice.ask("threads.list", limit=5, order="desc").json()["data"] == []
    assert files.say_with(alice, *ids[:2])


def test_a_person_has_room_for_so_many_bytes(
    folder: Path, person: Callable[..., Any], configured: Callable[..., None]
) -> None:
    configured(ATTACHMENTS_USER_BYTES="10000")
    alice, bob = person(), person("bob")
    made = [files.create(alice, b"x" * 4500, "text/plain") for _ in range(3)]
    assert [each.status_code for each in made] == [200, 200, 413]
    assert "delete" in made[-1].json()["error"]["message"]
    assert files.create(bob, b"x" * 4500, "text/plain").status_code == 200
    gone = alice.ask("attachments.delete", attachment_id=made[0].json()["id"])
    assert gone.status_code == 200
    assert files.create(alice, b"x" * 4500, "text/plain").status_code == 200
    assert "metadata" not in made[0].json()


def test_many_small_files_fill_the_room_as_well(
    folder: Path, person: Callable[..., Any], configured: Callable[..., None]
) -> None:
    configured(ATTACHMENTS_USER_BYTES="10000")
    alice = person()
    made = [files.create(alice, b"x", "text/plain").status_code for _ in range(4)]
    assert made == [200, 200, 200, 413]


def test_files_that_come_at_once_have_no_more_room(
    folder: Path, make_person: Callable[..., Any], chat_url: str, configured: Callable[..., None]
) -> None:
    configured(ATTACHMENTS_USER_BYTES="20000")
    people = [make_person(chat_url) for _ in range(12)]
    with ThreadPoolExecutor(len(people)) as threads:
        made = threads.map(lambda each: files.create(each, b"x" * 5000, "text/plain"), people)
    assert sorted(each.status_code for each in made) == [200] * 4 + [413] * 8


@pytest.mark.anyio
@pytest.mark.parametrize("distributed", [False, True])
async def test_machines_that_add_at_once_count_each_other(
    make_store: Callable[..., Any], alice: Any, distributed: bool
) -> None:
    stores = [make_store(distributed=distributed) for _ in range(3)]
    for store in stores:
        await store.ping()
    added = await asyncio.gather(
        *(
            store.add_attachment(paper(f"atc_{n}_{m}"), alice, size=5000, most=20_000)
            for n, store in enumerate(stores)
            for m in range(4)
        )
    )
    assert sum(added) == 4


@pytest.mark.anyio
async def test_a_file_counts_for_as_long_as_its_address_takes_it(
    store: Any, alice: Any, database_url: str
) -> None:
    connection = await asyncpg.connect(database_url)
    announced = paper("atc_1", upload_descriptor=ADDRESS)
    assert await store.add_attachment(announced, alice, size=5000, most=5000)
    for minutes, added in ((11, False), (30, True)):
        await connection.execute(
            "update app_chat.attachments set created_at = now() - make_interval(mins => $1)",
            minutes,
        )
        assert await store.add_attachment(paper("atc_2"), alice, size=5000, most=5000) is added
    await connection.close()


def paper(name: str, **also: Any) -> ck.FileAttachment:
    return a_file(name, metadata={"bytes": 5000}, **also)


@pytest.mark.parametrize("attachment_id", ["atc_none", "x" * 5000, "x" * 300_000, "../x", "\0", ""])
def test_what_is_not_there_cannot_be_deleted(
    folder: Path,
    person: Callable[..., Any],
    caplog: pytest.LogCaptureFixture,
    attachment_id: str,
) -> None:
    refused = person().ask("attachments.delete", attachment_id=attachment_id)
    assert refused.status_code == (400 if len(attachment_id) > 200 else 404)
    assert all(len(record.getMessage()) < 2000 for record in caplog.records)


def test_a_dependency_of_the_whole_application_is_not_asked_for_files(
    services: ModuleType, configured: Callable[..., None], verified_user: Any, folder: Path
) -> None:
    """A browser brings no token where an address is signed."""

    def gate(request: Request) -> None:
        if "authorization" not in request.headers:
            raise HTTPException(401)

    chat = importlib.import_module(f"{TARGET}.chatkit_runtime.attachments").Attachments
    app, inner = FastAPI(dependencies=[Depends(gate)]), APIRouter(prefix="/api")
    inner.include_router(
        services.create_chatkit_router(
            current_user=verified_user, server=chat_with(chat), path="/talk/chatkit"
        )
    )
    app.include_router(inner)
    with served(app) as url:
        configured(ATTACHMENTS_URL=f"{url}/api/talk/chatkit")
        assert httpx.get(f"{url}/api/talk/chatkit/health").status_code == 401
        alice = Person("alice", f"{url}/api/talk")
        made = files.uploaded(alice)
        alice.http.close()
        assert httpx.get(made["preview_url"]).content == files.PNG


def test_of_files_that_come_at_once_an_address_takes_one(
    folder: Path, person: Callable[..., Any]
) -> None:
    made = files.create(person()).json()
    sent = [files.PNG[:-1] + bytes([number]) for number in range(5)]
    with ThreadPoolExecutor(5) as pool:
        found = [
            answer.status_code for answer in pool.map(lambda each: files.put(made, each), sent)
        ]
    assert sorted(found) == [204, 409, 409, 409, 409]
    (kept,) = [path for path in folder.rglob("*") if path.is_file()]
    assert kept.read_bytes() == sent[found.index(204)]


def test_a_file_that_is_not_what_it_is_called_does_not_get_in(
    folder: Path, person: Callable[..., Any], configured: Callable[..., None], offline_model: Any
) -> None:
    configured(ATTACHMENTS_TYPES="image/png,application/pdf")
    alice = person()
    for kind, content in (("image/png", b"<html>"), ("application/pdf", files.PNG)):
        made = files.create(alice, content, kind).json()
        refused = files.put(made, content)
        assert (refused.status_code, kind in refused.text) == (400, True)
    gif = b"GIF89a" + bytes(9)  # pictures are called another often, and shown all the same
    made = files.uploaded(alice, gif, "image/png")
    files.say_with(alice, made["id"])
    assert "data:image/gif;base64," in str(files.told(offline_model))


def test_a_message_that_was_one_too_many_may_be_sent_again_with_its_files(
    folder: Path, person: Callable[..., Any], configured: Callable[..., None], offline_model: Any
) -> None:
    configured(TURNS_PER_USER="1")
    alice = person()
    made = files.uploaded(alice)
    words = message("Look", attachments=[made["id"]])
    offline_model.behave(hold_after=1, times=1)
    with alice.saying("Hello") as events:
        next(events)
        assert person().ask("threads.create", input=words).status_code == 429
        offline_model.release()
        list(events)
    assert not [e for e in files.say_with(alice, made["id"]) if e["type"] == "error"]


def test_a_file_that_could_not_be_kept_may_be_sent_again(
    folder: Path, person: Callable[..., Any]
) -> None:
    made = files.create(person()).json()
    folder.rmdir()
    folder.touch()
    assert files.put(made).status_code == 503
    folder.unlink()
    assert files.put(made).status_code == 204


def test_a_message_with_a_file_that_never_came_is_refused(
    folder: Path, person: Callable[..., Any], offline_model: Any
) -> None:
    alice = person()
    made = files.create(alice).json()
    words = message("Look", attachments=[made["id"]])
    refused = alice.ask("threads.create", input=words)
    assert (refused.status_code, refused.json()["error"]["code"]) == (400, "not_uploaded")
    assert alice.ask("threads.list").json()["data"] == []
    assert files.put(made).status_code == 204
    assert not [e for e in files.say_with(alice, made["id"]) if e["type"] == "error"]
