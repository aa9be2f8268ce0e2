from typing import Annotated

from fastapi import APIRouter, Depends, Header, HTTPException, Request
from sqlalchemy.ext.asyncio import AsyncSession

from app.api.deps import UserId
from app.api.streaming import to_response
from app.chat.server import HelperServer
from app.chat.store import SqlStore
from app.core.db import get_session

router = APIRouter(prefix="/api/v1", tags=["chat"])
chat_server = HelperServer(store=SqlStore())


@router.post("/chatkit")
async def handle(
    request: Request,
    user_id: UserId,
    session: Annotated[AsyncSession, Depends(get_session)],
    authorization: Annotated[str, Header()] = "",
):
    payload = await request.body()
    body = await request.json()
    context = {
        "user_id": user_id,
        "token": authorization.removeprefix("Bearer "),
        "metadata": body["params"].get("metadata", {}),
        "session": session,
    }
    try:
        result = await chat_server.process(payload, context)
    except Exception as exc:
        raise HTTPException(status_code=500, detail=str(exc)) from exc
    return to_response(result)
