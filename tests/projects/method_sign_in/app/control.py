import os
from typing import Optional

import jwt
from fastapi import Depends, Header, HTTPException


class Reader:
    def __init__(self, id: int) -> None:
        self.id = id


class Control:
    @classmethod
    async def is_authed(cls, token: str = Header(...)) -> Optional["Reader"]:
        try:
            claims = jwt.decode(token, os.environ["READERS_SECRET"], algorithms=["HS256"])
            return Reader(claims.get("user_id"))
        except jwt.PyJWTError:
            raise HTTPException(401)


DependAuth = Depends(Control.is_authed)
