"""Each place on the way from the request to the tools where a token gets lost is found."""

from __future__ import annotations

import pytest

from chatkit_agent.checks.rules.tokens.token_handed_on import token_handed_on
from tests.checks.rules.conftest import Findings

CONTEXT = """\
from dataclasses import dataclass
@dataclass
class ChatContext:
    user_id: str
    token: str
"""
MAIN = """\
from chatkit.server import StreamingResult
from fastapi import FastAPI
from app.context import ChatContext
app = FastAPI()
@app.post("/chatkit")
async def chatkit(request, caller):
    context = ChatContext(caller.id, {token})
    return await server.process(await request.body(), context)
"""
SERVER = """\
from agents.mcp import MCPServerStreamableHttp
from chatkit.server import ChatKitServer
class Server(ChatKitServer[dict]):
    async def respond(self, thread, item, context):
        headers = {{}}
        {line}
        yield MCPServerStreamableHttp(params={params})
"""
GOOD = '{"url": URL, "headers": {"Authorization": f"Bearer {context.token}"}}'


def files(token: str = "caller.token", line: str = "pass", params: str = GOOD) -> dict[str, str]:
    return {
        "app/context.py": CONTEXT,
        "app/main.py": MAIN.replace("{token}", token),
        "app/server.py": SERVER.replace("{{}}", "{}")
        .replace("{line}", line)
        .replace("{params}", params),
    }


@pytest.mark.parametrize(
    ("given", "where"),
    [
        (files(token='""'), "app/main.py:7"),
        (files(token="token=None"), "app/main.py:7"),
        (files(params='{"url": URL}'), "app/server.py:7"),
        (files(params='{"url": URL, "headers": headers}'), "app/server.py:7"),
        (
            files(params='{"url": URL, "headers": {"Authorization": context.token}}'),
            "app/server.py:7",
        ),
    ],
)
def test_found(findings: Findings, given: dict[str, str], where: str) -> None:
    (finding,) = findings(token_handed_on, given)
    assert finding.where == where
    assert "token_missing" in finding.explains


@pytest.mark.parametrize(
    "given",
    [
        files(),
        files(
            line='headers["Authorization"] = f"Bearer {context.token}"',
            params='{"url": URL, "headers": headers}',
        ),
        files(params="PARAMS"),
        files(params='{"headers": {"Authorization": context.auth_header}}'),
        {**files(params='{"url": URL}'), "app/context.py": "class ChatContext: ...\n"},
    ],
)
def test_quiet(findings: Findings, given: dict[str, str]) -> None:
    assert not findings(token_handed_on, given)


OWN = """\
from agents.mcp import MCPServerStreamableHttp
from chatkit.server import ChatKitServer
class Tools(MCPServerStreamableHttp):
    def __init__(self, context):
        super().__init__(params={{"url": URL, "headers": {headers}}})
"""


def test_found_in_a_class_of_its_own(findings: Findings) -> None:
    given = files() | {"app/server.py": OWN.format(headers="{}")}
    (finding,) = findings(token_handed_on, given)
    assert finding.where == "app/server.py:5"


def test_quiet_in_a_class_of_its_own(findings: Findings) -> None:
    headers = '{"Authorization": f"Bearer {context.token}"}'
    given = files() | {"app/server.py": OWN.format(headers=headers)}
    assert not findings(token_handed_on, given)


def test_found_where_nobody_fills_the_context(findings: Findings) -> None:
    bare = files() | {"app/context.py": CONTEXT.replace("token: str", "token: str | None = None")}
    bare["app/main.py"] = bare["app/main.py"].replace(", caller.token)", ")")
    (finding,) = findings(token_handed_on, bare)
    assert finding.where == "app/main.py:7"


DICTS = """\
from chatkit.server import ChatKitServer
@app.post("/chatkit")
async def chatkit(request, token):
    return await server.process(await request.body(), {{"user": "ann"{given}}})
class Server(ChatKitServer[dict]):
    async def respond(self, thread, item, context):
        yield await fetch(headers={{"Authorization": context["token"]}})
"""


