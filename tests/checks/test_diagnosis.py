"""One finding for each cause, the most likely first, and silence where nothing is wrong."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from chatkit_agent.apply.apply import apply
from chatkit_agent.checks import diagnosis as diagnosis_module
from chatkit_agent.checks.check import PROJECT, Finding, check
from chatkit_agent.checks.diagnosis import Diagnosis, diagnose, judge
from chatkit_agent.evidence.static import Evidence, Log, Probe, Running
from chatkit_agent.evidence.static.gathering import Looking, observe
from chatkit_agent.evidence.static.logs import read_log
from chatkit_agent.options.options import RequestedOptions
from chatkit_agent.plan.plan import make_plan
from chatkit_agent.project.read import read_project

PROJECTS = sorted(
    path
    for path in (Path(__file__).parents[1] / "projects").iterdir()
    if path.is_dir() and not path.name.startswith((".", "__"))
)
TASKFLOW = Path(__file__).parents[2] / "examples" / "taskflow"

TRUSTING = """\
from chatkit.server import ChatKitServer
from fastapi import FastAPI, Request
app = FastAPI()
class Server(ChatKitServer[dict]):
    async def respond(self, thread, item, context):
        yield TEMPLATE.format(name=1)
TEMPLATE = "{name} of {team}"
@app.post("/chatkit")
async def chatkit(request: Request):
    user = request.headers.get("X-User-ID")
    return await Server().process(await request.body(), {"user": user})
"""
SILENT = """\
from contextlib import asynccontextmanager
@asynccontextmanager
async def lifespan(app):
    try:
        app.state.chatkit_store = await open_chatkit_store()
    except Exception:
        pass
    yield
