"""Items without a foreign key are found in source and in SQL files."""

from __future__ import annotations

import pytest

from chatkit_agent.checks.rules.storage.items_go_with_thread import items_go_with_thread
from tests.checks.rules.conftest import Findings

STORE = "from chatkit.store import Store\nclass S(Store[dict]): ...\n"
TABLE = "create table if not exists {{}}.items (id text primary key, thread_id text not null{})"


def test_found_in_source(findings: Findings) -> None:
    source = f'{STORE}def make(s):\n    return f"""{TABLE.format("").replace("{}", "{s}")}"""\n'
    (finding,) = findings(items_go_with_thread, {"app/store.py": source})
    assert finding.where == "app/store.py:4"


def test_found_in_a_file_of_sql(findings: Findings) -> None:
    sql = (
        "create table chat.threads (id text);\n\ncreate table chat.items (\n  thread_id text\n);\n"
    )
    (finding,) = findings(items_go_with_thread, {"app/store.py": STORE, "app/schema.sql": sql})
    assert finding.where == "app/schema.sql:3"


@pytest.mark.parametrize(
    "sql",
    [
        "create table items (thread_id text references threads (id) on delete cascade);",
        "create table items (thread_id text, foreign key (thread_id) references threads (id));",
        "create table line_items_of_orders (thread_id text);",
        "create table items (id text);",
    ],
)
def test_quiet(findings: Findings, sql: str) -> None:
    assert not findings(items_go_with_thread, {"app/store.py": STORE, "app/schema.sql": sql})


OTHER = """\
from chatkit.store import Store
class S(Store[dict]):
    async def save_thread(self, thread, context):
        await db.execute("insert into chats (id) values ($1)", thread.id)
    async def save_item(self, thread_id, item, context):
        await db.execute("insert into chat_lines (chat, doc) values ($1, $2)", thread_id, item)
"""
TABLES = "create table chats (id text);\ncreate table chat_lines (chat text{}, doc text);{}\n"


@pytest.mark.parametrize(
    ("column", "more", "where"),
    [
        ("", "", ["app/schema.sql:2"]),
        (" references chats (id) on delete cascade", "", []),
        ("", "\nalter table chat_lines add foreign key (chat) references chats (id);", []),
    ],
)
def test_whatever_the_tables_are_called(
    findings: Findings, column: str, more: str, where: list[str]
) -> None:
    files = {"app/store.py": OTHER, "app/schema.sql": TABLES.format(column, more)}
    assert [each.where for each in findings(items_go_with_thread, files)] == where


@pytest.mark.parametrize(
    "path",
    ["tests/schema.sql", "scripts/once.sql", "app/tests/data/old.sql", "examples/forum/schema.sql"],
)
def test_quiet_about_what_is_no_part_of_the_application(findings: Findings, path: str) -> None:
    sql = "create table items (thread_id text);\n"
    assert not findings(items_go_with_thread, {"app/store.py": STORE, path: sql})
    assert findings(items_go_with_thread, {"app/store.py": STORE, "migrations/1.sql": sql})


MODELS = """
class ChatItem(Base):
    __tablename__ = "chat_items"
    thread_id = mapped_column(ForeignKey("chat_threads.id"))


class Post(Base):
    __tablename__ = "messages"
    thread_id = mapped_column(String)
"""


def test_quiet_about_a_model_that_the_store_does_not_use(findings: Findings) -> None:
    store = STORE.replace(": ...", ":\n    def load(self):")
    head = f"from sqlalchemy.orm import Session\n{MODELS}\n\n{store}"
    chats, posts = (f"{head}        return select({each})\n" for each in ("ChatItem", "Post"))
    assert not findings(items_go_with_thread, {"app/store.py": chats})
    assert findings(items_go_with_thread, {"app/store.py": posts})


TWO = """\
from chatkit.store import Store
class S(Store[dict]):
    async def save_thread(self, thread, context):
        await db.execute(SAVE_THREAD, thread.id)
    async def add_thread_item(self, thread_id, item, context):
        await self._put(thread_id, item)
    async def _put(self, thread_id, item):
        await db.execute(SAVE_ITEM, thread_id, item)
SAVE_THREAD = "insert into app.threads (id) values ($1)"
SAVE_ITEM = "insert into app.lines (thread, doc) values ($1, $2)"
"""
MADE = (
    "create table app.threads (id text primary key);\ncreate table app.lines ({columns});{more}\n"
)


