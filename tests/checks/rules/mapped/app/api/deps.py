from typing import Annotated

from fastapi import Depends, Header


def user_id_header(x_user_id: Annotated[str | None, Header()] = None) -> str:
    return x_user_id or "anonymous"


UserId = Annotated[str, Depends(user_id_header)]
