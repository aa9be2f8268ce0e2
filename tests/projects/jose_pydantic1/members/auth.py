from datetime import datetime, timedelta

from fastapi import Depends, HTTPException
from fastapi.security import OAuth2PasswordBearer
from jose import JWTError, jwt

from members.settings import settings

SECRET_KEY = settings.secret_key
ALGORITHM = settings.algorithm

oauth2_scheme = OAuth2PasswordBearer(tokenUrl="login")


def create_access_token(data: dict) -> str:
    to_encode = {**data, "exp": datetime.utcnow() + timedelta(minutes=30)}
    return jwt.encode(to_encode, SECRET_KEY, algorithm=ALGORITHM)


def verify_access_token(token: str) -> str:
    try:
        payload = jwt.decode(token, SECRET_KEY, algorithms=[ALGORITHM])
    except JWTError:
        raise HTTPException(401, "not signed in")
    user_id = payload.get("user_id")
    if user_id is None:
        raise HTTPException(401, "not signed in")
    return user_id


def get_current_user(token: str = Depends(oauth2_scheme)):
    return {"id": verify_access_token(token)}
