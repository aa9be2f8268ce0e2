"""Attachments: files come in through signed addresses, and images and texts reach the model."""

from __future__ import annotations

import asyncio
import re
from base64 import b64encode
from collections.abc import AsyncIterator, Callable
from functools import lru_cache, partial
from time import time
from typing import Any, cast
from uuid import uuid4

import jwt
from chatkit import types as ck
from chatkit.store import AttachmentStore, NotFoundError
from fastapi import APIRouter, Request
from fastapi.responses import Response
from fastapi.routing import APIRoute
from openai.types.responses import ResponseInputContentParam
from pydantic import AnyUrl

from ..chatkit_store import Caller, ChatStore, Settings, TooManyTurns
from .attachment_bytes import (
    PDF,
    AttachmentsSettings,
    bytes_of,
    can_be_shown,
    is_what_it_is_called,
    text_in,
)
from .error_responses import Refused, error_response
from .request_guard import Handler, read_body
from .resources import Resources
from .settings import beside, lacking
from .thread_items import History
from .tool_results import picture_kind
from .turn import TurnServer

UPLOAD_SECONDS = 600
VIEW_SECONDS = 3600
MOST = 10
MESSAGE_FULL = "The files of a message may have {} bytes together: send them in several."
ALL_FULL = "Your files may have {} bytes together: delete conversations with files first."
ALREADY_THERE = (409, "already_there", "This file was uploaded already.")
NOT_THAT = "This file cannot be read as {}: save it anew in that format."
NOT_THERE = (400, "not_uploaded", "A file of this message was not uploaded: send it first.")
TOLD_CHARS = 50_000
# The address of a picture in what we answer; within somebody's text its quotes are escaped.
PREVIEW = re.compile(rb'(?<="preview_url":")[^"]*/attachments/(?P<key>[\w.-]+)(?=")')
SAFE_TO_SHOW = {
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "private, max-age=3600",
}


class SignedFiles(AttachmentStore[Caller]):
    """Two-phase uploads: `attachments.create` gives an address that takes this one file."""

    def __init__(self, kind: type[AttachmentsSettings], store: ChatStore) -> None:
        self._store = store
        self.missing = lacking(kind)
        self.settings = kind.model_construct() if self.missing else kind()

    def require(self) -> None:
        if self.missing:
            message = f"Attachments are off. Set {', '.join(self.missing)}."
            raise Refused(501, "not_configured", message)

    async def create_attachment(
        self, input: ck.AttachmentCreateParams, context: Caller
    ) -> ck.Attachment:
        self.require()
        kind = input.mime_type.partition(";")[0].strip().lower()
        if kind not in self.settings.types:
            known = ", ".join(self.settings.types)
            raise Refused(400, "wrong_type", f"A file may be {known}, and not {name_of(kind)}.")
        if not 0 < input.size <= self.settings.attachments_max_bytes:
            most = self.settings.attachments_max_bytes
            raise Refused(413, "too_large", f"A file may have 1 to {most} bytes.")
        name = self.generate_attachment_id(kind, context)
        put = {"use": "upload", "bytes": input.size, "type": kind}
        common: dict[str, Any] = {
            "id": name,
            "name": "".join(filter(str.isprintable, input.name)).strip()[-200:] or "file",
            "mime_type": kind,
            "metadata": {"bytes": input.size},
            "upload_descriptor": ck.AttachmentUploadDescriptor(
                url=self.address(name, context.user_id, UPLOAD_SECONDS, **put),
                method="PUT",
                headers={"Content-Type": kind},
            ),
        }
        made: ck.Attachment
        if kind.startswith("image/"):
            preview = self.address(name, context.user_id, VIEW_SECONDS, use="view")
            made = ck.ImageAttachment(**common, preview_url=preview)
        else:
            made = ck.FileAttachment(**common)
        await self._add(made, input.size, context)
        return made

    async def copied(self, attachment: ck.Attachment, context: Caller) -> ck.Attachment:
        """The same file for another conversation: each is deleted with its own."""
        place = bytes_of(self.settings)
        content = await asyncio.to_thread(place.read, context.user_id, attachment.id)
        if content is None:
            raise Refused(*NOT_THERE)
        name = self.generate_attachment_id(attachment.mime_type, context)
        made = attachment.model_copy(update={"id": name, "thread_id": None})
        if isinstance(made, ck.ImageAttachment):
            made.preview_url = self.address(name, context.user_id, VIEW_SECONDS, use="view")
        await self._add(made, len(content), context)
        await asyncio.to_thread(place.write, context.user_id, name, content)
        return made

    async def _add(self, made: ck.Attachment, size: int, context: Caller) -> None:
        most = self.settings.attachments_user_bytes
        if not await self._store.add_attachment(made, context, size=size, most=most):
            raise Refused(413, "too_much", ALL_FULL.format(most))

    async def delete_attachment(self, attachment_id: str, context: Caller) -> None:
        self.require()
        await asyncio.to_thread(bytes_of(self.settings).delete, context.user_id, attachment_id)

    def generate_attachment_id(self, mime_type: str, context: Caller) -> str:
        return f"atc_{uuid4().hex}"

    def address(self, attachment_id: str, user_id: str, seconds: float, **claims: Any) -> AnyUrl:
        """For who has this address, and for as long: give it to the owner only."""
        claims |= {"sub": user_id, "file": attachment_id, "exp": int(time() + seconds)}
        key = jwt.encode(claims, self.settings.secret, "HS256")
        return AnyUrl(f"{self.settings.attachments_url.rstrip('/')}/attachments/{key}")

    def opened(self, key: str, use: str) -> dict[str, Any]:
        """Whose file an address is for. Raises Refused where it is not ours, or too old."""
        self.require()
        try:
            claims: dict[str, Any] = jwt.decode(
                key,
                self.settings.secret,
                ["HS256"],
                options={"require": ["exp", "sub", "file", "use"]},
            )
        except (jwt.PyJWTError, RecursionError) as error:
            message = f"This address is not valid ({type(error).__name__})."
            raise Refused(403, "not_allowed", message) from None
        if claims["use"] != use:
            raise Refused(403, "not_allowed", "This address is for something else.")
        return claims

    def renewed(self, user_id: str, found: re.Match[bytes]) -> bytes:
        """A picture's address as it is sent to its owner, again for a while."""
        try:
            claims = jwt.decode(
                found["key"], self.settings.secret, ["HS256"], {"verify_exp": False}
            )
        except jwt.PyJWTError:
            return found[0]
        if claims["sub"] != user_id:
            return found[0]
        return str(self.address(claims["file"], user_id, VIEW_SECONDS, use="view")).encode()


