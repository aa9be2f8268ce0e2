"""Every statement is one person's, and a distributed database takes it.

CHATKIT_TEST_DISTRIBUTED_URL names a database with the tables distributed, to be tried as well.
"""

from __future__ import annotations

import importlib
import os
import re
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from chatkit.store import NotFoundError
from chatkit.types import ThreadMetadata

from .conversations import a_file, a_thread, an_answer

FILES = ("queries.sql", "retention.sql")
# Walks over all users, in the order of the key, by a role that may see them.
OF_ALL = {"delete_old", "delete_old_uploads", "prune", "hidden_rows"}
# What DISTRIBUTED=true replaces.
NOT_DISTRIBUTED = {"add_item", "add_thread", "save_item"}
IDENTITY = r"insert into \{schema\}\.(?:threads|items)\b[^;]*?\bselect\b"


def statements(delivered: ModuleType) -> dict[str, str]:
    module = importlib.import_module(f"{delivered.__name__}.queries")
    found = [module.queries(file) for file in FILES if (folder(delivered) / file).exists()]
    return {name: query for each in found for name, query in each.items()}


def folder(delivered: ModuleType) -> Path:
    return Path(str(delivered.__file__)).parent


def test_statements_are_lowercase_and_in_one_place(delivered: ModuleType) -> None:
    known = statements(delivered)
    assert len(known) > 20
    for name, query in known.items():
        assert re.sub(r"'[^']*'", "", query).islower(), name
        assert ";" not in query, name
    for path in folder(delivered).glob("*.py"):
        assert not re.search(
            r"(?:from|into|update) \{schema\}\.(?!schema_version)", path.read_text()
        )


def test_every_statement_names_the_user_for_each_table(delivered: ModuleType) -> None:
    for name, query in statements(delivered).items():
        if name in OF_ALL:
            continue
        read = len(re.findall(r"(?:from|update|join) \{schema\}", query))
        assert read <= len(re.findall(r"user_id = \$1", query)), name
        for columns in re.findall(r"insert into \{schema\}\.\w+ \((\w+)", query):
            assert columns == "user_id", name
        assert re.search(r"user_id = \$1|select \$1|values \(\$1", query), name


def test_nothing_is_computed_in_a_conflict(delivered: ModuleType) -> None:
    for name, query in statements(delivered).items():
        for changes in re.findall(r"do update\s+set ([^\n]*)", query):
            assert "(" not in changes, name


def test_a_distributed_database_locks_no_rows_in_an_insert(delivered: ModuleType) -> None:
    for name, query in statements(delivered).items():
        if name not in NOT_DISTRIBUTED:
            assert not re.search(IDENTITY, query), name
            assert not re.search(r"insert.*for (?:no key )?update", query, re.DOTALL), name
    assert "trigger" not in (folder(delivered) / "schema.sql").read_text()


@pytest.mark.anyio
@pytest.mark.parametrize("where", ["one machine", "CHATKIT_TEST_DISTRIBUTED_URL"])
async def test_the_statements_for_a_distributed_database_do_the_same(
    make_store: Any, alice: Any, bob: Any, database_url: str, where: str
) -> None:
    url = os.environ.get(where, "" if where.isupper() else database_url)
    if not url:
        pytest.skip(f"{where} is not set")
    plain = make_store(url, distributed=where.isupper())
    store = make_store(url, distributed=True)
    await plain.save_thread(a_thread("thr_0"), alice)
    await plain.save_item("thr_0", an_answer("before"), alice)
    for name in ("thr_1", "thr_2"):
        await store.save_thread(
            ThreadMetadata(**{**a_thread(name).model_dump(), "id": name}), alice
        )
    page = await store.load_threads(10, None, "asc", alice)
    assert [thread.id for thread in page.data] == ["thr_0", "thr_1", "thr_2"]
    for name in ("a", "b", "a"):
        await store.save_item("thr_0", an_answer(name), alice)
    items = await store.load_thread_items("thr_0", None, 10, "asc", alice)
    assert [item.id for item in items.data] == ["before", "a", "b"]
    with pytest.raises(NotFoundError):
        await store.save_item("thr_0", an_answer("x"), bob)
    paper = a_file(metadata={"bytes": 9000})
    for most, added in ((8999, False), (9000, True)):
        assert await store.add_attachment(paper, alice, size=9000, most=most) is added
    await store.delete_thread("thr_1", alice)
    with pytest.raises(NotFoundError):
        await store.save_thread(a_thread("thr_1"), alice)


def test_it_goes_with_no_policies_of_rows(delivered: Any) -> None:
    config = delivered.StoreConfig(distributed=True, row_level_security=True)
    assert "only one of" in config.missing()[0]
