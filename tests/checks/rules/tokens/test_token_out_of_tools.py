"""A tool that returns a credential is found however it gets at it; one that uses it is not."""

from __future__ import annotations

import pytest

from chatkit_agent.checks.rules.tokens.token_out_of_tools import token_out_of_tools
from tests.checks.rules.conftest import Findings

TOOLS = """\
import os
from contextvars import ContextVar
from os import environ as env, getenv
from agents import FunctionTool, RunContextWrapper, function_tool
from agents import function_tool as tool
from chatkit.agents import AgentContext
from app.config import NAMES, authorization, settings, shown
current_token: ContextVar[str] = ContextVar("current_token")
current_page = ContextVar("page")
{top}
@tool
async def answered(ctx: RunContextWrapper[AgentContext], city: str, token: str = "") -> str:
    # return ctx.context.token
{body}
"""
CONFIG = """\
from pydantic_settings import BaseSettings
class Settings(BaseSettings):
    openai_api_key: str
    jwt_secret: str
    city: str = "Rome"
settings = Settings()
NAMES = {"key": "OPENAI_API_KEY"}
def authorization(ctx):
    return f"Bearer {ctx.context.request_context.access_token}"
def shown(ctx):
    return bool(ctx.context.request_context.access_token)
"""
TOLD = {
    "straight": "return ctx.context.token",
    "of the request": "return ctx.context.request_context['token']",
    "by get": "return ctx.context.request_context.get('access_token')",
    "in a text": "return f'You are {city} with {ctx.context.request_context.token}'",
    "in a dict": "return {'city': city, 'auth': ctx.context.token}",
    "as JSON": "import json\nreturn json.dumps({'token': ctx.context.token})",
    "a name": "bearer = ctx.context.token\nheader = 'Bearer ' + bearer\nreturn header",
    "a helper of another file": "return authorization(ctx)",
    "a helper by keyword": "return authorization(ctx=ctx)",
    "the headers": "h = {'Authorization': ctx.context.token}\nreturn str(h)",
    "a variable of the context": "return current_token.get()",
    "a key of the environment": "return os.environ['OPENAI_API_KEY']",
    "a key by getenv": "return getenv('OPENAI_API_KEY')",
    "a key by an alias": "return env.get('STRIPE_SECRET')",
    "a key by a constant": "return os.environ[NAMES['key']]",
    "a key of the settings": "return settings.openai_api_key",
    "a secret of the settings": "return {'config': [settings.jwt_secret]}",
}
KEPT = {
    "used": "return await api.get(city, headers={'Authorization': ctx.context.token})",
    "used by a name": "h = {'Authorization': ctx.context.token}\nreturn (await get(h)).json()",
    "whether it is there": "return bool(ctx.context.token)",
    "by a helper": "return shown(ctx)",
    "compared": "return ctx.context.token is not None",
    "what the model gave": "return token",
    "a token of a page": "token = await api.next_page(city)\nreturn token",
    "another field": "return ctx.context.request_context.user_id",
    "another setting": "return settings.city",
    "another variable": "return os.environ['CITY']",
    "another variable by get": "return env.get('CITY', 'Rome')",
    "another context": "return current_page.get()",
    "a piece": "return ctx.context.token[:4]",
    "a comment": "return city  # and ctx.context.token",
    "a word": "return 'Your token is secret, and ctx.context.token is not shown'",
    "logged elsewhere": "use(ctx.context.token)\nreturn 'done'",
    "a count": "return usage.total_tokens",
}


def tools(body: str, top: str = "") -> dict[str, str]:
    lines = "".join(f"    {line}\n" for line in body.splitlines())
    source = TOOLS.replace("{top}", top).replace("{body}\n", lines)
    return {"app/tools.py": source, "app/config.py": CONFIG}


@pytest.mark.parametrize("name", TOLD)
def test_told(findings: Findings, name: str) -> None:
    (found,) = findings(token_out_of_tools, tools(TOLD[name]))
    assert found.where.startswith("app/tools.py:")


@pytest.mark.parametrize("name", KEPT)
def test_kept(findings: Findings, name: str) -> None:
    assert not findings(token_out_of_tools, tools(KEPT[name]))


@pytest.mark.parametrize(
    "top",
    [
        "def other(ctx):\n    return ctx.context.token\nTOOLS = [function_tool(other)]",
        "def other(ctx):\n    return ctx.context.token\nTOOLS = [tool(func=other)]",
        "@function_tool(name_override='x')\ndef other(ctx):\n    return ctx.context.token",
        "async def run(ctx, args):\n    return ctx.context.token\n"
        "ONE = FunctionTool('x', 'X.', {}, run)",
        "async def run(ctx, args):\n    return ctx.context.token\n"
        "ONE = FunctionTool(name='x', description='X.', params_json_schema={}, on_invoke_tool=run)",
    ],
)
def test_whatever_makes_it_a_tool(findings: Findings, top: str) -> None:
    assert len(findings(token_out_of_tools, tools("return city", top))) == 1


@pytest.mark.parametrize(
    "top",
    [
        "def other(ctx):\n    return ctx.context.token",
        "@cached\ndef other(ctx):\n    return ctx.context.token",
        "def other(ctx):\n    return ctx.context.token\nTOOLS = [Agent(instructions=other)]",
    ],
)
def test_a_function_that_is_no_tool(findings: Findings, top: str) -> None:
    assert not findings(token_out_of_tools, tools("return city", top))
