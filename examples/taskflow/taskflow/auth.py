"""Signing in, and who is signed in."""

import asyncio
from datetime import datetime, timedelta, timezone
from typing import Annotated
from uuid import UUID

import jwt
from fastapi import APIRouter, Depends, HTTPException, status
from fastapi.security import OAuth2PasswordBearer, OAuth2PasswordRequestForm
from pydantic import BaseModel

from taskflow.db import Pool
from taskflow.passwords import NOBODYS_HASH, verify_password
from taskflow.settings import Settings, get_settings

ALGORITHM = "HS256"

router = APIRouter(tags=["auth"])
oauth2_scheme = OAuth2PasswordBearer(tokenUrl="token")


class User(BaseModel):
    id: UUID
    username: str


class Token(BaseModel):
    access_token: str
    token_type: str = "bearer"


def create_access_token(user_id: UUID, settings: Settings) -> str:
    expires = datetime.now(timezone.utc) + timedelta(minutes=settings.access_token_minutes)
    claims = {"sub": str(user_id), "exp": expires}
    return jwt.encode(claims, settings.jwt_secret.get_secret_value(), algorithm=ALGORITHM)


async def get_current_user(
    token: Annotated[str, Depends(oauth2_scheme)],
    pool: Pool,
    settings: Annotated[Settings, Depends(get_settings)],
) -> User:
    refused = HTTPException(
        status.HTTP_401_UNAUTHORIZED,
        "Your sign-in is not valid any more. Sign in again.",
        {"WWW-Authenticate": "Bearer"},
    )
    try:
        claims = jwt.decode(
            token,
            settings.jwt_secret.get_secret_value(),
            algorithms=[ALGORITHM],
            options={"require": ["exp", "sub"]},
        )
        user_id = UUID(claims["sub"])
    except (jwt.InvalidTokenError, ValueError) as error:
        raise refused from error
    row = await pool.fetchrow("select id, username from users where id = $1", user_id)
    if row is None:
        raise refused
    return User(**row)


CurrentUser = Annotated[User, Depends(get_current_user)]


@router.post("/token")
async def sign_in(
    form: Annotated[OAuth2PasswordRequestForm, Depends()],
    pool: Pool,
    settings: Annotated[Settings, Depends(get_settings)],
) -> Token:
    row = await pool.fetchrow(
        "select id, password_hash from users where username = $1", form.username
    )
    hashed = row["password_hash"] if row else NOBODYS_HASH
    matches = await asyncio.to_thread(verify_password, form.password, hashed)
    if row is None or not matches:
        raise HTTPException(status.HTTP_401_UNAUTHORIZED, "The name or the password is wrong.")
    return Token(access_token=create_access_token(row["id"], settings))


@router.get("/me")
async def read_me(user: CurrentUser) -> User:
    return user
