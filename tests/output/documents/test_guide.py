"""A guide as a document: whole, or without the files that can be had whole."""

from __future__ import annotations

from pathlib import Path

from chatkit_agent.guide import Guide, Step
from chatkit_agent.guide.playbook import Command
from chatkit_agent.guide.steps import GuideFile
from chatkit_agent.output.documents.guide import GuideDocument, without_code

NEW = GuideFile("chat.py", "create", "the chat", "python", content="x = 1\n")
EDITED = GuideFile("main.py", "modify", "takes it in", "diff", diff="+y\n")
RUN = Command("uvicorn main:app", "It serves.")
GUIDE = Guide(
    Path("/home/ann/shop"),
    "p1",
    "integrate",
    "Add the chat",
    steps=(
        Step("Write", "So.", files=(NEW,)),
        Step("Change", "So.", files=(NEW, EDITED), commands=(RUN,)),
        Step("Start", "So.", commands=(RUN,)),
    ),
    notes=("n",),
)


def test_it_is_whole() -> None:
    document = GuideDocument.of(GUIDE)
    assert (document.root, document.playbook, document.notes) == (
        "/home/ann/shop",
        "integrate",
        ("n",),
    )
    assert [len(each.files) for each in document.steps] == [1, 2, 0]
    assert document.steps[0].files[0].content == "x = 1\n"
    assert document.answers == GUIDE.answers
    assert document.is_known
    assert not GuideDocument.of(Guide(Path("/"), None, "unknown", "?")).is_known


def test_without_code_only_changes_are_left() -> None:
    short = without_code(GuideDocument.of(GUIDE))
    (step,) = short.steps
    assert [each.path for each in step.files] == ["main.py"]
    assert (step.title, step.commands, step.variables) == ("Change", (), ())
    assert short.notes == ("n",)
