"""Whether importing one file imports another, by what runs when it is imported."""

from __future__ import annotations

from pathlib import Path

import pytest

from chatkit_agent.edits.mounting.circles import reaches
from chatkit_agent.project.source.sources import Sources
from chatkit_agent.project.tree import Tree

FILES = {
    "app/__init__.py": "",
    "app/main.py": "from app.api import router\n",
    "app/api.py": "from . import store\ndef late():\n    import app.chat\n",
    "app/store.py": "from .chat import x\n",
    "app/chat.py": "",
    "app/aside.py": "from app import main\n",
}


@pytest.mark.parametrize(
    ("start", "goal", "does"),
    [
        ("app/main.py", "app/api.py", True),
        ("app/main.py", "app/chat.py", True),
        ("app/aside.py", "app/chat.py", True),
        ("app/main.py", "app/aside.py", False),
        ("app/chat.py", "app/main.py", False),
    ],
)
def test_reaches(tmp_path: Path, start: str, goal: str, does: bool) -> None:
    (tmp_path / "app").mkdir()
    for path, content in FILES.items():
        (tmp_path / path).write_text(content)
    assert reaches(Sources(Tree(tmp_path)), start, goal) is does


def test_what_a_function_imports_later_makes_no_circle(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("def f():\n    import b\n")
    (tmp_path / "b.py").write_text("import a\n")
    assert not reaches(Sources(Tree(tmp_path)), "a.py", "b.py")
