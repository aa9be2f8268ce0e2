"""The bytes of attachments: in a folder, or in a bucket of S3 or of what speaks its protocol."""

from __future__ import annotations

import os
from base64 import urlsafe_b64decode, urlsafe_b64encode
from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Protocol
from uuid import uuid4

from pydantic import AfterValidator, Field, SecretStr

from ..chatkit_store import Settings
from .checked_values import MOST_BYTES, Url, Urls, listed
from .settings import ConfigurationError
from .tool_results import PICTURES, picture_kind

TYPES = (
    "image/png,image/jpeg,image/gif,image/webp,text/plain,text/markdown,text/csv,application/json"
)
PDF = "application/pdf"
# Beside `text/`; of all other files a model could only be given bytes as text.
TEXTS = {"application/json", "application/xml", "application/yaml", "application/x-yaml"}


def can_be_shown(kind: str) -> bool:
    """To a model: most take these pictures, many take PDF, and all take text."""
    return kind == PDF or kind in PICTURES or kind.startswith("text/") or kind in TEXTS


def is_what_it_is_called(content: bytes, kind: str) -> bool:
    """A provider refuses what is not, and so each message of its conversation from then on."""
    if kind in PICTURES:
        return picture_kind(content) is not None
    return kind != PDF or b"%PDF-" in content[:1024]


def text_in(content: bytes) -> str:
    """As spreadsheets and editors write it, on Windows too."""
    if content.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
        return content.decode("utf-16", "replace")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", "replace")


def check_types(types: str) -> str:
    """Raises ValueError where a type is none that a model can be shown."""
    odd = [each for each in listed(types) if not can_be_shown(each.lower())]
    if odd:
        raise ValueError(f"no model can be shown {', '.join(odd)}")
    return types


class AttachmentsSettings(Settings):
    attachments_url: Urls = ""
    """The chat's address as browsers reach it, such as https://api.example.com/chatkit."""
    attachments_secret: SecretStr = Field(default=SecretStr(""))
    """Signs addresses, the same in all processes: 32 bytes or more."""
    attachments_folder: Path | None = None
    attachments_bucket: str = ""
    attachments_endpoint: Url | None = None
    """Of an S3-compatible storage that is not Amazon's."""
    attachments_max_bytes: int = Field(default=10 * 1024 * 1024, ge=1, le=MOST_BYTES)
    attachments_message_bytes: int = Field(default=20 * 1024 * 1024, ge=1, le=MOST_BYTES)
    """Of all files of one message, and of those that the model is shown again with it."""
    attachments_user_bytes: int = Field(default=500 * 1024 * 1024, ge=1, le=MOST_BYTES)
    """Of all files of one person."""
    attachments_types: Annotated[str, AfterValidator(check_types)] = TYPES
    """With commas between them; add application/pdf where the model takes it."""

    @property
    def secret(self) -> str:
        return self.attachments_secret.get_secret_value()

    @property
    def types(self) -> list[str]:
        return [each.lower() for each in listed(self.attachments_types)]

    def missing(self) -> list[str]:
        """What has to be set before anybody can attach anything."""
        needed = {
            "ATTACHMENTS_URL": self.attachments_url,
            "ATTACHMENTS_SECRET of 32 bytes or more": len(self.secret.encode()) >= 32,
            "ATTACHMENTS_FOLDER or ATTACHMENTS_BUCKET": self.attachments_folder
            or self.attachments_bucket,
        }
        return [self.variable(name) for name, value in needed.items() if not value]


class AttachmentBytes(Protocol):
    """Each call blocks, and names the user whose attachment it is."""

    def write(self, user_id: str, attachment_id: str, content: bytes) -> None: ...

    def read(self, user_id: str, attachment_id: str) -> bytes | None: ...

    def delete(self, user_id: str, attachment_id: str) -> None: ...

    def list(self) -> Iterator[tuple[str, str]]:
        """The user and the id of every attachment."""
        ...


class Folder:
    """A folder for each user, with a file for each attachment."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def write(self, user_id: str, attachment_id: str, content: bytes) -> None:
        path = self._root / _key(user_id, attachment_id)
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        draft = path.with_name(f".{uuid4().hex}")
        try:
            draft.write_bytes(content)
            os.replace(draft, path)
        finally:
            draft.unlink(missing_ok=True)

    def read(self, user_id: str, attachment_id: str) -> bytes | None:
        try:
            return (self._root / _key(user_id, attachment_id)).read_bytes()
        except FileNotFoundError:
            return None

    def delete(self, user_id: str, attachment_id: str) -> None:
        (self._root / _key(user_id, attachment_id)).unlink(missing_ok=True)

    def list(self) -> Iterator[tuple[str, str]]:
        for path in self._root.glob("*/[!.]*"):
            yield _owner(f"{path.parent.name}/{path.name}")


class Bucket:
    """Amazon's own environment variables say who we are there."""

    def __init__(self, name: str, endpoint: str | None) -> None:
        try:
            import boto3  # type: ignore[import-untyped,unused-ignore]
        except ImportError as error:
            raise ConfigurationError("install boto3, which speaks to the bucket") from error
        self._client: Any = boto3.client("s3", endpoint_url=endpoint)
        self._name = name

    def write(self, user_id: str, attachment_id: str, content: bytes) -> None:
        key = _key(user_id, attachment_id)
        self._client.put_object(Bucket=self._name, Key=key, Body=content)

    def read(self, user_id: str, attachment_id: str) -> bytes | None:
        try:
            found = self._client.get_object(Bucket=self._name, Key=_key(user_id, attachment_id))
        except self._client.exceptions.NoSuchKey:
            return None
        content: bytes = found["Body"].read()
        return content

    def delete(self, user_id: str, attachment_id: str) -> None:
        self._client.delete_object(Bucket=self._name, Key=_key(user_id, attachment_id))

    def list(self) -> Iterator[tuple[str, str]]:
        pages = self._client.get_paginator("list_objects_v2").paginate(Bucket=self._name)
        for page in pages:
            for found in page.get("Contents", ()):
                yield _owner(found["Key"])


@lru_cache(maxsize=4)
def bytes_in(folder: Path | None, bucket: str, endpoint: str | None) -> AttachmentBytes:
    # Making a client of Amazon's takes a tenth of a second.
    return Folder(folder) if folder is not None else Bucket(bucket, endpoint)


def bytes_of(settings: AttachmentsSettings) -> AttachmentBytes:
    where = settings.attachments_folder, settings.attachments_bucket, settings.attachments_endpoint
    return bytes_in(*where)


def _key(user_id: str, attachment_id: str) -> str:
    """Names that no user can make point elsewhere."""
    owner = urlsafe_b64encode(user_id.encode("utf-8", "surrogatepass")).decode()
    return f"{owner}/{urlsafe_b64encode(attachment_id.encode()).decode()}"


def _owner(key: str) -> tuple[str, str]:
    owner, attachment = map(urlsafe_b64decode, key.split("/"))
    return owner.decode("utf-8", "surrogatepass"), attachment.decode()
