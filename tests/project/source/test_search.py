"""Tokens, what was said, and what clients write are followed to where they come from."""

from __future__ import annotations

import time

import pytest

from chatkit_agent.checks.rules.identity.claims_not_from_client import client_value
from chatkit_agent.checks.rules.tokens.conversation_not_logged import said_in
from chatkit_agent.project.source.anatomy import Anatomy
from chatkit_agent.project.source.search import objects_of
from chatkit_agent.project.source.tokens import token_in
from tests.project.source.conftest import Project, argument

SOURCE = """\
import jwt
from agents import Runner
from chatkit.server import ChatKitServer
from fastapi import Depends, FastAPI, Header, Request
from fastapi.security import HTTPBearer
app = FastAPI()
bearer = HTTPBearer()
def same(value):
    return f"<{{value}}>"
def short(value):
    return value[:4]
class Context:
    def __init__(self, secret, name):
        self.secret = secret
        self.name = name
class Server(ChatKitServer[Context]):
    async def respond(self, thread, item, context: Context):
        {turn}
@app.post("/chatkit")
async def chatkit(request: Request, credentials=Depends(bearer), lang: str = Header("en")):
    {route}
    name = request.query_params["name"]
    return await Server().process(
        await request.body(), Context(request.headers["Authorization"], name)
    )
"""


@pytest.mark.parametrize(
    ("turn", "route", "token", "said", "client"),
    [
        ("see(context.secret)", "pass", True, False, True),
        ("see(context.name)", "pass", False, False, True),
        ("see(same(context.secret))", "pass", True, False, True),
        ("see(short(context.secret))", "pass", False, False, True),
        ("see(item)", "pass", False, True, False),
        ("see(item.content[0].text)", "pass", False, True, False),
        ("see(item.id)", "pass", False, False, False),
        ("see([part.text for part in item.content])", "pass", False, True, False),
        ("for part in item.content: see(part.text)", "pass", False, True, False),
        (
            "result = Runner.run_streamed(a, 'x'); see(result.final_output)",
            "pass",
            False,
            True,
            False,
        ),
        ("see(len(item.content))", "pass", False, False, False),
        ("for token in stream: see(token)", "pass", False, False, False),
        ("pass", "see(credentials.credentials)", True, False, False),
        ("pass", "see(request.headers)", True, False, True),
        ("pass", "see(request.headers.get('User-Agent'))", False, False, True),
        ("pass", "see(await request.body())", False, True, True),
        ("pass", "see(jwt.decode(request.headers['Authorization'], K))", False, False, False),
        ("pass", "see(lang)", False, False, True),
        ("pass", "see(int(request.query_params['n']))", False, False, False),
        ("pass", "see('a text')", False, False, False),
        ("pass", "see(unknown)", False, False, False),
        ("pass", "see(access_token)", True, False, False),
    ],
)
def test_search(
    project: Project, turn: str, route: str, token: bool, said: bool, client: bool
) -> None:
    chat = Anatomy(project({"main.py": SOURCE.format(turn=turn, route=route)}))
    scope, node = argument(chat.code)
    found = [each(chat, scope, node) is not None for each in (token_in, said_in, client_value)]
    assert found == [token, said, client]


def test_what_a_context_has(project: Project) -> None:
    chat = Anatomy(project({"main.py": SOURCE.format(turn="see(context)", route="pass")}))
    (found,) = objects_of(chat, *argument(chat.code))
    assert set(found) == {"secret", "name"}


def test_names_that_lead_to_each_other_in_many_ways_end(project: Project) -> None:
    lines = [f"n{number + 1} = f'{{n{number}}}{{n{number}}}'" for number in range(20)]
    turn = "\n        ".join(["n0 = other()", *lines, "see(n20)"])
    files = {"main.py": SOURCE.format(turn=turn, route="pass")}
    chat = Anatomy(project(files))
    begun = time.process_time()
    assert token_in(chat, *argument(chat.code)) is None
    assert time.process_time() - begun < 5
