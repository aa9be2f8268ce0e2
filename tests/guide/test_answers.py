"""Each question has an answer of its own, short, about this project, and all that it names is."""

from __future__ import annotations

import io
import re
import shlex
import shutil
import subprocess
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import click
import pytest
from click.testing import CliRunner

from chatkit_agent.apply.apply import apply
from chatkit_agent.frontends.cli import main
from chatkit_agent.guide import make_guide
from chatkit_agent.guide.playbooks import PLAYBOOKS
from chatkit_agent.options.options import RequestedOptions
from chatkit_agent.output import terminal
from chatkit_agent.output.documents import GuideDocument, without_code
from chatkit_agent.plan.plan import make_plan
from chatkit_agent.project.read import read_project

PROJECTS = Path(__file__).parents[1] / "projects"
REFERENCE = Path(__file__).parents[2] / "src/chatkit_agent/reference"
LONGEST = 160
SEED = (
    "Add ChatKit server with: MCP connection to http://localhost:8001/mcp; JWT auth token "
    "passing; PostgreSQL conversation persistence."
)
QUESTIONS = (*(each.invocation for each in PLAYBOOKS), SEED)
COMMAND = re.compile(r"^```sh\n(.*?)\n```$", re.MULTILINE | re.DOTALL)


@cache
def project(sample: str, *, added: bool, folder: Path) -> Path:
    root = Path(shutil.copytree(PROJECTS / sample, folder / sample))
    if added:
        apply(make_plan(read_project(root)))
    return root


@pytest.fixture(scope="module")
def roots(tmp_path_factory: pytest.TempPathFactory) -> SimpleNamespace:
    before, after = tmp_path_factory.mktemp("before"), tmp_path_factory.mktemp("after")
    return SimpleNamespace(
        before=project("oauth_user", added=False, folder=before),
        after=project("oauth_user", added=True, folder=after),
        sidecar=project("old_pins", added=False, folder=before),
    )


def answer(root: Path, question: str) -> GuideDocument:
    return GuideDocument.of(make_guide(root, RequestedOptions(), question))


answered = cache(answer)


@pytest.mark.parametrize("case", ["before", "after", "sidecar"])
def test_answers_are_short_and_differ(roots: SimpleNamespace, case: str) -> None:
    texts = [terminal.guide(answered(getattr(roots, case), each)) for each in QUESTIONS]
    assert len(set(texts)) == len(QUESTIONS)
    for question, text in zip(QUESTIONS, texts, strict=True):
        assert 15 < len(text.splitlines()) <= LONGEST, question
        assert "## In this project" in text
        assert "## The pattern" in text
        assert "## What else" in text
        assert not re.search(r"(?<!\$)\{(?:path|page|prefix|home|address|package|app)\}", text)


@pytest.mark.parametrize(
    "sample", [each.name for each in PROJECTS.iterdir() if each.name != "two_apps"]
)
def test_the_whole_integration_fits_on_four_screens(sample: str, tmp_path: Path) -> None:
    root = project(sample, added=False, folder=tmp_path)
    for question in (QUESTIONS[0], SEED):
        assert len(terminal.guide(answer(root, question)).splitlines()) <= LONGEST


@pytest.mark.parametrize("case", ["before", "after", "sidecar"])
@pytest.mark.parametrize("question", QUESTIONS)
def test_every_command_is_one(roots: SimpleNamespace, case: str, question: str) -> None:
    document = answered(getattr(roots, case), question)
    commands = [each.command for each in (*document.do, *document.test)]
    assert commands
    for command in commands:
        checked = subprocess.run(["sh", "-n", "-c", command], capture_output=True, text=True)
        assert checked.returncode == 0, command
        if command.startswith("chatkit-agent "):
            parsed(command, Path(document.root))
    named = re.findall(r"`(chatkit-agent [^`]*)`", terminal.guide(document))
    for command in named:
        parsed(command.replace("URL", "http://x.test/mcp").replace("NAME", "x"), Path("."))


def parsed(command: str, root: Path) -> None:
    name, *arguments = shlex.split(command)[1:]
    found = main.commands[name]
    placed = [str(root) if each == "." else each for each in arguments]
    assert found.make_context(name, placed), command


def test_files_and_lines_are_where_it_says(roots: SimpleNamespace) -> None:
    shown = 0
    for question in QUESTIONS:
        for each in answered(roots.after, question).code:
            if each.line is not None:
                lines = (roots.after / each.path).read_text().splitlines()
                assert lines[each.line - 1].strip() == each.text.splitlines()[0].strip()
                shown += 1
            elif each.language == "diff":
                assert (roots.after / each.path).is_file()
    assert shown > 8


