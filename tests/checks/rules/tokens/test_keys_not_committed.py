"""A key of the model in what is committed is found and not shown; one in an ignored file is not."""

from __future__ import annotations

import random
import string
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from chatkit_agent.checks.rules.tokens.keys_not_committed import keys_not_committed
from chatkit_agent.evidence.static import Evidence
from tests.checks.rules.conftest import Findings

# Made here, so that no scanner takes this file for a leak.
LETTERS = "aZ9" + "".join(random.Random(7).choices(string.ascii_letters + string.digits, k=45))
KEY = f"sk-proj-{LETTERS}"


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("Dockerfile", f"FROM python:3.12\nENV OPENAI_API_KEY={KEY}\n"),
        ("compose.yaml", f"services:\n  OPENAI_API_KEY: {KEY}\n"),
        ("k8s/api.yaml", f"# secrets\n  value: 'gsk_{LETTERS}'\n"),
        (".env.example", f"A=1\nOPENAI_API_KEY={KEY}\n"),
        ("app/server.py", f"from chatkit.server import ChatKitServer\nKEY = '{KEY}'\n"),
        ("web/chat.html", f"<openai-chatkit></openai-chatkit><script>\nkey = '{KEY}'</script>\n"),
    ],
)
def test_found(findings: Findings, path: str, text: str) -> None:
    (finding,) = findings(keys_not_committed, {path: text})
    assert finding.where == f"{path}:2"
    assert LETTERS[:8] not in repr(finding)


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (".env", f"OPENAI_API_KEY={KEY}\n"),
        ("Dockerfile", "ENV OPENAI_API_KEY=sk-your-key-goes-in-HERE-12\n"),
        ("compose.yaml", "OPENAI_API_KEY: ${OPENAI_API_KEY}\n"),
        (".env.example", "OPENAI_API_KEY=sk-proj-xxxxxxxxXXXXXXXXxxxxxxxx1\n"),
        ("compose.yaml", "image: task-sk-service-of-the-long-name\n"),
        ("notes.md", f"{KEY}\n"),
    ],
)
def test_quiet(findings: Findings, path: str, text: str) -> None:
    assert not findings(keys_not_committed, {path: text})


def test_found_where_git_has_the_environment_file(
    observed: Callable[..., Evidence], tmp_path: Path
) -> None:
    files = {".env": f"OPENAI_API_KEY={KEY}\n"}
    observed(files)
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    assert not list(keys_not_committed.over(observed(files)))
    subprocess.run(["git", "-C", tmp_path, "add", "-f", ".env"], check=True)
    (finding,) = keys_not_committed.over(observed(files))
    assert finding.where == ".env:1"
    assert "git rm --cached" in finding.fix
