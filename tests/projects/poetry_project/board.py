import os
from typing import Annotated, Any

import jwt
from fastapi import Depends, FastAPI, HTTPException, Request
from pydantic import BaseModel

app = FastAPI(title="Board")


class User(BaseModel):
    id: int
    name: str


def get_auth_data() -> dict[str, str]:
    return {"secret_key": os.environ.get("BOARD_SECRET", ""), "algorithm": "HS256"}


def get_token(request: Request) -> str:
    token = request.cookies.get("board_token")
    if not token:
        raise HTTPException(status_code=401)
    return token


def get_current_user(token: Annotated[str, Depends(get_token)]) -> Any | User:
    auth_data = get_auth_data()
    try:
        claims = jwt.decode(token, auth_data["secret_key"], algorithms=[auth_data["algorithm"]])
    except jwt.PyJWTError:
        raise HTTPException(status_code=401) from None
    return User(id=int(claims["sub"]), name=claims["name"])


@app.get("/notes")
def notes(user: Annotated[User, Depends(get_current_user)]) -> list[str]:
    return [f"{user.name} was here"]
