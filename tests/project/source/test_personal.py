"""What comes from whoever asks, by the functions that ChatKit and FastAPI call."""

from __future__ import annotations

from chatkit_agent.project.source.anatomy import Anatomy
from chatkit_agent.project.source.personal import personal
from tests.project.source.conftest import Project

MAIN = """\
from typing import Annotated
import jwt
from agents import RunContextWrapper, function_tool
from chatkit.server import ChatKitServer
from chatkit.store import Store
from fastapi import Depends, FastAPI, Header, Request
from fastapi.security import HTTPBearer
app = FastAPI()
bearer = HTTPBearer()
users = FastAPIUsers()
def get_settings(): ...
def current_user(credentials=Depends(bearer), settings=Depends(get_settings)):
    return jwt.decode(credentials.credentials, KEY, algorithms=["HS256"])["sub"]
class Server(ChatKitServer):
    async def respond(self, thread, item, context): ...
    def helper(self, thread): ...
class Kept(Store):
    async def load_thread(self, thread_id, context): ...
@function_tool
def tasks(ctx: RunContextWrapper, limit: int): ...
@function_tool
def pages(limit: int): ...
@app.post("/chatkit")
async def chat(
    request: Request,
    user: Annotated[str, Depends(current_user)],
    settings=Depends(get_settings),
    authorization: str = Header(),
    other=Depends(users.current_user(active=True)),
):
    return await Server().process(await request.body(), user)
"""


def test_what_is_of_a_person(project: Project) -> None:
    flows = personal(Anatomy(project({"main.py": MAIN})))
    assert {each.scope.name: each.names for each in flows} == {
        "Server.respond": {"thread", "item", "context"},
        "Kept.load_thread": {"context"},
        "chat": {"user", "authorization", "other"},
        "current_user": {"credentials"},
        "tasks": {"ctx"},
    }
