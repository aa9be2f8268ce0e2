"""SARIF is of its standard's shape, and workflow commands say where and what, on a line each."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from pydantic_sarif.model import StaticAnalysisResultsFormatSarifVersion210JsonSchema as Sarif

from chatkit_agent.api import Looking, diagnose
from chatkit_agent.output.documents import CheckPart, FindingPart, VerifyDocument
from chatkit_agent.output.reports import as_github, as_sarif

MAIN = """\
from chatkit.server import ChatKitServer
from fastapi import FastAPI, Request
app = FastAPI()
class Server(ChatKitServer[dict]):
    async def respond(self, thread, item, context):
        yield item
@app.post("/chatkit")
async def chatkit(request: Request):
    user = request.headers.get("X-User-ID")
    return await Server().process(await request.body(), {"user": user})
"""


def found(where: str, severity: str = "error", what: str = "It is wrong.") -> VerifyDocument:
    finding = FindingPart(
        what=what, where=where, evidence="Seen.", fix="Fix it.", severity=severity, edit=None
    )
    check = CheckPart(
        code="CK501",
        name="answer_streams",
        title="The answer streams",
        ok=False,
        outcome="failed",
        findings=(finding,),
    )
    return VerifyDocument(ok=False, outcome="failed", checks=(check,), notes=())


def test_sarif_of_a_doctor(tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text(MAIN)
    document = diagnose(tmp_path, Looking())
    text = as_sarif(document)
    Sarif.model_validate_json(text)
    (run,) = json.loads(text)["runs"]
    assert [each["ruleId"] for each in run["results"]] == [each.code for each in document.findings]
    first = run["results"][0]
    assert first["level"] == "error"
    place = first["locations"][0]["physicalLocation"]
    assert place == {"artifactLocation": {"uri": "main.py"}, "region": {"startLine": 9}}
    assert run["tool"]["driver"]["rules"][first["ruleIndex"]]["id"] == "CK101"
    assert len({str(each["partialFingerprints"]) for each in run["results"]}) == len(run["results"])


@pytest.mark.parametrize(
    ("where", "file", "line"),
    [
        ("app/a b.py:7", "app/a%20b.py", 7),
        (".env", ".env", None),
        (".env.example:3", ".env.example", 3),
        ("deploy/Dockerfile:2", "deploy/Dockerfile", 2),
        ("POST /chatkit", None, None),
        ("the application's log", None, None),
        ("http://localhost:8000", None, None),
    ],
)
def test_places(where: str, file: str | None, line: int | None) -> None:
    text = as_sarif(found(where))
    Sarif.model_validate_json(text)
    location = json.loads(text)["runs"][0]["results"][0]["locations"][0]
    if file is None:
        assert location == {"logicalLocations": [{"name": where}]}
        return
    physical = location["physicalLocation"]
    assert physical["artifactLocation"]["uri"] == file
    assert physical.get("region", {}).get("startLine") == line


def test_commands_of_a_workflow() -> None:
    said = as_github(found("app/a.py:7", what="100% wrong:\nall of it"))
    assert said.startswith("::error file=app/a.py,line=7,title=CK501::100%25 wrong:%0Aall of it")
    assert "\n" not in said
    assert as_github(found("POST /chatkit", "info")).startswith(
        "::notice title=CK501::POST /chatkit: It is wrong."
    )
    assert as_github(found(".env", "inconclusive")).startswith("::warning file=.env,title=")
