"""Text in jsonb that nothing cleans is found; cleaned, or in memory, it is not."""

from __future__ import annotations

import pytest

from chatkit_agent.checks.rules.storage.text_storable import text_storable
from tests.checks.rules.conftest import Findings

STORE = """\
from chatkit.store import Store
class S(Store[dict]):
    async def make(self):
        await db.execute("create table threads (id text, data {kind} not null)")
{more}
"""


def test_found(findings: Findings) -> None:
    (finding,) = findings(text_storable, {"app/store.py": STORE.format(kind="jsonb", more="")})
    assert finding.where == "app/store.py:4"


@pytest.mark.parametrize(
    ("kind", "more"),
    [
        ("text", ""),
        ("jsonb", 'CLEAN = str.maketrans("", "", "\\x00")\nclean = text.translate(CLEAN)'),
        ("jsonb", 'NUL = "\\\\u0000"\nclean = text.replace(NUL, "")'),
    ],
)
def test_quiet(findings: Findings, kind: str, more: str) -> None:
    assert not findings(text_storable, {"app/store.py": STORE.format(kind=kind, more=more)})


def test_found_where_nothing_uses_the_pattern(findings: Findings) -> None:
    unused = '# NUL as JSON.\ndef f():\n    """Without NUL."""\nNUL = re.compile(r\'\\\\u0000\')'
    (finding,) = findings(text_storable, {"app/store.py": STORE.format(kind="jsonb", more=unused)})
    assert finding.where == "app/store.py:4"


def test_quiet_without_a_store_in_a_database(findings: Findings) -> None:
    sql = "create table threads (data jsonb);"
    assert not findings(text_storable, {"app/schema.sql": sql})


OTHER = """\
from chatkit.store import Store
class S(Store[dict]):
    async def save_item(self, thread_id, item, context):
        await db.execute("insert into lines (chat, doc) values ($1, $2)", thread_id, {value})
"""


@pytest.mark.parametrize(
    ("value", "count"),
    [("dump(item)", 1), ('dump(item).encode("utf-8", "surrogatepass")', 1), ("NUL", 0)],
)
def test_whatever_the_table_is_called(findings: Findings, value: str, count: int) -> None:
    store = OTHER.format(value=value.replace("NUL", r'dump(item).replace("\x00", "")'))
    sql = "create table lines (chat text, doc jsonb);"
    assert len(findings(text_storable, {"app/store.py": store, "app/schema.sql": sql})) == count


SPELLED = """\
import json, re, unicodedata
from chatkit.store import Store
from app.text import NUL, TABLE, cleaned, plain
class S(Store[dict]):
    async def save_item(self, thread_id, item, context):
        doc = item.model_dump_json()
        await db.execute("insert into lines (chat, doc) values ($1, $2)", thread_id, {value})
"""
TEXT = r"""
import re
NUL = "\x00"
UNUSED = re.compile(r"\\u0000")
PATTERN = re.compile(r"(?<!\\)\\u0000")
TABLE = {0: None}
def cleaned(text):
    return PATTERN.sub("", text)
def plain(text):
    # without NUL, as "\u0000"
    print("a NUL such as \x00 stays")
    return "".join(each for each in text if ord(each) >= 32)
def unused(text):
    return text.replace("\x00", "")
"""


@pytest.mark.parametrize(
    ("count", "value"),
    [
        (1, "doc"),
        (1, "json.dumps(json.loads(doc))"),
        (1, "doc.replace('x', '')"),
        (1, "gettext.translate(doc)"),
        (1, "log(doc, 'without \\x00') or doc"),
        (0, "doc.replace(NUL, '')"),
        (0, "doc.translate(TABLE)"),
        (0, "cleaned(doc)"),
        (0, "re.sub('[\\x00-\\x08]', '', doc)"),
        (0, "re.sub(r'\\0', '', doc)"),
        (0, "doc.replace(chr(0), '')"),
        (0, "''.join(e for e in doc if unicodedata.category(e) != 'Cc')"),
        (0, "''.join(filter(lambda e: e.isprintable(), doc))"),
        (0, "plain(doc)"),
    ],
)
def test_spelled(findings: Findings, count: int, value: str) -> None:
    sql = "create table lines (chat text, doc jsonb);"
    files = {"app/store.py": SPELLED.replace("{value}", value), "app/text.py": TEXT}
    assert len(findings(text_storable, {**files, "app/schema.sql": sql})) == count


MAPPED = """\
from sqlalchemy.dialects.postgresql import JSONB as Document
from sqlalchemy import JSON, Column
from chatkit.store import Store
class Line(Base):
    __tablename__ = "chat_items"
    doc = Column({kind})
class S(Store[dict]):
    async def save_item(self, thread_id, item, context):
        session.add(Line(doc=item.model_dump()))
"""


@pytest.mark.parametrize(
    ("count", "kind"), [(1, "Document"), (1, "Document()"), (0, "JSON)  # (JSONB")]
)
def test_mapped(findings: Findings, count: int, kind: str) -> None:
    assert len(findings(text_storable, {"app/store.py": MAPPED.replace("{kind}", kind)})) == count