def test_every_variable_is_read(roots: SimpleNamespace) -> None:
    code = "\n".join(path.read_text() for path in REFERENCE.rglob("*.py"))
    prefix = "OAUTH_USER_CHATKIT_"
    for question in QUESTIONS:
        for each in answered(roots.before, question).variables:
            name = each.name.removeprefix(prefix)
            assert name in code or re.search(rf"\b{name.lower()}: ", code), each.name


def test_what_is_set_is_said(roots: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    (roots.before / ".env").write_text("OAUTH_USER_CHATKIT_DATABASE_URL=postgresql://x/y\n")
    states = {each.name: each.state for each in answer(roots.before, QUESTIONS[0]).variables}
    assert states["OAUTH_USER_CHATKIT_DATABASE_URL"] == "set"
    assert states["OPENAI_API_KEY"] == "needed"
    assert states["OPENAI_BASE_URL"] == "optional"
    (roots.before / ".env").unlink()


def test_the_case_of_the_project_is_said(roots: SimpleNamespace) -> None:
    before, after = (
        terminal.guide(answer(each, "Pass auth tokens to MCP tools"))
        for each in (roots.before, roots.after)
    )
    assert "There is no chat here yet" in before
    assert "chatkit-agent add ." in before
    assert "The chat is here" in after
    assert "chatkit-agent add ." not in after
    for text in (before, after):
        assert "Your own `get_current_user` in `app/auth.py` says who the user is" in text


def test_modules_come_with_the_chat_or_into_it(roots: SimpleNamespace) -> None:
    question = "Ask for approval before a tool runs"
    assert answer(roots.before, question).do[0].command == "chatkit-agent add . --with approvals"
    assert answer(roots.after, question).do[0].command == "chatkit-agent update . --with approvals"


def test_whole_files_are_in_json_and_behind_full(roots: SimpleNamespace) -> None:
    document = answer(roots.after, "Set up conversation persistence")
    [step] = document.steps
    assert {"app/chatkit_store/postgres_store.py"} < {each.path for each in step.files}
    full, short = terminal.guide(document, full=True), terminal.guide(document)
    whole = (roots.after / "app/chatkit_store/postgres_store.py").read_text()
    assert whole in full
    assert whole not in short
    assert without_code(document).steps == ()
    assert without_code(document).code == document.code


def test_a_question_that_is_not_known_says_so(tmp_path: Path) -> None:
    document = answer(tmp_path, "what is the weather")
    assert not document.is_known
    text = terminal.guide(document)
    assert text.startswith("There is no answer to that here.")
    assert all(each.invocation in text for each in PLAYBOOKS)
    assert "The pattern" not in text
    assert len(text.splitlines()) < 40


def invoked(*arguments: str, **more: Any) -> str:
    ran = CliRunner().invoke(main, ["guide", *arguments], **more)
    assert ran.exit_code == 0, ran.output
    return ran.stdout


def test_the_path_may_be_left_out(roots: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(roots.after)
    expected = invoked(".", "Show a widget")
    assert expected.startswith("# Show a widget")
    assert invoked("Show a widget") == expected
    assert invoked("Show", "a", "widget") == expected
    assert invoked(str(roots.after), "Show a widget").startswith("# Show a widget")
    assert invoked("Show a widget", ".") == expected
    monkeypatch.chdir(roots.before)
    assert "The chat is here" in invoked("Show a widget", str(roots.after))
    assert invoked().startswith("# Add the chat")
    wrong = CliRunner().invoke(main, ["guide", "./nowhere", "Show a widget"])
    assert wrong.exit_code == 2
    assert "There is no folder `./nowhere`" in wrong.stderr


def test_all_options_are_taken_beside_words(roots: SimpleNamespace) -> None:
    context = main.commands["guide"].make_context(
        "guide", [str(roots.after), "Show a widget", "--full", "--json"]
    )
    assert isinstance(context, click.Context)
    assert context.params["full"]


@pytest.mark.parametrize("width", [40, 80, 120])
def test_it_is_rendered_at_any_width(roots: SimpleNamespace, width: int) -> None:
    from rich.console import Console

    text = terminal.guide(answer(roots.before, SEED))
    console = Console(width=width, force_terminal=True, record=True, file=io.StringIO())
    console.print(terminal.rendered(text), crop=False)
    shown = console.export_text()
    assert "# " not in shown.splitlines()[0]
    letters = [line for line in shown.splitlines() if len(line.strip(" •│")) == 1]
    assert not letters, "a letter per line"
    question = next(each for each in COMMAND.findall(text) if "curl -N" in each)
    assert question in shown, "a command is whole, so that it can be copied"
