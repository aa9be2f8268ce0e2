"""`rule` explains, `--select`, `--ignore` and `--format` are obeyed by `doctor`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from chatkit_agent.frontends.cli import main

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


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments)


@pytest.fixture
def project(tmp_path: Path) -> str:
    (tmp_path / "main.py").write_text(MAIN)
    return str(tmp_path)


def test_a_rule_is_explained() -> None:
    told = run("rule", "CK203")
    assert told.exit_code == 0
    assert "max_retry_attempts" in told.output
    assert "# chatkit: ignore[CK203]" in told.output
    assert run("rule", "tool_calls_not_repeated").output == told.output


def test_all_rules_are_listed() -> None:
    assert "CK101" in run("rule").output
    document = json.loads(run("rule", "CK2", "--json").output)
    assert document["schema"] == "chatkit-agent/rule/2"
    assert {each["topic"] for each in document["rules"]} == {"mcp"}


def test_an_unknown_rule_is_wrong_usage() -> None:
    told = run("rule", "CK999")
    assert told.exit_code == 2
    assert "CK999" in told.output


def codes(result: Result) -> list[str]:
    return [each["code"] for each in json.loads(result.stdout)["findings"]]


def test_rules_are_chosen(project: str) -> None:
    assert codes(run("doctor", project, "--json"))[0] == "CK101"
    assert codes(run("doctor", project, "--json", "--select", "CK609,CK610")) == ["CK609", "CK610"]
    assert "CK101" not in codes(run("doctor", project, "--format", "json", "--ignore", "CK1"))
    assert run("doctor", project, "--select", "CK610").exit_code == 0
    assert run("doctor", project, "--select", "XX1").exit_code == 2


def test_formats(project: str) -> None:
    assert json.loads(run("doctor", project, "--format", "sarif").stdout)["version"] == "2.1.0"
    assert run("doctor", project, "--format", "github").stdout.startswith("::error file=main.py")


def test_what_does_not_explain_the_symptom_comes_under_a_heading(project: str) -> None:
    told = run("doctor", project, "--symptom", "503 at /chatkit").output
    assert told.index("Nothing that was looked at explains") < told.index("found besides")
    assert told.index("found besides") < told.index("CK101")
    told = run("doctor", project, "--symptom", "I see another user's chat").output
    assert "Nothing that was looked at" not in told
    assert told.index("CK101") < told.index("found besides") < told.index("CK610")
    unknown = run("doctor", project, "--symptom", "it smells").output
    assert "Nothing that was looked at explains `it smells`" in " ".join(unknown.split())
