from typing import Annotated

from fastapi import Depends, FastAPI

from app import auth
from app.auth import CurrentUser
from app.database import User

app = FastAPI(title="Members")
app.include_router(auth.router)


@app.get("/me", tags=["members"])
def me(user: CurrentUser) -> dict[str, int | str]:
    return {"id": user.id, "username": user.username}


@app.get("/me/name", tags=["members"])
def name(user: CurrentUser) -> str:
    return user.username


@app.get("/admin", tags=["members"])
def admin(user: Annotated[User, Depends(auth.get_current_admin)]) -> str:
    return user.username
