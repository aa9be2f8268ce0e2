"""A guide as Markdown: blocks as they stand, and a name for all that was understood."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from chatkit_agent.guide.understanding import understand
from chatkit_agent.options.options import RequestedOptions
from chatkit_agent.output.documents import (
    CommandPart,
    ExcerptPart,
    GuideDocument,
    GuideFilePart,
    StepPart,
    TroublePart,
    UnderstoodPart,
    VariablePart,
)
from chatkit_agent.output.documents.plan import BlockedPart
from chatkit_agent.output.terminal.guide import guide, understood

EMPTY = GuideDocument(
    root="/home/ann/shop",
    plan_id="p1",
    playbook="integrate",
    title="Add the chat",
    understood=(),
    situation=("The application is `main:app`.",),
    pattern="One router is added.",
    code=(),
    do=(),
    variables=(),
    test=(CommandPart(command="chatkit-agent verify .", expect="Each check with `ok`."),),
    also=(),
    command=None,
    steps=(),
    troubles=(),
    manual_steps=(),
    notes=(),
    answers=("one", "two", "three", "four", "five"),
)
SHORT = GuideFilePart(
    path="main.py",
    action="modify",
    purpose="includes the router",
    language="diff",
    content=None,
    diff="@@ -1 +1,2 @@\n app = FastAPI()\n+app.include_router(chat)\n",
)
LONG = SHORT.model_copy(update={"path": "uv.toml", "diff": "+a\n" * 40})
NEW = GuideFilePart(
    path="chat.py",
    action="create",
    purpose="The chat",
    language="python",
    content='"""```` of ticks"""\n',
    diff=None,
)
VARIABLES = (
    VariablePart(name="KEY", purpose="signs a|b", required=True, example="x", state="needed"),
    VariablePart(name="MODEL", purpose="the model", required=False, example="", state="optional"),
)
STEP = StepPart(
    title="Do it", text="So.", files=(LONG, SHORT, NEW), commands=(), variables=VARIABLES
)


def shown(*, full: bool = False, **more: Any) -> str:
    return guide(EMPTY.model_copy(update=more), full=full)


@pytest.mark.parametrize(
    ("words", "line"),
    [
        ("Add a chat", '- What to do: `integrate` (from "add a chat")'),
        ("Add a chat as a sidecar", '- How it runs: `sidecar` (from "sidecar")'),
        ("Add a chat without login", '- Who the user is: `none` (from "without login")'),
        ("the token as an argument", '- How the token travels: `argument` (from "token as an arg'),
        ("keep the history", '- Conversations: `PostgreSQL` (from "history")'),
        ("in schema shop_chat", '- Schema of the tables: `shop_chat` (from "schema shop_chat")'),
        ("with SHOP_CHATKIT_ names", '- Prefix of the variables: `SHOP` (from "SHOP_CHATKIT_")'),
        ("a chat at /api/talk", '- Route: `/api/talk` (from "at /api/talk")'),
        ("with voice", '- Optional module: `transcription` (from "voice")'),
        ("MCP at http://x.test/mcp", '- MCP server: `http://x.test/mcp` (from "http://x.test/mcp'),
        ("Add a chat to api", '- Where: `api` (from "to api")'),
        ("A chat. Reference: use old/ patterns", "- Reference: `old/` (from "),
    ],
)
def test_whatever_is_understood_has_a_name(words: str, line: str, tmp_path: Path) -> None:
    (tmp_path / "api").mkdir()
    task = understand(words, tmp_path, RequestedOptions())
    lines = list(understood(tuple(map(UnderstoodPart.model_validate, task.understood))))
    assert any(each.startswith(line) for each in lines), lines


@pytest.mark.parametrize("full", [True, False])
@pytest.mark.parametrize(
    ("more", "text"),
    [
        ({}, "`/home/ann/shop`"),
        ({"situation": ("a", "b")}, "- a\n- b\n"),
        ({"notes": ("Careful.",)}, "> Careful.\n"),
        ({"pattern": "Like this."}, "## The pattern\n\nLike this."),
        (
            {"manual_steps": (BlockedPart(edit="mount", reason="Two apps.", snippet="x = 1"),)},
            "## By hand: mount\n\nTwo apps.\n\n```\nx = 1\n```",
        ),
        (
            {"understood": (UnderstoodPart(what="auth", value="jwt", words="JWT"),)},
            'Understood:\n\n- Who the user is: `jwt` (from "JWT")\n',
        ),
        (
            {"steps": (STEP,)},
            "```diff\n@@ -1 +1,2 @@\n app = FastAPI()\n+app.include_router(chat)\n```\n",
        ),
    ],
)
def test_both_forms_have_what_matters(more: dict[str, Any], text: str, full: bool) -> None:
    assert text in shown(full=full, **more)


@pytest.mark.parametrize(
    ("more", "text"),
    [
        ({"do": (CommandPart(command="a b", expect=""),)}, "## Do it\n\n```sh\na b\n```\n\n"),
        ({}, "## Test it\n\n```sh\nchatkit-agent verify .\n```\n\nEach check with `ok`.\n"),
        ({"playbook": "debug"}, "## Look\n"),
        (
            {
                "playbook": "debug",
                "troubles": (TroublePart(symptom="401", cause="No token.", fix="Send it."),),
            },
            "- 401: No token.",
        ),
        ({"variables": VARIABLES}, "- `KEY` (needed): signs a|b, such as `x`\n"),
        ({"variables": VARIABLES}, "- `MODEL` (optional): the model\n"),
        (
            {
                "code": (
                    ExcerptPart(path="a.py", line=7, language="python", text="x = 1", why="it"),
                )
            },
            "`a.py` line 7: it\n\n```python\nx = 1\n```\n",
        ),
        ({"playbook": "mcp", "steps": (STEP,)}, "- These files whole: the same command with"),
        ({"also": ("more",)}, "## What else\n\n- more\n"),
        ({}, "- Other questions: one; two; three; four ... `chatkit-agent guide help` lists all."),
    ],
)
def test_the_short_form(more: dict[str, Any], text: str) -> None:
    assert text in shown(**more)


def test_the_short_form_shows_short_diffs_and_no_new_file() -> None:
    text = shown(steps=(STEP,))
    assert "`main.py`: includes the router" in text
    assert "uv.toml" not in text
    assert "chat.py" not in text


@pytest.mark.parametrize(
    ("more", "text"),
    [
        ({"command": "chatkit-agent add ."}, "```sh\nchatkit-agent add .\n```\n"),
        ({"steps": (STEP, STEP)}, "## 2. Do it\n\nSo.\n\n### `uv.toml`\n\nincludes the router\n"),
        ({"steps": (STEP,)}, '`````python\n"""```` of ticks"""\n`````\n'),
        ({"steps": (STEP,)}, "| `KEY` | yes | signs a\\|b | `x` |\n"),
        ({"steps": (STEP,)}, "| `MODEL` | no | the model |  |"),
        (
            {"troubles": (TroublePart(symptom="a|b", cause="No\ntoken.", fix="Send it."),)},
            "| a\\|b | No token. | Send it. |",
        ),
    ],
)
def test_the_full_form(more: dict[str, Any], text: str) -> None:
    assert text in shown(full=True, **more)


@pytest.mark.parametrize("full", [True, False])
def test_a_question_that_is_not_known_lists_those_that_are(full: bool) -> None:
    text = shown(full=full, playbook="unknown", title="It answers these:", answers=("one", "two"))
    assert text == (
        'It answers these:\n\n- `chatkit-agent guide "one"`\n- `chatkit-agent guide "two"`'
    )
