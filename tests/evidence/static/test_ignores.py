"""Comments that accept a finding: on their line and for their codes, and what is no comment."""

from __future__ import annotations

from pathlib import Path

import pytest

from chatkit_agent.evidence.static.ignores import Ignore, read_ignores
from chatkit_agent.project.source.sources import Sources
from chatkit_agent.project.tree import Tree


def ignores(root: Path, path: str, text: str) -> list[Ignore]:
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    (root / path).write_text(text)
    return list(read_ignores(Sources(Tree(root))))


@pytest.mark.parametrize(
    ("comment", "codes"),
    [
        ("# chatkit: ignore[CK203]", ("CK203",)),
        ("#chatkit:ignore[CK203]", ("CK203",)),
        ("#  chatkit:  ignore[ CK203 , CK204 ]", ("CK203", "CK204")),
        ("# chatkit: ignore [CK203]", ("CK203",)),
        ("# chatkit: ignore[CK203,]", ("CK203",)),
        ("# chatkit: ignore[CK203]  as agreed", ("CK203",)),
        ("# noqa: E501  # chatkit: ignore[CK203]", ("CK203",)),
        ("# chatkit: ignore", ()),
        ("# chatkit: ignore, as agreed", ()),
    ],
)
@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("main.py", "x = 1  {}"),
        ("app/main.py", "    {}"),
        (".env", "X=1 {}"),
        ("compose.yaml", "x: 1 {}"),
        ("Dockerfile", "{}"),
        ("run.sh", "uvicorn main:app {}"),
    ],
)
def test_a_comment(
    path: str, line: str, comment: str, codes: tuple[str, ...], tmp_path: Path
) -> None:
    found = ignores(tmp_path, path, f"\n{line.format(comment)}\n")
    assert found == [Ignore(path, 2, codes)]
    assert found[0].where == f"{path}:2"


@pytest.mark.parametrize(
    "text",
    [
        "x = '# chatkit: ignore[CK203]'\n",
        '"""\n# chatkit: ignore[CK203]\n"""\n',
        "# chatkit: ignored[CK203]\n",
        "# chatkit: ignores are written so\n",
        "# chatkit ignore[CK203]\n",
        "# mychatkit: ignore[CK203]\n",
        "chatkit: ignore\n",
    ],
)
def test_no_comment(text: str, tmp_path: Path) -> None:
    assert ignores(tmp_path, "main.py", text) == []


def test_a_file_that_cannot_be_parsed_keeps_those_before(tmp_path: Path) -> None:
    text = "x = 1  # chatkit: ignore[CK203]\ny = (\n"
    assert ignores(tmp_path, "main.py", text) == [Ignore("main.py", 1, ("CK203",))]
