"""Where the chat goes: beside the application, and never over what is there."""

from __future__ import annotations

from pathlib import Path

import pytest

from chatkit_agent.errors import BadOption, Refused
from chatkit_agent.options.places import home_for, home_of_leftovers, page_path_for
from chatkit_agent.project.facts import App
from chatkit_agent.project.leftovers import Leftovers
from chatkit_agent.project.tree import Tree

AT_TOP = App("main:app", "module", "main.py", "", "main.py", None, "app")
IN_PACKAGE = App("app.main:app", "module", "app/main.py", "", "app/main.py", None, "app")
PACKAGE = App("app:app", "module", "app/__init__.py", "", "app/__init__.py", None, "app")


def tree(root: Path, *paths: str) -> Tree:
    for path in paths:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text("x = 1\n")
    return Tree(root)


@pytest.mark.parametrize(
    ("app", "there", "home"),
    [
        (IN_PACKAGE, [], ("app", "app")),
        (PACKAGE, [], ("app", "app")),
        (AT_TOP, [], ("chatkit_backend", "chatkit_backend")),
        (IN_PACKAGE, ["app/services/mail.py"], ("app/chatkit_backend", "app.chatkit_backend")),
        (IN_PACKAGE, ["app/services.py"], ("app/chatkit_backend", "app.chatkit_backend")),
        (IN_PACKAGE, ["app/chatkit_page/x.html"], ("app/chatkit_backend", "app.chatkit_backend")),
        (IN_PACKAGE, ["services/mail.py"], ("app", "app")),
        (IN_PACKAGE, ["app/Services/mail.py"], ("app/chatkit_backend", "app.chatkit_backend")),
        (IN_PACKAGE, ["app/SERVICES.py"], ("app/chatkit_backend", "app.chatkit_backend")),
        (IN_PACKAGE, ["app/services_of_mail.py"], ("app", "app")),
    ],
)
def test_it_goes_where_nothing_is(
    app: App, there: list[str], home: tuple[str, str], tmp_path: Path
) -> None:
    assert home_for(app, tree(tmp_path, app.file, *there), "in-process", is_here=False) == home


@pytest.mark.parametrize(
    "taken", ["chatkit_backend/x.txt", "chatkit_backend.py", "ChatKit_Backend/x.txt"]
)
def test_nothing_is_written_over(taken: str, tmp_path: Path) -> None:
    with pytest.raises(Refused, match="chatkit_backend"):
        home_for(AT_TOP, tree(tmp_path, taken), "in-process", is_here=False)


def test_a_chat_that_is_there_is_found(tmp_path: Path) -> None:
    here = tree(tmp_path, "app/main.py", "app/services/chatkit_server.py")
    assert home_for(IN_PACKAGE, here, "in-process", is_here=True) == ("app", "app")
    other = ("app/chatkit_backend", "app.chatkit_backend")
    assert home_for(IN_PACKAGE, here, "in-process", is_here=False) == other


def test_a_service_goes_beside(tmp_path: Path) -> None:
    def home(*there: str) -> tuple[str, str]:
        return home_for(AT_TOP, tree(tmp_path, *there), "sidecar", is_here=False)

    assert home() == ("chatkit-sidecar/chat", "chat")
    assert home("chatkit-sidecar/.env") == ("chatkit-sidecar/chat", "chat"), "what undo leaves"
    assert home("chatkit-sidecar/mine.py") == ("chat-sidecar/chat", "chat")
    with pytest.raises(Refused, match="chat-sidecar"):
        home("chat-sidecar/mine.py")


@pytest.mark.parametrize(
    ("app", "home", "mode", "found"),
    [
        (IN_PACKAGE, "app", "in-process", ("app", "app")),
        (PACKAGE, "app", "in-process", ("app", "app")),
        (
            IN_PACKAGE,
            "app/chatkit_backend",
            "in-process",
            ("app/chatkit_backend", "app.chatkit_backend"),
        ),
        (AT_TOP, "chatkit_backend", "in-process", ("chatkit_backend", "chatkit_backend")),
        (AT_TOP, "chatkit-sidecar/chat", "sidecar", ("chatkit-sidecar/chat", "chat")),
        (AT_TOP, ".", "in-process", None),
        (IN_PACKAGE, "other", "in-process", None),
        (IN_PACKAGE, "chatkit-sidecar/chat", "in-process", None),
        (IN_PACKAGE, "app", "sidecar", None),
        (IN_PACKAGE, None, "in-process", None),
    ],
)
def test_an_earlier_chats_folder_where_it_fits(
    app: App, home: str | None, mode: str, found: tuple[str, str] | None
) -> None:
    assert home_of_leftovers(Leftovers(home=home), app, mode) == found
    assert home_of_leftovers(Leftovers(home=home, options={"mode": mode}), app, mode) is None


@pytest.mark.parametrize(
    ("source", "path"),
    [
        ("", "/chat"),
        ("@app.get('/chat')\ndef chat(): ...\n", "/chatkit/page"),
        ('app.mount("/chat/rooms", rooms)\n', "/chatkit/page"),
        ('router = APIRouter(prefix="/chat")\n', "/chatkit/page"),
        ('@app.get("/chats")\ndef chats(): ...\n', "/chat"),
        ('@app.get("/v1/chat")\ndef chat(): ...\n', "/chat"),
    ],
)
def test_the_page_takes_no_route_of_the_applications(
    source: str, path: str, tmp_path: Path
) -> None:
    (tmp_path / "main.py").write_text(source)
    assert page_path_for(None, Tree(tmp_path)) == path
    assert page_path_for("/talk", Tree(tmp_path)) == "/talk"


def test_a_test_takes_no_route(tmp_path: Path) -> None:
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "test_it.py").write_text('client.get("/chat")\n')
    assert page_path_for(None, Tree(tmp_path)) == "/chat"


def test_an_odd_route_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadOption, match="--page-path"):
        page_path_for("chat/", Tree(tmp_path))