@pytest.mark.parametrize(
    ("count", "columns", "more"),
    [
        (1, "thread text, doc text", ""),
        (1, "thread text, owner text references users (id), doc text", ""),
        (1, 'thread text, "references" text', ""),
        (1, "thread text, doc text -- references app.threads\n", ""),
        (0, 'thread text references "app"."threads" (id) on delete cascade, doc text', ""),
        (0, "thread text, doc text, constraint t foreign key (thread) references threads", ""),
        (
            0,
            "thread text",
            "alter table app.lines add foreign key (thread) references threads (id);",
        ),
        (
            1,
            "thread text",
            "alter table app.votes add foreign key (thread) references threads (id);",
        ),
    ],
)
def test_spelled(findings: Findings, count: int, columns: str, more: str) -> None:
    sql = MADE.format(columns=columns, more=more)
    assert (
        len(findings(items_go_with_thread, {"app/store.py": TWO, "app/schema.sql": sql})) == count
    )


def test_a_key_of_a_later_migration(findings: Findings) -> None:
    files = {
        "app/store.py": STORE,
        "app/schema.sql": "create table threads (id text);\ncreate table items (thread_id text);",
        "migrations/versions/2.py": "from alembic import op\ndef upgrade():\n"
        '    op.create_foreign_key("k", "items", "threads", ["thread_id"], ["id"])\n',
    }
    assert not findings(items_go_with_thread, files)


MAPPED = """\
import sqlalchemy as sa
from sqlalchemy import ForeignKey as Key, String
from sqlmodel import Field, SQLModel
from chatkit.store import Store
class Thread(Base):
    __tablename__ = "chat_threads"
    id = sa.Column(String)
class Line(Base):
    __tablename__ = "chat_entries"
    {column}
class S(Store[dict]):
    async def save_thread(self, thread, context):
        session.add(Thread(id=thread.id))
    async def add_thread_item(self, thread_id, item, context):
        session.add(Line(thread_id=thread_id))
"""


@pytest.mark.parametrize(
    ("count", "column"),
    [
        (1, "thread_id = sa.Column(String)"),
        (1, "thread_id = sa.Column(String)  # ForeignKey"),
        (1, "thread_id = sa.Column(String); user_id = sa.Column(Key('users.id'))"),
        (1, "thread_id: str = Field(); user_id: int = Field(foreign_key='users.id')"),
        (0, "thread_id = sa.Column(String, Key('chat_threads.id', ondelete='CASCADE'))"),
        (0, "thread_id = sa.Column(sa.ForeignKey(Thread.id))"),
        (0, "thread_id: str = Field(foreign_key='chat_threads.id')"),
        (0, "__table_args__ = (sa.ForeignKeyConstraint(['thread_id'], ['chat_threads.id']),)"),
    ],
)
def test_a_model(findings: Findings, count: int, column: str) -> None:
    text = MAPPED.replace("{column}", column)
    assert len(findings(items_go_with_thread, {"app/store.py": text})) == count


def test_quiet_about_the_messages_of_the_application_itself(findings: Findings) -> None:
    model = (
        "from sqlalchemy import Column, Integer\nfrom database import Base\n"
        "class Message(Base):\n    __tablename__ = 'messages'\n    room_id = Column(Integer)\n"
    )
    of_chat = TABLES.format(" references chats (id)", "")
    files = {"app/store.py": OTHER, "app/schema.sql": of_chat, "app/models.py": model}
    assert not findings(items_go_with_thread, files)


SEVERAL = """\
TABLES = \'\'\'
select pg_advisory_xact_lock(1);
create table if not exists threads (id text primary key);
create table if not exists items (id text, thread_id text{});
\'\'\'
"""


@pytest.mark.parametrize(
    ("more", "count"), [("", 1), (" references threads(id) on delete cascade", 0)]
)
def test_found_in_a_text_of_several_statements(findings: Findings, more: str, count: int) -> None:
    source = STORE + SEVERAL.replace("{}", more)
    assert len(findings(items_go_with_thread, {"app/store.py": source})) == count
