from fastapi import Depends, FastAPI
from pydantic import BaseModel

from members.auth import create_access_token, get_current_user

app = FastAPI(title="Members")


class Login(BaseModel):
    user_id: int


@app.post("/login")
def login(who: Login):
    return {"access_token": create_access_token({"user_id": who.user_id})}


@app.get("/me")
def me(user: dict = Depends(get_current_user)):
    return user
