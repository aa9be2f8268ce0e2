"""However a context, a connection and its headers are written: the same is found, or nothing."""

from __future__ import annotations

import pytest

from chatkit_agent.checks.rules.tokens.token_handed_on import token_handed_on
from tests.checks.rules.conftest import Findings, spelled
from tests.checks.rules.tokens.test_token_handed_on import CONTEXT, GOOD, MAIN

MCP = "from agents.mcp import MCPServerStreamableHttp"
MADE = "ChatContext(caller.id, caller.token)"


def hand(
    line: str = f"s = MCPServerStreamableHttp(params={GOOD})",
    made: str = MADE,
    imports: str = MCP,
    field: str = "",
    context: str = CONTEXT,
    **more: str,
) -> dict[str, str]:
    """What becomes the request's context, and a line of a turn."""
    own = {"app/context.py": context.replace("token: str", f"token: str{field}")}
    own["app/main.py"] = MAIN.replace("ChatContext(caller.id, {token})", made)
    return {**own, **spelled(line, imports, **more)}


SPELLINGS: list[tuple[str, dict[str, str], bool]] = [
    ("good", hand(), False),
    ("empty", hand(made='ChatContext(caller.id, "")'), True),
    (
        "empty const",
        hand(
            made="ChatContext(caller.id, NOTHING)",
            **{"app/main.py": "NOTHING = ''\n" + MAIN.replace("{token}", "NOTHING")},
        ),
        True,
    ),
    ("none kw", hand(made="ChatContext(user_id=caller.id, token=None)"), True),
    ("never", hand(made="ChatContext(caller.id)", field=" | None = None"), True),
    (
        "set later",
        hand(made="ChatContext(caller.id); context.token = caller.token", field=" | None = None"),
        False,
    ),
    (
        "set later by replace",
        hand(made="replace(ChatContext(caller.id), token=caller.token)", field=" | None = None"),
        False,
    ),
    ("no header", hand('s = MCPServerStreamableHttp(params={"url": URL})'), True),
    (
        "no header alias",
        hand(
            's = M(params={"url": URL})',
            imports="from agents.mcp import MCPServerStreamableHttp as M",
        ),
        True,
    ),
    ("no header positional", hand('s = MCPServerStreamableHttp({"url": URL})'), True),
    (
        "no header var",
        hand('p = {"url": URL}\n        s = MCPServerStreamableHttp(params=p)'),
        True,
    ),
    (
        "no header const",
        hand("s = MCPServerStreamableHttp(params=P)", top='P = {"url": "http://x"}'),
        True,
    ),
    ("no header dict()", hand("s = MCPServerStreamableHttp(params=dict(url=URL))"), True),
    (
        "no header Params",
        hand(
            "s = MCPServerStreamableHttp(params=MCPServerStreamableHttpParams(url=URL))",
            imports=MCP + ", MCPServerStreamableHttpParams",
        ),
        True,
    ),
    (
        "no header helper",
        hand(
            "s = make(context)",
            more='def make(c):\n    return MCPServerStreamableHttp(params={"url": URL})',
        ),
        True,
    ),
    (
        "header const",
        hand(
            's = MCPServerStreamableHttp(params={"url": URL, "headers": {NAME: f"Bearer {context.token}"}})',
            top='NAME = "Authorization"',
        ),
        False,
    ),
    (
        "header lower",
        hand(
            's = MCPServerStreamableHttp(params={"url": URL, "headers": {"authorization": f"Bearer {context.token}"}})'
        ),
        False,
    ),
    (
        "header var",
        hand(
            'h = {"Authorization": f"Bearer {context.token}"}\n        s = MCPServerStreamableHttp(params={"url": URL, "headers": h})'
        ),
        False,
    ),
    (
        "header helper",
        hand(
            's = MCPServerStreamableHttp(params={"url": URL, "headers": make(context)})',
            more='def make(c):\n    h = {}\n    h["Authorization"] = f"Bearer {c.token}"\n    return h',
        ),
        False,
    ),
    (
        "header helper file",
        hand(
            's = MCPServerStreamableHttp(params={"url": URL, "headers": make(context)})',
            imports=MCP + "\nfrom app.heads import make",
            **{"app/heads.py": 'def make(c):\n    return {"Authorization": f"Bearer {c.token}"}\n'},
        ),
        False,
    ),
    (
        "header helper without",
        hand(
            's = MCPServerStreamableHttp(params={"url": URL, "headers": make(context)})',
            more='def make(c):\n    return {"X-Trace": "1"}',
        ),
        True,
    ),
    (
        "header comment only",
        hand('s = MCPServerStreamableHttp(params={"url": URL, "headers": {}})  # Authorization'),
        True,
    ),
    (
        "header x-token",
        hand(
            's = MCPServerStreamableHttp(params={"url": URL, "headers": {"X-Api-Token": context.token}})'
        ),
        False,
    ),
    (
        "params later",
        hand(
            'p = {"url": URL}\n        p["headers"] = {"Authorization": f"Bearer {context.token}"}\n        s = MCPServerStreamableHttp(params=p)'
        ),
        False,
    ),
    (
        "params dict()",
        hand(
            's = MCPServerStreamableHttp(params=dict(url=URL, headers={"Authorization": f"Bearer {context.token}"}))'
        ),
        False,
    ),
    (
        "typed Params",
        hand(
            's = MCPServerStreamableHttp(params=MCPServerStreamableHttpParams(url=URL, headers={"Authorization": f"Bearer {context.token}"}))',
            imports=MCP + ", MCPServerStreamableHttpParams",
        ),
        False,
    ),
    (
        "merged",
        hand(
            's = MCPServerStreamableHttp(params={"url": URL, "headers": {**BASE, "Authorization": f"Bearer {context.token}"}})',
            top='BASE = {"X": "1"}',
        ),
        False,
    ),
    (
        "auth factory",
        hand(
            's = MCPServerStreamableHttp(params={"url": URL, "httpx_client_factory": client_for(context)})',
            more='def client_for(c):\n    def made(**more):\n        return httpx.AsyncClient(headers={"Authorization": f"Bearer {c.token}"})\n    return made',
        ),
        False,
    ),
    (
        "bare",
        hand(
            's = MCPServerStreamableHttp(params={"url": URL, "headers": {"Authorization": context.token}})'
        ),
        True,
    ),
    (
        "bare var",
        hand(
            't = context.token\n        s = MCPServerStreamableHttp(params={"url": URL, "headers": {"Authorization": t}})'
        ),
        True,
    ),
    (
        "bare headers var",
        hand(
            'h = {"Authorization": context.token}\n        s = MCPServerStreamableHttp(params={"url": URL, "headers": h})'
        ),
        True,
    ),
    (
        "bearer var ok",
        hand(
            't = f"Bearer {context.token}"\n        s = MCPServerStreamableHttp(params={"url": URL, "headers": {"Authorization": t}})'
        ),
        False,
    ),
    (
        "bearer helper ok",
        hand(
            's = MCPServerStreamableHttp(params={"url": URL, "headers": {"Authorization": bearer(context.token)}})',
            more='def bearer(t):\n    return f"Bearer {t}"',
        ),
        False,
    ),
    (
        "shared env",
        hand(
            's = MCPServerStreamableHttp(params={"url": URL, "headers": {"Authorization": f"Bearer {os.environ[chr(84)]}"}})',
            imports=MCP + "\nimport os",
        ),
        True,
    ),
    (
        "shared env alias",
        hand(
            's = MCPServerStreamableHttp(params={"url": URL, "headers": {"Authorization": f"Bearer {secret}"}})',
            imports=MCP + "\nfrom os import getenv as g",
            top='secret = g("MCP")',
        ),
        True,
    ),
    (
        "shared const var",
        hand(
            't = KEY\n        s = MCPServerStreamableHttp(params={"url": URL, "headers": {"Authorization": f"Bearer {t}"}})',
            top='KEY = "abc"',
        ),
        True,
    ),
    (
        "shared settings obj",
        hand(
            's = MCPServerStreamableHttp(params={"url": URL, "headers": {"Authorization": f"Bearer {conf.mcp}"}})',
            imports=MCP + "\nfrom pydantic_settings import BaseSettings",
            top="class Conf(BaseSettings):\n    mcp: str\nconf = Conf()",
        ),
        True,
    ),
    (
        "shared for another",
        hand(
            f"s = MCPServerStreamableHttp(params={GOOD})\n        o = "
            + 'MCPServerStreamableHttp(params={"url": URL, "headers": {"Authorization": f"Bearer {os.environ[chr(84)]}"}})',
            imports=MCP + "\nimport os",
        ),
        False,
    ),
    (
        "not carried",
        hand(
            's = MCPServerStreamableHttp(params={"url": URL})', context="class ChatContext: ...\n"
        ),
        False,
    ),
    ("in comment", hand('pass  # MCPServerStreamableHttp(params={"url": URL})'), False),
    (
        "other class",
        hand(
            's = MCPServerStreamableHttp(params={"url": URL})',
            imports="",
            top="class MCPServerStreamableHttp:\n    def __init__(self, params): ...",
        ),
        False,
    ),
]


@pytest.mark.parametrize(("name", "files", "is_found"), SPELLINGS, ids=[e[0] for e in SPELLINGS])
def test_spelled_otherwise(
    findings: Findings, name: str, files: dict[str, str], is_found: bool
) -> None:
    assert bool(findings(token_handed_on, files)) == is_found
