"""Columns without a zone are told from those with one, where the database has such."""

from __future__ import annotations

import pytest

from chatkit_agent.checks.rules.storage.times_have_zone import naive_columns
from chatkit_agent.project.source.anatomy import Anatomy
from tests.project.source.conftest import Project

SOURCE = """\
from datetime import datetime
from chatkit.store import Store
from sqlalchemy import Column, DateTime, String
from sqlalchemy.orm import Mapped, mapped_column
{imports}
class Notes(Store[dict]): ...
class Row(Base):
    __tablename__ = "threads"
    {column}
"""


@pytest.mark.parametrize(
    ("imports", "column", "number"),
    [
        ("", "made = Column(DateTime)", 1),
        ("", "made: Mapped[datetime]", 1),
        ("", "made: Mapped[datetime] = mapped_column(default=now)", 1),
        ("", "made = Column(DateTime(timezone=True))", 0),
        ("", "made: Mapped[datetime] = mapped_column(Moment)", 0),
        ("", "made = Column(String)", 0),
        ("", "rows: Mapped[datetime] = relationship()", 0),
        ("import aiosqlite", "made = Column(DateTime)", 0),
        ("from pymysql import connect", "made = Column(DateTime)", 0),
    ],
)
def test_columns(project: Project, imports: str, column: str, number: int) -> None:
    chat = Anatomy(project({"main.py": SOURCE.format(imports=imports, column=column)}))
    assert [place for place, _ in naive_columns(chat)] == ["main.py:9"] * number