@pytest.mark.parametrize(
    ("given", "where"), [("", ["app/server.py:7"]), (', "token": token', []), (", **more", [])]
)
def test_a_context_that_is_a_dict(findings: Findings, given: str, where: list[str]) -> None:
    found = findings(token_handed_on, {"app/server.py": DICTS.format(given=given)})
    assert [each.where for each in found] == where


EVERYBODYS = '{"headers": {"Authorization": f"Bearer {%s}"}}'


@pytest.mark.parametrize(
    "shared",
    [
        "settings.mcp_token",
        "self._settings.auth_token",
        "os.environ['TOKEN']",
        "MCP_API_KEY",
        "get_settings().key",
    ],
)
def test_found_where_everybody_is_one_account(findings: Findings, shared: str) -> None:
    for given in (
        files(params=EVERYBODYS % shared),
        files(line=f"sent = {EVERYBODYS % shared}", params="sent"),
    ):
        (finding,) = findings(token_handed_on, given)
        assert "as one account" in finding.what
        assert (finding.severity, finding.explains) == ("warning", ("token_missing",))


@pytest.mark.parametrize(
    "line",
    [
        f"yield MCPServerStreamableHttp(params={GOOD})",
        "yield MCPServerStreamableHttp(params={'headers': {'Authorization': bearer(context)}})",
    ],
)
def test_quiet_where_another_server_gets_the_persons(findings: Findings, line: str) -> None:
    given = files(line=line, params=EVERYBODYS % "settings.github_token")
    assert not findings(token_handed_on, given)


def test_quiet_where_nobody_has_a_token_of_their_own(findings: Findings) -> None:
    given = files(params=EVERYBODYS % "settings.mcp_token")
    assert not findings(token_handed_on, given | {"app/context.py": "class ChatContext: ...\n"})


INJECTED = """\
from typing import Annotated
from chatkit.server import StreamingResult
from fastapi import Cookie, Depends, FastAPI
from app.context import ChatContext
app = FastAPI()
async def caller(session: Annotated[str | None, Cookie()] = None):
    return ChatContext("x", session)
@app.post("/chatkit")
async def chatkit(request, context: Annotated[ChatContext, Depends(caller)]):
    return await server.process(await request.body(), context)
"""


def test_what_fastapi_fills_is_not_its_default(findings: Findings) -> None:
    assert not findings(token_handed_on, {**files(), "app/main.py": INJECTED})
    plain = INJECTED.replace("session)", "EMPTY)").replace("app =", "EMPTY = ''\napp =")
    assert findings(token_handed_on, {**files(), "app/main.py": plain})


HOSTED = """\
from agents import HostedMCPTool as Hosted
from chatkit.server import ChatKitServer
from app.context import ChatContext
BASE = {"type": "mcp", "server_label": "books", "server_url": URL}
class Server(ChatKitServer[ChatContext]):
    async def respond(self, thread, item, context):
        yield Hosted({given})
"""


@pytest.mark.parametrize(
    ("given", "count"),
    [
        ('tool_config={"type": "mcp", "server_url": URL}', 1),
        ("BASE", 1),
        ("tool_config=dict(type='mcp', server_url=URL)", 1),
        ('tool_config={**BASE, "require_approval": "never"}', 1),
        ('tool_config={**BASE, "authorization": context.token}', 0),
        ('tool_config={**BASE, "headers": {"Authorization": context.token}}', 0),
        ('tool_config={"type": "mcp", "connector_id": "connector_gmail"}', 0),
        ("tool_config=configured(context)", 0),
    ],
)
def test_a_tool_that_the_provider_calls(findings: Findings, given: str, count: int) -> None:
    hosted = HOSTED.replace("{given}", given)
    found = findings(token_handed_on, {**files(), "app/server.py": hosted})
    assert [each.where for each in found] == ["app/server.py:7"] * count
