"""A comment that accepts a finding hides it; one that accepts nothing is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from chatkit_agent.checks.diagnosis import diagnose
from chatkit_agent.evidence.static.gathering import Looking

MAIN = """\
from chatkit.server import ChatKitServer
from fastapi import FastAPI, Request
app = FastAPI()
class Server(ChatKitServer[dict]):
    async def respond(self, thread, item, context):
        yield item
@app.post("/chatkit")
async def chatkit(request: Request):
    user = request.headers.get("X-User-ID"){comment}
    return await Server().process(await request.body(), {{"user": user}})
"""


def found(folder: Path, comment: str, **looking: tuple[str, ...]) -> list[str]:
    (folder / "main.py").write_text(MAIN.format(comment=comment))
    told = diagnose(folder, Looking(**looking)).findings
    return [each.check.code for each in told if each.check.code in ("CK101", "CK714")]


@pytest.mark.parametrize(
    ("comment", "codes"),
    [
        ("", ["CK101"]),
        ("  # chatkit: ignore[CK101]", []),
        ("  # chatkit: ignore[CK1]", []),
        ("  # chatkit: ignore[caller_verified]", []),
        ("  # chatkit:ignore[CK203, CK101] as we sit behind a gateway", []),
        ("  # noqa: S105  # chatkit: ignore[CK101]", []),
        ("  # chatkit: ignore", []),
        ("  # chatkit: ignore[CK203]", ["CK101", "CK714"]),
        (' or "# chatkit: ignore[CK101]"', ["CK101"]),
        ("\n    # chatkit: ignore[CK101]", ["CK101", "CK714"]),
        ("\n    pass  # chatkit: ignore", ["CK101", "CK714"]),
    ],
)
def test_comments(tmp_path: Path, comment: str, codes: list[str]) -> None:
    assert found(tmp_path, comment) == codes


def test_an_unused_comment_is_told_only_where_its_check_was_made(tmp_path: Path) -> None:
    assert found(tmp_path, "  # chatkit: ignore[CK905]") == ["CK101"]
    comment = "  # chatkit: ignore[CK203]"
    assert found(tmp_path, comment, ignore=("CK203",)) == ["CK101"]
    assert found(tmp_path, comment, select=("CK1", "CK714")) == ["CK101"]
