from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException
from fastapi.security import OAuth2PasswordBearer, OAuth2PasswordRequestForm
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.database import User, get_session

router = APIRouter(tags=["auth"])
oauth2_scheme = OAuth2PasswordBearer(tokenUrl="token")

TOKENS = {"token-of-alice": "alice", "token-of-bob": "bob"}

SessionDep = Annotated[Session, Depends(get_session)]
TokenDep = Annotated[str, Depends(oauth2_scheme)]


def get_current_user(session: SessionDep, token: TokenDep) -> User:
    name = TOKENS.get(token, "")
    user = session.scalar(select(User).where(User.username == name))
    if user is None:
        raise HTTPException(
            status_code=401,
            detail="not signed in",
            headers={"WWW-Authenticate": "Bearer"},
        )
    return user


def get_optional_user(session: SessionDep, token: TokenDep) -> User | None:
    return session.scalar(select(User).where(User.username == TOKENS.get(token, "")))


CurrentUser = Annotated[User, Depends(get_current_user)]


def get_current_admin(user: CurrentUser) -> User:
    if not user.is_admin:
        raise HTTPException(status_code=403, detail="not an administrator")
    return user


@router.post("/token")
def sign_in(form: Annotated[OAuth2PasswordRequestForm, Depends()]) -> dict[str, str]:
    return {"access_token": f"token-of-{form.username}", "token_type": "bearer"}
