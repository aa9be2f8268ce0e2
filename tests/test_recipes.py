"""Each recipe of CHATKIT.md is carried out, from the document, on a fresh copy that then talks."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from chatkit_agent.apply.apply import apply
from chatkit_agent.options.options import RequestedOptions
from chatkit_agent.plan.plan import make_plan
from chatkit_agent.project.read import read_project
from chatkit_agent.sandbox.model import OfflineModel, ToolCall

ROOT = Path(__file__).resolve().parent.parent
TITLE = re.compile(r"^### (.+)$", re.MULTILINE)
BLOCK = re.compile(r"^```diff (\S+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def added(tmp_path_factory: pytest.TempPathFactory) -> Path:
    ignored = shutil.ignore_patterns("__pycache__", "*.sqlite*", "*.db")
    folder = tmp_path_factory.mktemp("added") / "shop"
    root = Path(shutil.copytree(ROOT / "tests/projects/module_level", folder, ignore=ignored))
    apply(make_plan(read_project(root), RequestedOptions(env_prefix="SHOP", schema="shop_chat")))
    return root


def recipes(root: Path) -> dict[str, list[tuple[str, str]]]:
    text = (root / "CHATKIT.md").read_text().partition("## Make it yours")[2]
    titles, parts = TITLE.findall(text), TITLE.split(text)[2::2]
    return {title: BLOCK.findall(part) for title, part in zip(titles, parts, strict=True)}


def carried_out(text: str, diff: str) -> str:
    for hunk in re.split(r"^@@\n", diff, flags=re.MULTILINE):
        lines = hunk.splitlines(keepends=True)
        before = "".join(line[1:] for line in lines if line[0] in " -")
        after = "".join(line[1:] for line in lines if line[0] in " +")
        assert text.count(before) == 1, f"not there, or there twice:\n{before}"
        text = text.replace(before, after)
    return text


def follow(root: Path, title: str) -> None:
    for path, diff in recipes(root)[title]:
        file = root / path
        file.write_text(carried_out(file.read_text(), diff))


@pytest.fixture
def talk(added: Path, tmp_path: Path, database_url: str) -> Callable[..., list[Any]]:
    def said(model: OfflineModel, titles: list[str], *messages: Any, **more: str) -> list[Any]:
        root = Path(shutil.copytree(added, tmp_path / "shop"))
        for title in titles:
            follow(root, title)
        if "Another store" in titles:
            text = (ROOT / "tests/reference/memory_store.py").read_text()
            text = re.sub(r"^store: Any = .*\n", "", text, flags=re.MULTILINE)
            text = text.replace(
                "from .conftest import TARGET", "from .. import chatkit_store as store"
            )
            text = text.replace("MemoryStore", "OurStore")
            (root / "app/services/our_store.py").write_text(text)
        keep = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        environment = {
            **keep,
            "PYTHONPATH": str(root),
            "OPENAI_API_KEY": "sk-offline",
            "OPENAI_BASE_URL": model.url,
            "SHOP_CHATKIT_DATABASE_URL": database_url,
            **more,
        }
        command = [sys.executable, str(ROOT / "tests/reference/talk.py"), "app"]
        done = subprocess.run(
            command,
            cwd=root,
            env=environment,
            input=json.dumps(messages),
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return [json.loads(line) for line in done.stdout.splitlines()]

    return said


def instructions(model: OfflineModel) -> str:
    return str(model.requests[-1].body.get("instructions"))


def test_a_recipe_is_short_and_every_one_is_tried(added: Path) -> None:
    tried = Path(__file__).read_text()
    for title, blocks in recipes(added).items():
        changed = [line for _, diff in blocks for line in diff.splitlines() if line[:1] in "+-"]
        assert 2 <= len([line for line in changed if line[1:].strip()]) <= 15, title
        assert f'"{title}"' in tried, f"{title} is not tried"
    assert len(recipes(added)) == 14


def test_prompt_user_and_titles(talk: Callable[..., list[Any]]) -> None:
    titles = ["The prompt and what is filled into it", "Who the user is", "Titles of conversations"]
    with OfflineModel() as model:
        events = talk(model, titles, "Hello")
        assert "You are the cheerful assistant" in instructions(model)
        assert "The person has the plan gold." in instructions(model)
    assert "ann: Hello" in json.dumps(events)


def test_another_provider(talk: Callable[..., list[Any]]) -> None:
    with OfflineModel() as model:
        talk(model, ["The model and its provider"], "Hello", SHOP_CHATKIT_MODEL="llama3.3")
        assert model.requests[-1].body["model"] == "local/llama3.3"
        assert "messages" in model.requests[-1].body


def test_a_function_tool(talk: Callable[..., list[Any]]) -> None:
    with OfflineModel() as model:
        model.script([ToolCall("opening_hours", {"day": "Monday"}), "At nine."])
        events = talk(model, ["A function tool"], "When do you open?")
        assert "Monday: 9 to 18, ann" in json.dumps(model.requests[-1].body)
    assert "At nine." in json.dumps(events)


def test_a_widget_and_its_button(talk: Callable[..., list[Any]]) -> None:
    action = {"type": "offer.take", "payload": {"title": "Tea"}}
    with OfflineModel() as model:
        model.script([ToolCall("show_offer", {"title": "Tea"}), "Look.", "It is yours."])
        titles = ["A tool that shows a widget", "What a widget's button does"]
        shown, taken = talk(model, titles, "Offers?", {"item_id": None, "action": action})
        assert "took the offer Tea" in json.dumps(model.requests[-1].body)
    assert any(event.get("item", {}).get("type") == "widget" for event in shown)
    assert "It is yours." in json.dumps(taken)


def test_a_form_is_filled_in(talk: Callable[..., list[Any]]) -> None:
    answers = {"answers": {"size": {"values": ["M"]}}}
    with OfflineModel() as model:
        model.script([ToolCall("ask_size"), "M it is."])
        said = {"type": "threads.add_structured_input", "item_id": "the last", "input": answers}
        asked, answered = talk(model, ["A form that the person fills in"], "A shirt", said)
        assert "Size?: M" in json.dumps(model.requests[-1].body)
    assert any(event.get("item", {}).get("type") == "structured_input" for event in asked)
    assert "M it is." in json.dumps(answered)


def test_a_tool_of_the_page(talk: Callable[..., list[Any]]) -> None:
    said = {"type": "threads.add_client_tool_output", "result": {"text": "nr. 4711"}}
    with OfflineModel() as model:
        model.script([ToolCall("read_page"), "It says 4711."])
        asked, answered = talk(model, ["A tool that the page carries out"], "Read it", said)
        assert "nr. 4711" in json.dumps(model.requests[-1].body)
    assert any(event.get("item", {}).get("name") == "read_page" for event in asked)
    assert "It says 4711." in json.dumps(answered)


def test_a_second_agent(talk: Callable[..., list[Any]]) -> None:
    with OfflineModel() as model:
        model.script([ToolCall("transfer_to_poet", {}), "Roses are red."])
        events = talk(model, ["A second agent"], "A poem, please")
        assert instructions(model) == "Answer in verses."
    assert "Roses are red." in json.dumps(events)


def test_a_guardrail(talk: Callable[..., list[Any]]) -> None:
    with OfflineModel() as model:
        model.script(["Your password is safe.", "Hello."])
        stopped, said = talk(model, ["A guardrail"], "my password is x", "Hello")
    assert "does not answer requests of this kind" in json.dumps(stopped)
    assert "does not answer" not in json.dumps(said)


def test_headers_for_a_server_of_tools(talk: Callable[..., list[Any]]) -> None:
    with OfflineModel() as model:
        title = "Another MCP server, with a credential of its own"
        events = talk(model, [title], "Hello", MCP_SERVER_URL="http://127.0.0.1:9/mcp")
    assert "Some tools cannot be reached" in json.dumps(events)


def test_what_is_remembered_and_where(talk: Callable[..., list[Any]]) -> None:
    with OfflineModel() as model:
        model.script(["word " * 200, "Yes."])
        talk(model, ["What is remembered", "Another store"], "Talk", "More")
        (said,) = [
            each for each in model.requests[-1].body["input"] if each.get("role") == "assistant"
        ]
    assert len(said["content"]) == 500


def test_each_recipe_fits_where_the_machinery_is_a_package(tmp_path: Path) -> None:
    added = tmp_path / "added"
    shutil.copytree(ROOT / "tests/projects/module_level", added)
    apply(make_plan(read_project(added), RequestedOptions(runtime="package")))
    for number, title in enumerate(recipes(added)):
        root = Path(shutil.copytree(added, tmp_path / str(number)))
        follow(root, title)
        for path, _ in recipes(added)[title]:
            text = (root / path).read_text()
            assert not re.search(r"from \.+chatkit_runtime", text), title
            assert not path.endswith(".py") or compile(text, path, "exec"), title
