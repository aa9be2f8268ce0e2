"""Text in jsonb that nothing cleans is found; cleaned, or in memory, it is not."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from chatkit_agent.checks.finding import Finding
from chatkit_agent.checks.rules.storage.text_storable import text_storable

Findings = Callable[..., list[Finding]]
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
