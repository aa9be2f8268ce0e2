"""Who is calling: the subject of a verified token."""

from dataclasses import dataclass

import jwt
from fastapi import HTTPException, Request

from notes.settings import get_settings


@dataclass(frozen=True)
class Caller:
    user_id: str
    token: str


async def get_caller(request: Request) -> Caller:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        raise HTTPException(401, "Sign in first.", {"WWW-Authenticate": "Bearer"})
    try:
        claims = jwt.decode(
            token,
            get_settings().jwt_secret.get_secret_value(),
            algorithms=["HS256"],
            options={"require": ["exp", "sub"]},
        )
    except jwt.InvalidTokenError as error:
        raise HTTPException(401, "The token is not valid.") from error
    return Caller(claims["sub"], token)
