"""Metadata of the request in the prompt is found; verified claims are not."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from chatkit_agent.checks.finding import Finding
from chatkit_agent.checks.rules.identity.claims_not_from_client import claims_not_from_client

Findings = Callable[..., list[Finding]]
MAIN = """\
import json
from chatkit.server import ChatKitServer
from fastapi import FastAPI
app = FastAPI()
class Server(ChatKitServer[dict]):
    async def respond(self, thread, item, context):
        name = {source}
        yield PROMPT.format(name=name)
@app.post("/chatkit")
async def chatkit(request):
    body = json.loads(await request.body())
    metadata = {taken}
    return await Server().process(body, Context(metadata=metadata))
"""
TAKEN = 'body["params"]["input"].get("metadata", {})'


def test_found(findings: Findings) -> None:
    main = MAIN.format(source='context.metadata.get("user_name")', taken=TAKEN)
    (finding,) = findings(claims_not_from_client, {"app/main.py": main})
    assert finding.where == "app/main.py:12"
    assert "`name`" in finding.evidence


@pytest.mark.parametrize(
    ("source", "taken"),
    [('context.claims["name"]', TAKEN), ('context.metadata.get("user_name")', "verified(request)")],
)
def test_quiet(findings: Findings, source: str, taken: str) -> None:
    main = MAIN.format(source=source, taken=taken)
    assert not findings(claims_not_from_client, {"app/main.py": main})
