"""How much the files of a message and of a person may be together, and what is not there."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from . import test_attachments as files

folder, chat_url = files.folder, files.chat_url


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
