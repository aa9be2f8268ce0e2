"""POST /chatkit, and whether the chat is ready."""

import logging
from typing import Annotated

import asyncpg
from chatkit.server import StreamingResult
from chatkit.store import NotFoundError
from chatkit.types import ChatKitReq
from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.responses import JSONResponse, Response, StreamingResponse
from pydantic import TypeAdapter, ValidationError

from notes.chat.context import ChatContext
from notes.chat.server import NotesChat
from notes.chat.store import NotesStore
from notes.signin import Caller, get_caller

logger = logging.getLogger(__name__)
REQUEST = TypeAdapter(ChatKitReq)
MAX_BODY = 1_000_000
store = NotesStore()
server = NotesChat(store)
router = APIRouter(tags=["chat"])


@router.post("/chatkit", summary="Talk to the assistant")
async def chatkit(
    request: Request, caller: Annotated[Caller, Depends(get_caller, scope="function")]
) -> Response:
    body = b""
    async for piece in request.stream():
        body += piece
        if len(body) > MAX_BODY:
            raise HTTPException(413, "The request is too large.")
    try:
        REQUEST.validate_json(body)
    except ValidationError as error:
        raise HTTPException(400, "This is not a ChatKit request.") from error
    context = ChatContext(caller.user_id, caller.token)
    try:
        result = await server.process(body, context)
        if not isinstance(result, StreamingResult):
            return Response(result.json, media_type="application/json")
        events = aiter(result)
        first = await anext(events)
    except NotFoundError as error:
        raise HTTPException(404, "There is no such conversation.") from error
    except NotImplementedError as error:
        raise HTTPException(501, "This chat does not do that.") from error
    except (OSError, asyncpg.PostgresError) as error:
        logger.exception("the chat's database failed")
        raise HTTPException(503, "Try again in a moment.", {"Retry-After": "5"}) from error

    async def stream():
        yield first
        async for event in events:
            yield event

    return StreamingResponse(stream(), media_type="text/event-stream")


@router.get("/chatkit/health")
async def health() -> JSONResponse:
    try:
        await (await store.pool()).fetchval("select 1")
    except (OSError, asyncpg.PostgresError):
        return JSONResponse({"ready": False}, 503)
    return JSONResponse({"ready": True})
