"""Times without a zone are told once as an info, with every place; times with one are not."""

from __future__ import annotations

import pytest

from chatkit_agent.checks.rules.storage.times_have_zone import times_have_zone
from tests.checks.rules.conftest import Findings

SERVER = "from chatkit.server import ChatKitServer\nfrom datetime import datetime\nA = {}\nB = {}\n"


@pytest.mark.parametrize("time", ["datetime.now()", "datetime.utcnow()"])
def test_found(findings: Findings, time: str) -> None:
    (finding,) = findings(times_have_zone, {"app/server.py": SERVER.format(time, time)})
    assert (finding.where, finding.severity) == ("app/server.py:3", "info")
    assert finding.more == ("app/server.py:4: the same",)


@pytest.mark.parametrize(
    "time",
    [
        "datetime.now(timezone.utc)",
        "datetime.now(tz=UTC)",
        "datetime.now().date()",
        "f'id-{datetime.now().timestamp()}'",
        "datetime.now().strftime('%Y%m%d')",
        "datetime.utcnow().isoformat() + 'Z'",
    ],
)
def test_quiet(findings: Findings, time: str) -> None:
    assert not findings(times_have_zone, {"app/server.py": SERVER.format(time, time)})


SPELLED = """\
import datetime as dt
from datetime import datetime as when, timezone
from functools import partial
from chatkit.server import ChatKitServer
from app.clock import NOBODY, UTC, now
class Server(ChatKitServer[dict]):
    def made(self):
        # when.now()
{body}
"""
CLOCK = """\
import datetime
from chatkit.server import ChatKitServer
NOBODY, UTC = None, datetime.timezone.utc
def now():
    return datetime.datetime.now(UTC)
"""
NAIVE = {
    "an alias": "return when.now()",
    "an alias of the module": "return dt.datetime.utcnow()",
    "without a zone": "return when.now(tz=None)",
    "without a zone, by a constant": "return when.now(NOBODY)",
    "a name": "moment = when.now()\nreturn Item(created_at=moment)",
    "a default": "return Field(default_factory=when.utcnow)",
    "today": "return when.today()",
    "a name of the function": "clock = when.now\nreturn clock()",
}
ZONED = {
    "a zone": "return when.now(timezone.utc)",
    "a zone by keyword": "return when.now(tz=UTC)",
    "a zone by a partial": "return partial(when.now, UTC)()",
    "a helper of another module": "return now()",
    "written to it": "return when.utcnow().replace(tzinfo=timezone.utc)",
    "its own zone": "return when.now().astimezone()",
    "a difference": "begun = when.now()\nlog.info('%s', when.now() - begun)",
    "a part of a name": "moment = when.now()\nreturn f'{moment.year}-{moment.month}'",
    "another now": "return clock.now()",
}


def spelled(body: str) -> dict[str, str]:
    lines = "".join(f"        {line}\n" for line in body.splitlines())
    return {"app/server.py": SPELLED.replace("{body}\n", lines), "app/clock.py": CLOCK}


@pytest.mark.parametrize("name", NAIVE)
def test_without_a_zone_in_whatever_way(findings: Findings, name: str) -> None:
    assert len(findings(times_have_zone, spelled(NAIVE[name]))) == 1


@pytest.mark.parametrize("name", ZONED)
def test_with_a_zone_in_whatever_way(findings: Findings, name: str) -> None:
    assert not findings(times_have_zone, spelled(ZONED[name]))


