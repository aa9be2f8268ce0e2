"""The guide names what is really there: files, variables, commands."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from chatkit_agent.edits.deliver_backend import deliver_backend
from chatkit_agent.edits.write_guide import REFERENCE, write_guide
from chatkit_agent.options.features import FEATURES, Feature
from chatkit_agent.project.facts import Credential, UserDependency

if TYPE_CHECKING:
    from conftest import Run

MAIN = {"app/__init__.py": "", "app/main.py": "from fastapi import FastAPI\n\napp = FastAPI()\n"}


@pytest.mark.parametrize("files", [MAIN, {"main.py": MAIN["app/main.py"]}])
def test_every_file_that_it_names_is_there(files: dict[str, str], run: Run) -> None:
    edited = run(write_guide, files)
    tree = deliver_backend(edited.project, edited.options, edited.after)
    named = re.findall(r"`([\w./]+\.(?:py|sql))`", edited.text("CHATKIT.md"))
    assert len(named) >= 5
    assert [path for path in named if not tree.exists(path)] == []


def test_it_names_variables_and_commands(run: Run) -> None:
    files = {**MAIN, "requirements.txt": "fastapi\n"}
    text = run(write_guide, files, env_prefix="SHOP", path="/assistant").text("CHATKIT.md")
    assert "| `SHOP_CHATKIT_DATABASE_URL` | yes |" in text
    assert "`uvicorn app.main:app`" in text
    assert "Install what was added to `requirements.txt`" in text
    assert "POST /assistant" in text
    assert "$" not in text


@pytest.mark.parametrize(
    ("auth", "words"), [("jwt", "JSON Web Token"), ("none", "everybody is one user")]
)
def test_it_says_who_is_calling(auth: str, words: str, run: Run) -> None:
    assert words in run(write_guide, MAIN, auth=auth).text("CHATKIT.md")


@pytest.mark.parametrize(
    ("tools", "words"),
    [
        ("mcp", "calls the tools of your MCP server as the signed-in user."),
        ("routes:GET /tasks", "that `routes` in `app/services/chatkit_server.py` names."),
        ("none", "has no tools, until you give it some."),
    ],
)
def test_it_says_where_tools_come_from(tools: str, words: str, run: Run) -> None:
    assert words in run(write_guide, MAIN, tools=tools).text("CHATKIT.md")


@pytest.mark.parametrize("extra", FEATURES, ids=lambda extra: extra.name)
def test_it_has_a_section_for_each_extra_that_is_there(extra: Feature, run: Run) -> None:
    section = (REFERENCE / "guides" / f"{extra.name}.md").read_text().splitlines()[1]
    assert section.startswith("## ")
    assert section not in run(write_guide, MAIN).text("CHATKIT.md")
    text = run(write_guide, MAIN, features=(extra.name,)).text("CHATKIT.md")
    assert f"\n\n{section}\n" in text
    assert "$" not in text


def test_noop_where_a_guide_is(run: Run) -> None:
    assert run(write_guide, {**MAIN, "CHATKIT.md": "mine\n"}).changed == []


@pytest.mark.parametrize("token", ["auto", "header", "argument", "prompt"])
def test_it_says_truly_who_sees_the_token(token: str, run: Run) -> None:
    text = run(write_guide, MAIN, token=token).text("CHATKIT.md")
    assert ("its provider see it" in text) is (token == "prompt")


def test_the_page_is_explained_where_there_is_one(run: Run) -> None:
    text = run(write_guide, MAIN, path="/talk", page_path="/help").text("CHATKIT.md")
    assert '<script type="module" src="/help/static/chatkit-panel.js"></script>' in text
    assert '<chatkit-panel url="/talk"></chatkit-panel>' in text
    assert "chatkit_page" not in run(write_guide, MAIN, page="none").text("CHATKIT.md")


@pytest.mark.parametrize(
    ("credential", "words"),
    [
        (Credential("header", "X-Key"), "`X-Key: ...`"),
        (Credential("query", "key"), "`?key=...`"),
        (Credential("session", "sid"), "the cookie `sid`, which a browser has that signed in"),
        (Credential("basic", "Authorization"), "a user name and password"),
    ],
)
def test_it_says_what_the_application_itself_reads(
    credential: Credential, words: str, run: Run
) -> None:
    user = UserDependency("me", "app/main.py", "app.main", "function", "user", "", (credential,))
    edited = run(write_guide, MAIN)
    options = replace(edited.options, auth="existing", user=user)
    told = write_guide(edited.project, options, edited.before).read("CHATKIT.md").decode()
    assert f"no valid sign-in: send {words} |" in told