"""
PASSWORD = 'InvalidPasswordError: password authentication failed for user "shop"'


@pytest.fixture
def trusting(tmp_path: Path) -> Evidence:
    (tmp_path / "main.py").write_text(TRUSTING)
    return observe(tmp_path, Looking())


def causes(diagnosis: Diagnosis) -> list[str | None]:
    """Of the errors."""
    found = (each.finding for each in diagnosis.findings)
    return [each.cause for each in found if each.severity == "error"]


@pytest.mark.parametrize("project", [*PROJECTS, TASKFLOW], ids=lambda path: path.name)
@pytest.mark.parametrize("added", [False, True], ids=["before", "after"])
def test_a_healthy_project_is_quiet(project: Path, added: bool, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(project, tmp_path / project.name))
    if added:
        found = read_project(copy)
        requested = RequestedOptions(app=None if found.app else found.candidates[0].ref)
        apply(replace(make_plan(found, requested), manual_steps=()), allow_dirty=True)
    diagnosis = diagnose(copy)
    assert [each.finding for each in diagnosis.findings] == []
    assert bool(diagnosis.passed) == any(copy.rglob("chatkit_server.py"))
    assert diagnosis.outcome == ("passed" if diagnosis.passed else "inconclusive")
    assert "broke down" not in str(diagnosis.notes)


def test_the_application_that_got_the_chat_is_the_one_that_is_looked_at(tmp_path: Path) -> None:
    copy = Path(shutil.copytree(PROJECTS[0].parent / "two_apps", tmp_path / "two"))
    apply(make_plan(read_project(copy), RequestedOptions(app="public:app")), allow_dirty=True)
    found = observe(copy, Looking()).project.app
    assert found is not None
    assert found.ref == "public:app"
    (copy / "public.py").rename(copy / "open.py")
    assert diagnose(copy).passed


def test_what_was_seen_to_happen_comes_first(trusting: Evidence) -> None:
    assert causes(judge(trusting)) == ["spoofed", "prompt"]
    probe = Probe("spoofed", "POST /chatkit", 200)
    log = read_log("app.log", b"ERROR " + PASSWORD.encode())
    seen = judge(replace(trusting, log=log, running=Running("http://x", (probe,))))
    assert causes(seen) == ["spoofed", "database password", "prompt"]


def test_what_explains_the_symptom_comes_before_its_equals(trusting: Evidence) -> None:
    told = replace(trusting, symptoms=frozenset({"stream_error"}))
    assert causes(judge(told)) == ["prompt", "spoofed"]


def test_a_warning_that_explains_the_symptom_comes_before_an_error(tmp_path: Path) -> None:
    started = TRUSTING.replace("FastAPI()", "FastAPI(lifespan=lifespan)")
    (tmp_path / "main.py").write_text(SILENT + started)
    found = diagnose(tmp_path, Looking(symptom="503 at /chatkit")).findings
    assert [each.finding.severity for each in found][:2] == ["warning", "error"]
    assert "unavailable" in found[0].finding.explains


def test_a_check_that_breaks_down_hides_no_other(
    trusting: Evidence, monkeypatch: pytest.MonkeyPatch
) -> None:
    @check("CK000", needs=PROJECT)
    def broken(_: Evidence) -> Iterator[Finding]:
        raise LookupError("a shape that nobody thought of")

    whole = judge(trusting)
    monkeypatch.setattr(diagnosis_module, "CHECKS", (broken, *diagnosis_module.CHECKS))
    told = judge(trusting)
    assert told.findings == whole.findings
    assert "`broken` broke down" in told.notes[0]
    assert "LookupError: a shape that nobody thought of" in told.notes[0]
    assert "broken" not in told.passed


def test_two_findings_with_one_cause_are_one(trusting: Evidence) -> None:
    probe = Probe("spoofed", "POST /chatkit threads.list", 200, body="{}")
    first = judge(replace(trusting, running=Running("http://x", (probe,)))).findings[0].finding
    assert first.where == "main.py:10"
    assert first.more == ("POST /chatkit threads.list: It was answered with 200 and 2 characters.",)


def raised(place: str, kind: str = "KeyError") -> Log:
    trace = f'Traceback (most recent call last):\n  File "/{place}", line 6, in y\n{kind}: team\n'
    return read_log("app.log", trace.encode())


def test_an_exception_is_the_evidence_of_what_it_names(trusting: Evidence) -> None:
    diagnosis = judge(replace(trusting, log=raised("srv/main.py")))
    assert causes(diagnosis) == ["prompt", "spoofed"]
    assert diagnosis.findings[0].finding.more == ("app.log:3: `KeyError: team`",)
    assert "no_exception_left" not in diagnosis.passed


def test_an_exception_elsewhere_is_a_fault_of_its_own(trusting: Evidence) -> None:
    diagnosis = judge(replace(trusting, log=raised("srv/other.py")))
    assert causes(diagnosis) == ["prompt", "spoofed", None]
    assert diagnosis.findings[0].finding.more == ()
    assert "KeyError" in diagnosis.findings[2].finding.what


def test_an_exception_that_nothing_explains_is_told(tmp_path: Path) -> None:
    trace = b'Traceback (most recent call last):\n  File "/x.py", line 1, in y\nKeyError: 1\n'
    (found,) = diagnose(tmp_path, Looking(log=("app.log", trace))).findings
    assert found.check.name == "no_exception_left"


def test_a_symptom_that_nothing_explains_is_admitted(tmp_path: Path) -> None:
    diagnosis = diagnose(tmp_path, Looking(symptom="I get a 503 at /chatkit"))
    assert diagnosis.symptoms == ("unavailable",)
    assert "--log" in diagnosis.unexplained


def test_no_value_of_an_environment_file_is_shown(tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text(TRUSTING)
    (tmp_path / ".env").write_text("DATABASE_URL=canary-7\nMCP_SERVER_URL=canary-7\n")
    evidence = observe(tmp_path, Looking())
    assert evidence.settings[0].value == "canary-7"
    assert "canary-7" not in repr(evidence)
    assert "canary-7" not in repr(judge(evidence))


def test_a_token_in_the_prompt_is_a_warning_where_it_was_chosen(tmp_path: Path) -> None:
    copy = Path(shutil.copytree(TASKFLOW, tmp_path / "taskflow"))
    apply(make_plan(read_project(copy), RequestedOptions(token="prompt")), allow_dirty=True)
    (found,) = diagnose(copy).findings
    assert (found.check.name, found.finding.severity) == ("token_out_of_prompt", "warning")


def test_chosen_rules_that_see_nothing_do_not_say_that_there_is_no_chat(tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text(TRUSTING)
    diagnosis = diagnose(tmp_path, Looking(select=("CK218",)))
    assert diagnosis.outcome == "inconclusive"
    (note,) = diagnosis.unsettled
    assert "such as --log or --boot" in note
    assert "No chat" not in note


def test_a_chat_that_is_aside_is_named(tmp_path: Path) -> None:
    place = tmp_path / "examples" / "shop" / "app.py"
    place.parent.mkdir(parents=True)
    place.write_text(TRUSTING)
    (note,) = diagnose(tmp_path).unsettled
    assert "examples/shop/app.py has one" in note
    place.write_text("from fastapi import FastAPI\n")
    (note,) = diagnose(tmp_path).unsettled
    assert "has one" not in note