def name_of(kind: str) -> str:
    """A type in what is answered: it is the client's text."""
    return kind if re.fullmatch(r"[\w.+-]{1,40}/[\w.+-]{1,80}", kind) else "of an unknown type"


@lru_cache(maxsize=1)
def files_of(store: ChatStore, settings: type[Settings]) -> SignedFiles:
    """Its settings are read once, as those of the store are."""
    return SignedFiles(beside(AttachmentsSettings, settings), store)


class HistoryWithFiles(History):
    """Images and texts as the model takes them; it is told of what is not shown."""

    def __init__(self, files: SignedFiles, context: Caller) -> None:
        self._files = files
        self.context = context
        self._left = files.settings.attachments_message_bytes

    async def attachment_to_message_content(
        self, attachment: ck.Attachment
    ) -> ResponseInputContentParam:
        read = bytes_of(self._files.settings).read
        content = await asyncio.to_thread(read, self.context.user_id, attachment.id)
        if content is None or len(content) > self._left:
            why = "is not there" if content is None else "is too large to be shown again"
            return {"type": "input_text", "text": f"[The file {attachment.name} {why}.]"}
        self._left -= len(content)
        if attachment.mime_type.startswith("image/"):
            kind = picture_kind(content) or attachment.mime_type
            data = f"data:{kind};base64,{b64encode(content).decode()}"
            return {"type": "input_image", "image_url": data, "detail": "auto"}
        if attachment.mime_type == PDF:
            data = f"data:{PDF};base64,{b64encode(content).decode()}"
            # OpenAI tells the kind of a file by this.
            name = re.sub(r"(?i)(\.pdf)?$", ".pdf", attachment.name, count=1)
            return {"type": "input_file", "filename": name, "file_data": data}
        if not can_be_shown(attachment.mime_type):
            return await super().attachment_to_message_content(attachment)
        text = text_in(content)
        cut = "" if len(text) <= TOLD_CHARS else "\n[The rest is cut off.]"
        return {"type": "input_text", "text": f"[{attachment.name}]\n{text[:TOLD_CHARS]}{cut}"}


