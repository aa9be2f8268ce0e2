"""Files without a limit are found, each or together; with both they are not."""

from __future__ import annotations

import pytest

from chatkit_agent.checks.rules.storage.attachments_limited import attachments_limited
from tests.checks.rules.conftest import Findings

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


ROUTE = """\
import shutil
from fastapi import APIRouter, HTTPException, Request, UploadFile
from app.files import Files
from app.limits import MOST, counted, kept
router = APIRouter()
store, files = Notes(), Files()
@router.{mark}("/attachments/{{attachment_id}}")
async def upload(attachment_id: str, request: Request, file: UploadFile):
    # len(data) > MOST
    attachment = await store.load_attachment(attachment_id, {{}})
{body}
    return {{"id": attachment.id}}
"""
HELPERS = """\
async def counted(request):
    data = b""
    async for piece in request.stream():
        data += piece
        if len(data) > MOST:
            raise ValueError
    return data
async def kept(file):
    return await file.read()
"""
UNCOUNTED = [
    "data = await file.read()",
    "data = await request.body()",
    "async for piece in request.stream():\n    out.write(piece)",
    "data = await kept(file)",
    "data = await file.read()\nif len(file.filename) > MOST:\n    raise ValueError",
    "data = await file.read()\nif data == b'':\n    raise ValueError",
    "data = await file.read()\nlog('len(data) > 413', len(data))",
]
BYTES_COUNTED = [
    "data = await file.read()\nif len(data) > MOST:\n    raise ValueError",
    "data = await file.read(MOST + 1)\nassert len(data) <= MOST",
    "if file.size > MOST:\n    raise ValueError\ndata = await file.read()",
    "size = file.size\ndata = await file.read()\nif not size < MOST:\n    raise ValueError",
    "data = await counted(request)",
    "data = await request.body()\nif wrong(data):\n    raise HTTPException(413)",
    "data = await file.read()\nif len(data) > attachment.size:\n    raise ValueError",
    "took = 0\nasync for piece in request.stream():\n    took += len(piece)\n"
    "    if took > MOST:\n        raise ValueError",
    "name = attachment.name",
]


def uploads(body: str, mark: str = "post") -> dict[str, str]:
    files = FILES.replace("{line}", f"fits(given.size); {ROOM}")
    lines = "".join(f"    {line}\n" for line in body.splitlines())
    route = ROUTE.format(mark=mark, body="{body}").replace("{body}\n", lines)
    limits = f"{LIMITS}{HELPERS}"
    return {"app/files.py": files, "app/limits.py": limits, "app/uploads.py": route}


@pytest.mark.parametrize("body", UNCOUNTED)
def test_bytes_that_nobody_counts(findings: Findings, body: str) -> None:
    (found,) = findings(attachments_limited, uploads(body))
    assert (found.where, found.severity) == ("app/uploads.py:8", "warning")


@pytest.mark.parametrize("body", BYTES_COUNTED)
def test_bytes_that_are_counted(findings: Findings, body: str) -> None:
    assert not findings(attachments_limited, uploads(body))


def test_quiet_where_a_route_only_gives_or_takes_something_else(findings: Findings) -> None:
    assert not findings(attachments_limited, uploads(UNCOUNTED[0], mark="get"))
    others = uploads(UNCOUNTED[0])
    others["app/uploads.py"] = others["app/uploads.py"].replace("load_attachment", "load_picture")
    assert not findings(attachments_limited, others)
