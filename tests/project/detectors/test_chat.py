"""Chat: the signs of one that is here, and of none."""

from __future__ import annotations

import pytest

from chatkit_agent.project.detectors.chat import find_chat
from chatkit_agent.project.facts import Chat, Packaging
from tests.project.detectors.conftest import MakeSources

NONE = Packaging("none", None, "none")


@pytest.mark.parametrize(
    ("source", "sign"),
    [
        (
            "from chatkit.server import ChatKitServer\nclass Mine(ChatKitServer[dict]): ...\n",
            "ChatKitServer subclass in chat.py",
        ),
        (
            "import chatkit.store as s\nclass Mine(s.Store[dict]): ...\n",
            "Store subclass in chat.py",
        ),
        ('@app.post("/chatkit")\ndef chat(): ...\n', "route /chatkit in chat.py"),
        ('router.add_api_route("/api/chatkit/", chat)\n', "route /chatkit in chat.py"),
    ],
)
def test_a_sign(sources: MakeSources, source: str, sign: str) -> None:
    assert find_chat(sources({"chat.py": source}), None, NONE) == Chat(False, (sign,))


@pytest.mark.parametrize(
    "source",
    [
        "# chatkit would be nice\n",
        "class Store: ...\nclass Mine(Store): ...  # chatkit\n",
        'client.get("/chatkit")\n',
        'print("/chatkit")\n',
    ],
)
def test_no_sign(sources: MakeSources, source: str) -> None:
    assert find_chat(sources({"chat.py": source}), None, NONE) == Chat()


def test_a_declared_dependency(sources: MakeSources) -> None:
    declared = Packaging("pip", "requirements.txt", "requirements", ("openai-chatkit",))
    code = "from chatkit.store import Store\nclass Mine(Store[dict]): ...\n"
    _, sign = find_chat(sources({"chat.py": code}), None, declared).signs
    assert sign == "openai-chatkit declared in requirements.txt"
    assert find_chat(sources({"chat.py": ""}), None, declared).signs == ()


def test_our_own_record(sources: MakeSources) -> None:
    made = sources({".chatkit-agent/manifest.json": "{}"})
    assert find_chat(made, None, NONE).applied