class Attachments(TurnServer):
    """Takes files, gives them to their owner, and shows them to the model."""

    def __init__(self, shared: Resources, context: Caller) -> None:
        super().__init__(shared, context)
        self.attachment_store = self._files = files_of(shared.store, type(self.settings))
        self.converter = HistoryWithFiles(self._files, self.context)

    async def answer(self, request: ck.NonStreamingReq) -> bytes:
        if isinstance(request, ck.AttachmentsDeleteReq):
            # What is not there, or not theirs, is refused before its bytes are looked for.
            await self.store.load_attachment(request.params.attachment_id, self.context)
        return self._with_new_addresses(await super().answer(request))

    async def stream(self, request: ck.StreamingReq) -> AsyncIterator[bytes]:
        said = getattr(request.params, "input", None)
        attached = said.attachments if isinstance(said, ck.UserMessageInput) else []
        if len(attached) > MOST:
            raise Refused(400, "too_many", f"A message may have {MOST} files.")
        # What is not the user's is refused before anything begins.
        files = [await self.store.load_attachment(each, self.context) for each in attached]
        if any(each.upload_descriptor for each in files):
            raise Refused(*NOT_THERE)
        most = self._files.settings.attachments_message_bytes
        if sum((each.metadata or {}).get("bytes", 0) for each in files) > most:
            raise Refused(413, "too_large", MESSAGE_FULL.format(most))
        if isinstance(said, ck.UserMessageInput):
            here = (None, getattr(request.params, "thread_id", None))
            files = [
                each if each.thread_id in here else await self._files.copied(each, self.context)
                for each in files
            ]
            said.attachments = [each.id for each in files]
        try:
            async for event in super().stream(request):
                yield self._with_new_addresses(event)
        except TooManyTurns:  # a new conversation went again, and its files with it
            for each in files:
                await self.store.save_attachment(each, self.context)
            raise

    def _with_new_addresses(self, answer: bytes) -> bytes:
        if b'"preview_url"' not in answer or self._files.missing:
            return answer
        return PREVIEW.sub(partial(self._files.renewed, self.context.user_id), answer)

    @classmethod
    def add_routes(cls, router: APIRouter, path: str, parts: Callable[[], Resources]) -> None:
        super().add_routes(router, path, parts)
        where = f"{path}/attachments/{{key}}"
        options: Any = {"route_class_override": SignedRoute, "include_in_schema": False}

        async def upload(request: Request) -> Response:
            try:
                await _take(parts(), request.path_params["key"], request)
            except Exception as error:
                return error_response(error)
            return Response(status_code=204)

        async def view(request: Request) -> Response:
            try:
                content, kind = await _give(parts(), request.path_params["key"])
            except Exception as error:
                return error_response(error)
            return Response(content, headers=SAFE_TO_SHOW, media_type=kind)

        router.add_api_route(where, upload, methods=["PUT"], **options)
        router.add_api_route(where, view, methods=["GET"], **options)


class SignedRoute(APIRoute):
    """Asks for its address alone, and runs no dependency of the whole application.

    Its sign-in would refuse who brings no header, as browsers do, and hold a session for a file.
    """

    def get_route_handler(self) -> Handler:
        return cast("Handler", self.endpoint)


async def _take(shared: Resources, key: str, request: Request) -> None:
    store, files = shared.store, files_of(shared.store, type(shared.settings))
    claims = files.opened(key, "upload")
    owner = Caller(claims["sub"])
    attachment = await store.load_attachment(claims["file"], owner)
    if attachment.upload_descriptor is None:
        raise Refused(*ALREADY_THERE)
    if request.headers.get("content-type", "").partition(";")[0].strip() != claims["type"]:
        raise Refused(400, "wrong_type", f"Send it with Content-Type: {claims['type']}.")
    content = await _content(request, claims["bytes"])
    if not is_what_it_is_called(content, claims["type"]):
        raise Refused(400, "wrong_type", NOT_THAT.format(claims["type"]))
    if not await store.end_upload(attachment, owner):
        raise Refused(*ALREADY_THERE)
    write = bytes_of(files.settings).write
    try:
        await asyncio.to_thread(write, owner.user_id, attachment.id, content)
    except Exception:
        await store.save_attachment(attachment, owner)  # it may be sent again
        raise


async def _content(request: Request, size: int) -> bytes:
    content = await read_body(request.scope, request.receive, size)
    if len(content) != size:
        raise Refused(413, "wrong_size", f"This address takes a file of {size} bytes.")
    return content


async def _give(shared: Resources, key: str) -> tuple[bytes, str]:
    store, files = shared.store, files_of(shared.store, type(shared.settings))
    claims = files.opened(key, "view")
    owner = Caller(claims["sub"])
    attachment = await store.load_attachment(claims["file"], owner)
    read = bytes_of(files.settings).read
    content = await asyncio.to_thread(read, owner.user_id, attachment.id)
    if content is None:
        raise NotFoundError("not uploaded yet")
    return content, attachment.mime_type
