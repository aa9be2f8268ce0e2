"""A limit is told from a comparison of something else, and a count from the client's word."""

from __future__ import annotations

import pytest

from chatkit_agent.project.source.body_limits import counts_body, lengths_asked, limits_body
from tests.project.source.conftest import Project


@pytest.mark.parametrize(
    ("body", "limits", "counts", "asks"),
    [
        ("data = await request.body()", False, False, 0),
        ("data = await request.body()\n    if len(data) > MOST: raise ValueError", True, True, 0),
        ("data = await request.body()\n    if data == b'': raise ValueError", False, False, 0),
        ("raise HTTPException(413)", True, False, 0),
        ("raise HTTPException(status.HTTP_413_CONTENT_TOO_LARGE)", True, False, 0),
        ("size = request.headers.get('content-length')\n    if size > 9: raise X", True, False, 1),
        (
            "size = request.headers.get('Content-Length')\n    if size is None: raise X\n"
            "    if size > 9: raise X",
            True,
            True,
            1,
        ),
        (
            "size = request.headers.get('content-length')\n    if not size: return no()\n"
            "    assert size < 9",
            True,
            True,
            1,
        ),
        ("size = request.headers['content-length']\n    assert size < 9", True, False, 0),
        ("check(411)", False, True, 0),
    ],
)
def test_limits(project: Project, body: str, limits: bool, counts: bool, asks: int) -> None:
    source = f"from fastapi import status\nasync def read(request):\n    {body}\n"
    code = project({"main.py": source})
    (scope,) = code.functions
    assert limits_body(code, scope) is limits
    assert counts_body(code, scope) is counts
    assert len(list(lengths_asked(code, scope))) == asks