MODELS = """\
import datetime as dt
import sqlalchemy as sa
from datetime import datetime, timezone
from sqlalchemy import TIMESTAMP, Column, DateTime, String
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import DateTime as Time
from sqlmodel import Field, SQLModel
from app.kinds import Moment, NAIVE, ZONED
class ThreadRow(Base):
    __tablename__ = "chat_threads"
    # created_at = Column(DateTime)
    id = Column(String, primary_key=True)
    {column}
"""
KINDS = "from sqlalchemy import DateTime\nNAIVE, ZONED = False, True\nclass Moment(DateTime): ...\n"
STORE = """\
from chatkit.store import Store
from sqlalchemy import select
from app.rows import ThreadRow
class Notes(Store[dict]):
    async def save_thread(self, thread, context):
        {line}
"""
NAIVE_COLUMNS = [
    "created_at = Column(DateTime)",
    "created_at = Column('made', DateTime, nullable=False)",
    "created_at = Column(DateTime())",
    "created_at = Column(DateTime(timezone=False))",
    "created_at = Column(DateTime(NAIVE))",
    "created_at = Column(TIMESTAMP)",
    "created_at = sa.Column(type_=sa.DateTime)",
    "created_at = Column(Time)",
    "created_at: Mapped[datetime] = mapped_column()",
    "created_at: Mapped[datetime]",
    "created_at: Mapped[dt.datetime | None] = mapped_column('made', index=True)",
    "created_at: Mapped[datetime] = mapped_column(DateTime)",
    "created_at: datetime = Field(nullable=False)",
    "created_at: datetime = Field(sa_column=Column(DateTime))",
]
ZONED_COLUMNS = [
    "created_at = Column(DateTime(timezone=True))",
    "created_at = Column(DateTime(True))",
    "created_at = Column(DateTime(timezone=ZONED))",
    "created_at = Column(Time(timezone=True))",
    "created_at = sa.Column(sa.TIMESTAMP(timezone=True))",
    "created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))",
    "created_at: datetime = Field(sa_type=DateTime(timezone=True))",
    "created_at: Mapped[datetime] = mapped_column(Moment)",
    "created_at: datetime = Field(sa_type=Moment)",
    "day: Mapped[dt.date] = mapped_column()",
    "created_at = Column(String)  # DateTime",
    "created_at: Mapped[str] = mapped_column()",
    "made_by: Mapped[str] = mapped_column(doc='DateTime')",
    "count: Mapped[int]",
]


def models(column: str, line: str = "pass") -> dict[str, str]:
    rows = MODELS.replace("{column}", column)
    store = STORE.replace("{line}", line)
    return {"app/rows.py": rows, "app/kinds.py": KINDS, "app/store.py": store}


@pytest.mark.parametrize("column", NAIVE_COLUMNS)
def test_a_column_without_a_zone(findings: Findings, column: str) -> None:
    (found,) = findings(times_have_zone, models(column))
    assert found.where == "app/rows.py:13"


@pytest.mark.parametrize("column", ZONED_COLUMNS)
def test_a_column_with_a_zone(findings: Findings, column: str) -> None:
    assert not findings(times_have_zone, models(column))


@pytest.mark.parametrize("line", ["import aiosqlite", 'engine = make("sqlite+aiosqlite:///x.db")'])
def test_a_database_without_zones(findings: Findings, line: str) -> None:
    assert not findings(times_have_zone, models(NAIVE_COLUMNS[0], line))


def test_zones_by_annotation(findings: Findings) -> None:
    files = models(NAIVE_COLUMNS[8])
    files["app/kinds.py"] += "class Base:\n    type_annotation_map = {datetime: ZONED}\n"
    assert not findings(times_have_zone, files)


def test_the_defaults_of_models(findings: Findings) -> None:
    zoned = "made: Mapped[datetime] = mapped_column(DateTime(timezone=True), default={})"
    naive = models(zoned.format("datetime.utcnow"))
    assert [each.where for each in findings(times_have_zone, naive)] == ["app/rows.py:13"]
    good = models(zoned.format("lambda: datetime.now(timezone.utc)"))
    assert not findings(times_have_zone, good)


@pytest.mark.parametrize(
    ("columns", "number"),
    [
        ("id text, created_at timestamp not null", 1),
        ("id text, created_at TIMESTAMP DEFAULT now()", 1),
        ("id text, created_at timestamp without time zone", 1),
        ("id text, created_at timestamp(3), data jsonb", 1),
        ('id text, "created_at" timestamp', 1),
        ("id text, created_at timestamptz not null", 0),
        ("id text, created_at timestamp with time zone", 0),
        ("id text, created_at timestamp(3) with time zone", 0),
        ("id text, timestamp timestamptz", 0),
        ("id text, data jsonb -- created_at timestamp", 0),
        ("id text, created_at bigint", 0),
    ],
)
def test_columns_in_sql(findings: Findings, columns: str, number: int) -> None:
    for made in ("threads", "orders"):
        line = "await db.execute('insert into threads (id) values ($1)', thread.id)"
        schema = f"create table {made} (\n  {columns}\n);\n"
        found = findings(times_have_zone, {**models("", line), "app/schema.sql": schema})
        assert len(found) == (number if made == "threads" else 0)
