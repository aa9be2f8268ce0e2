"""Files without a limit are found, each or together; with both they are not."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from chatkit_agent.checks.finding import Finding
from chatkit_agent.checks.rules.storage.attachments_limited import attachments_limited

Findings = Callable[..., list[Finding]]
FILES = """\
from chatkit import store as st
from chatkit.store import AttachmentStore as Base
from app.limits import MOST, Quota, fits
class Files(Base[dict]):
    async def create_attachment(self, given, context):
        {line}
        return Attachment(id=self.generate_attachment_id(given.mime_type, context))
    async def _room(self, context):
        return await db.fetchval("select sum(bytes) from files where person = $1", context)
class Others(st.AttachmentStore[dict]):
    async def delete_attachment(self, attachment_id, context): ...
"""
LIMITS = """\
MOST = 10
def fits(size, most=MOST):
    if size > most:
        raise ValueError("too large")
class Quota:
    def add(self, sizes):
        return sum(sizes)
"""
ROOM = "room = await self._room(context)"


@pytest.mark.parametrize(
    ("severity", "line"),
    [
        ("warning", "pass"),
        ("warning", "pass  # given.size > MOST"),
        ("warning", "log('given.size > MOST', given.size)"),
        ("warning", f"{ROOM}; size = given.size"),
        ("warning", "if len(given.name) > 200 or given.mime_type < 'b': raise ValueError"),
        ("info", "if given.size > MOST: raise ValueError"),
        ("info", "size = given.size; too_large = not 0 < size <= MOST; check(too_large)"),
        ("info", "fits(size=given.size)"),
        (
            "info",
            "post = s3.generate_presigned_post(Conditions=[['content-length-range', 1, MOST]])",
        ),
        ("", f"fits(given.size); {ROOM}"),
        ("", "fits(given.size); Quota().add([given.size])"),
        ("", "assert given.size < MOST; known = await db.execute('select count(*) from files')"),
    ],
)
def test_spelled(findings: Findings, severity: str, line: str) -> None:
    files = {"app/files.py": FILES.replace("{line}", line), "app/limits.py": LIMITS}
    found = findings(attachments_limited, files)
    assert [each.severity for each in found] == ([severity] if severity else [])
    assert all(each.where == "app/files.py:5" for each in found)


def test_quiet_in_tests_and_without_uploads(findings: Findings) -> None:
    files = FILES.replace("{line}", "pass")
    assert not findings(attachments_limited, {"tests/files.py": files})
    assert not findings(attachments_limited, {"app/files.py": files.replace("Base[dict]", "dict")})
