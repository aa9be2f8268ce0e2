"""Chat files: those of the chat and what they import, and nothing of the rest of a project."""

from __future__ import annotations

import pytest

from chatkit_agent.project.facts import App
from chatkit_agent.project.source.chat_files import chat_files, imports_sdk
from tests.project.source.conftest import Project

CHAT = "from chatkit.server import ChatKitServer\n"


@pytest.mark.parametrize(
    ("source", "is_it"),
    [
        ("from chatkit.server import ChatKitServer", True),
        ("import chatkit", True),
        ("from agents import Agent", True),
        ("import mcp.client as m", True),
        ("def f():\n    from agents import Agent", True),
        ("if x:\n\timport agents", True),
        ("import chatkits", False),
        ("from own.agents import Agent", False),
        ("from .agents import Agent", False),
        ("# import agents", False),
        ("x = 'import agents'", False),
    ],
)
def test_which_file_imports_an_sdk(project: Project, source: str, is_it: bool) -> None:
    assert imports_sdk(project({"app/main.py": source}).sources, "app/main.py") is is_it


def test_a_module_of_the_project_is_no_sdk(project: Project) -> None:
    files = {"main.py": "from agents import Agent\n", "agents.py": "class Agent: ...\n"}
    assert not imports_sdk(project(files).sources, "main.py")


def app(file: str = "main.py") -> App:
    return App("main:app", "app", file, file.rpartition("/")[0], file, None, "app")


FILES = {
    "main.py": "from fastapi import FastAPI\napp = FastAPI()\n",
    "chat/server.py": f"{CHAT}from store.rows import Rows\n",
    "chat/beside.py": "x = 1\n",
    "store/rows.py": "from deep.one import One\nclass Rows: ...\n",
    "deep/one.py": "from deeper.two import Two\nclass One: ...\n",
    "deeper/two.py": "class Two: ...\n",
    "orders/routes.py": "from fastapi import APIRouter\nrouter = APIRouter()\n",
    "far/other.py": "x = 1\n",
    "tests/test_chat.py": CHAT,
}
HANDED = {
    **FILES,
    "chat/server.py": FILES["chat/server.py"] + "server = ChatKitServer()\n",
    "web/service.py": "from chat.server import server\nasync def go(b): server.process(b, {})\n",
    "web/calls.py": "from web import (\n    service,\n)\n",
    "api/v1/talk.py": "from fastapi import APIRouter\nfrom web.calls import service\n",
    "api/v1/orders.py": "from fastapi import APIRouter\nfrom orders import service\n",
    "api/v1/told.py": "# from web.calls import service\n",
}
OF_CHAT = {"main.py", "chat/server.py", "chat/beside.py", "store/rows.py", "deep/one.py"}


def test_the_chat_what_is_beside_it_and_two_steps_along_its_imports(project: Project) -> None:
    assert {*chat_files(project(FILES).sources, app())} == OF_CHAT


def test_the_way_back_from_where_a_request_is_handed_to_the_chat(project: Project) -> None:
    back = {"web/service.py", "web/calls.py", "api/v1/talk.py"}
    assert {*chat_files(project(HANDED).sources, app())} == OF_CHAT | back


@pytest.mark.parametrize(
    ("path", "content", "is_in"),
    [
        ("api/routes.py", "@r.post('/api/chatkit')\ndef f(): ...\n", True),
        ("api/routes.py", "@r.post('/api/chatkits')\ndef f(): ...\n", False),
        ("chat/routes.py", "router = APIRouter()\n", False),
        ("chat/run.py", "if __name__ == '__main__': f()\n", False),
        ("chat/run.py", "if __name__ == '__main__': uvicorn.run(app)\n", True),
        ("chat/lazy.py", "def f():\n    from far.other import x\n", True),
    ],
)
def test_one_more_file(project: Project, path: str, content: str, is_in: bool) -> None:
    found = chat_files(project({**FILES, path: content}).sources, app())
    assert (path in found) is is_in
    assert {*found} >= OF_CHAT


def test_an_import_inside_of_a_function_is_a_step_too(project: Project) -> None:
    files = {**FILES, "chat/lazy.py": "def f():\n    from far.other import x\n"}
    assert "far/other.py" in chat_files(project(files).sources, app())


def test_where_the_functions_stand_that_say_who_is_calling(project: Project) -> None:
    far = {"a/b.py": "from c.d import who\n", "c/d.py": "from e.f import who\n"}
    chat = f"{CHAT}from a.b import who\ndef route(user=Depends(who)): ...\n"
    files = {**FILES, **far, "e/f.py": "def who(): ...\n", "chat/server.py": chat}
    assert "e/f.py" in chat_files(project(files).sources, app())


def test_nothing_where_there_is_no_chat(project: Project) -> None:
    """The Agents SDK alone makes none; neither does the chat of another application."""
    files = {"main.py": FILES["main.py"], "agent.py": "from agents import Agent\n"}
    assert chat_files(project(files).sources, app()) == ()


def test_not_of_another_application(project: Project) -> None:
    files = {"one/main.py": FILES["main.py"], "two/chat.py": CHAT}
    assert chat_files(project(files).sources, app("one/main.py")) == ()


def test_without_an_application(project: Project) -> None:
    assert chat_files(project({"chat.py": CHAT}).sources, None) == ("chat.py",)
