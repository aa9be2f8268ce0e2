"""What the client sends is added to a list, in its layout; a star needs nothing."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from chatkit_agent.edits.let_chat_through_cors import let_chat_through_cors
from chatkit_agent.errors import CannotEdit

MAIN = """\
import chatkit
from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware

app = FastAPI()
app.add_middleware(CORSMiddleware, allow_methods=["*"]{headers})
"""
BOTH = '"Authorization", "chatkit-frame-instance-id"'


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", f", allow_headers=[{BOTH}]"),
        (", allow_headers=[]", f", allow_headers=[{BOTH}]"),
        (', allow_headers=["x", ]', f', allow_headers=["x", {BOTH}, ]'),
        (
            ', allow_headers=[\n    "authorization",\n]',
            ', allow_headers=[\n    "authorization",\n    "chatkit-frame-instance-id",\n]',
        ),
    ],
)
def test_transformed(
    fixed: Callable[..., dict[str, str]], before: str, after: str, newline: str
) -> None:
    changed = fixed(let_chat_through_cors, {"main.py": MAIN.format(headers=before)}, newline)
    assert changed == {"main.py": MAIN.format(headers=after).replace("\n", newline)}


@pytest.mark.parametrize("headers", [', allow_headers=["*"]', f", allow_headers=[{BOTH}]"])
def test_noop(fixed: Callable[..., dict[str, str]], headers: str) -> None:
    assert fixed(let_chat_through_cors, {"main.py": MAIN.format(headers=headers)}) == {}


def test_blocked(fixed: Callable[..., dict[str, str]]) -> None:
    with pytest.raises(CannotEdit) as caught:
        fixed(let_chat_through_cors, {"main.py": MAIN.format(headers=", allow_headers=HEADERS")})
    assert "chatkit-frame-instance-id" in caught.value.snippet
