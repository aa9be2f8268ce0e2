"""Metadata of the request in the prompt is found; verified claims are not."""

from __future__ import annotations

import pytest

from chatkit_agent.checks.rules.identity.claims_not_from_client import claims_not_from_client
from tests.checks.rules.conftest import Findings

MAIN = """\
import json
from agents import Agent
from chatkit.server import ChatKitServer
from fastapi import FastAPI, Request
{top}
app = FastAPI()
PROMPT = "Help {{name}}."
class Server(ChatKitServer[dict]):
    async def respond(self, thread, item, context):
        {line}
        yield Agent(name="a", instructions={prompt})
@app.post("/chatkit")
async def chatkit(request: Request):
    body = json.loads(await request.body())
    {taken}
    return await Server().process(await request.body(), {context})
{more}
"""
CONTEXT = """\
class Context:
    def __init__(self, metadata):
        self.metadata = metadata
"""


def claim(
    taken: str = 'metadata = body["params"]["input"].get("metadata", {})',
    context: str = "Context(metadata=metadata)",
    line: str = 'name = context.metadata.get("user_name")',
    prompt: str = "PROMPT.format(name=name)",
    top: str = "",
    more: str = "",
) -> dict[str, str]:
    """What is taken from a request, and what becomes of it in a turn."""
    given = {"taken": taken, "context": context, "line": line, "prompt": prompt, "more": more}
    return {"app/main.py": MAIN.format(top=top + CONTEXT, **given)}


def test_found(findings: Findings) -> None:
    (finding,) = findings(claims_not_from_client, claim())
    assert finding.where == "app/main.py:14"
    assert "`name`" in finding.evidence


SPELLINGS = [
    ("straight", claim(), True),
    ("subscript", claim('metadata = body["metadata"]'), True),
    (
        "a token, which has a check of its own",
        claim('metadata = {"user_name": request.headers.get("Authorization", "")}'),
        False,
    ),
    ("key const", claim("metadata = body[KEY]", top='KEY = "metadata"\n'), True),
    ("request.json", claim('metadata = (await request.json()).get("metadata")'), True),
    (
        "dict context",
        claim(context='{"metadata": metadata}', line='name = context["metadata"]["user_name"]'),
        True,
    ),
    (
        "other name",
        claim(
            'extra = body["params"]["profile"]',
            context='{"profile": extra}',
            line='name = context["profile"]["name"]',
        ),
        True,
    ),
    ("fstring", claim(prompt='f"Help {name}"'), True),
    ("concat", claim(prompt='"Help " + name'), True),
    ("percent", claim(prompt='"Help %s" % name'), True),
    (
        "direct",
        claim(prompt='PROMPT.format(name=context.metadata["user_name"])', line="pass"),
        True,
    ),
    (
        "helper prompt",
        claim(
            prompt="words(context)",
            line="pass",
            more='def words(c):\n    return f"Help {c.metadata}"',
        ),
        True,
    ),
    (
        "header",
        claim('metadata = request.headers["X-User-Name"]', line="name = context.metadata"),
        True,
    ),
    (
        "query",
        claim('metadata = request.query_params["name"]', line="name = context.metadata"),
        True,
    ),
    (
        "model",
        claim(
            "metadata = Body.model_validate(body).metadata",
            line="name = context.metadata",
            top="from pydantic import BaseModel\nclass Body(BaseModel):\n    metadata: dict\n",
        ),
        True,
    ),
    (
        "claims",
        claim(context='{"claims": verified(request)}', line='name = context["claims"]["name"]'),
        False,
    ),
    ("not in prompt", claim(prompt='"Help."'), False),
    ("logged only", claim(line="print(context.metadata)", prompt='"Help."'), False),
    (
        "comment",
        claim(line='name = "Ann"  # context.metadata', prompt="PROMPT.format(name=name)"),
        False,
    ),
    ("constant", claim('metadata = {"user_name": "Ann"}'), False),
    (
        "number",
        claim('metadata = {"n": int(body["params"]["n"])}', line='name = context.metadata["n"]'),
        False,
    ),
    ("from database", claim("metadata = await db.profile(user)"), False),
    (
        "checked against list",
        claim(
            'lang = body["params"]["lang"]\n    metadata = {"user_name": lang if lang in LANGS else "en"}',
            top='LANGS = ("en", "de")\n',
        ),
        False,
    ),
]


@pytest.mark.parametrize(("name", "files", "is_found"), SPELLINGS, ids=[e[0] for e in SPELLINGS])
def test_spelled_otherwise(
    findings: Findings, name: str, files: dict[str, str], is_found: bool
) -> None:
    assert bool(findings(claims_not_from_client, files)) == is_found
