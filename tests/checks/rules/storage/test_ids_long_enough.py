"""The SDK's own ids are found in a database; ids of the store's own are not."""

from __future__ import annotations

import pytest

from chatkit_agent.checks.rules.storage.ids_long_enough import ids_long_enough
from tests.checks.rules.conftest import Findings

STORE = """\
from chatkit.store import Store
class S(Store[dict]):
    {body}
"""
LOAD = 'sql = "select data from threads where id = $1"'


def test_found(findings: Findings) -> None:
    (finding,) = findings(ids_long_enough, {"app/store.py": STORE.format(body=LOAD)})
    assert finding.where == "app/store.py:2"


def test_the_short_ones_of_the_sdk_are_found_where_they_are_given(findings: Findings) -> None:
    body = f"""{LOAD}
    def generate_thread_id(self, context):
        return {{made}}
    def generate_item_id(self, kind, thread, context):
        return uuid4().hex"""
    store = STORE.format(body=body.format(made='default_generate_id("thread")'))
    (finding,) = findings(ids_long_enough, {"app/store.py": store})
    assert finding.where == "app/store.py:5"
    assert not findings(
        ids_long_enough, {"app/store.py": STORE.format(body=body.format(made="uuid4().hex"))}
    )


@pytest.mark.parametrize(
    "body",
    [
        f"{LOAD}; generate_thread_id = generate_item_id = ours",
        "threads = dict()",
    ],
)
def test_quiet(findings: Findings, body: str) -> None:
    assert not findings(ids_long_enough, {"app/store.py": STORE.format(body=body)})


BEHIND = """\
from uuid import uuid4
from chatkit.store import Store, default_generate_id
def made(kind):
    return {line}
class S(Store[dict]):
    def generate_thread_id(self, context):
        return made('thread')
"""


@pytest.mark.parametrize(
    "line",
    [
        "default_generate_id(kind)",
        "f'{kind}_{uuid4().hex[:8]}'",
        "f'{kind}_{uuid4().int % 10 ** 6}'",
        "str(uuid4().int % 65536)",
    ],
)
def test_found_behind_a_function(findings: Findings, line: str) -> None:
    (finding, *_) = findings(ids_long_enough, {"app/store.py": BEHIND.replace("{line}", line)})
    assert finding.where == "app/store.py:4"


def test_quiet_behind_a_function(findings: Findings) -> None:
    line = "default_generate_id(kind).split('_')[0] + uuid4().hex"
    assert not findings(ids_long_enough, {"app/store.py": BEHIND.replace("{line}", line)})


SPELLED = """\
import secrets, random
from uuid import uuid4 as fresh
from secrets import token_hex as made
from nanoid import generate
from chatkit.store import Store, default_generate_id as theirs
from app.sizes import DIGITS, LONG
def of(kind, digits=DIGITS):
    return f"{kind}_{fresh().hex[:digits]}"
class S(Store[dict]):
    async def load(self):
        return "select data from threads where id = $1"
    def generate_thread_id(self, context):
        return {line}
    def generate_item_id(self, kind, thread, context):
        return fresh().hex
"""


@pytest.mark.parametrize(
    ("count", "line"),
    [
        (1, "fresh().hex[:DIGITS]"),
        (1, "str(fresh())[-8:]"),
        (1, "of('thread')"),
        (1, "made(4)"),
        (1, "secrets.token_urlsafe(nbytes=DIGITS - 2)"),
        (1, "theirs('thread')"),
        (1, "(made_id := theirs('thread'))"),
        (1, "super().generate_thread_id(context)"),
        (1, "str(random.randint(0, 10**9))"),
        (1, "generate(size=10)"),
        (0, "fresh().hex[:LONG]"),
        (0, "f'{context[:4]}_{fresh().hex}'"),
        (0, "of('thread', 32)"),
        (0, "made(16)"),
        (0, "secrets.token_urlsafe()"),
        (0, "generate()"),
        (0, "str(random.randint(0, 2**128))"),
        (0, "str(random.randint(0, most()))"),
        (0, "str(fresh())  # [:8] default_generate_id"),
    ],
)
def test_spelled(findings: Findings, count: int, line: str) -> None:
    files = {
        "app/store.py": SPELLED.replace("{line}", line),
        "app/sizes.py": "DIGITS = 8\nLONG = 32\n",
    }
    assert len(findings(ids_long_enough, files)) == count


BASE = """\
from uuid import uuid4
class Ids:
    def generate_thread_id(self, context):
        return uuid4().hex
    def generate_item_id(self, kind, thread, context):
        return uuid4().hex
"""


@pytest.mark.parametrize(
    ("count", "bases", "more"),
    [
        (0, "Ids, Store[dict]", ""),
        (1, "Store[dict]", "# generate_thread_id and generate_item_id are the SDK's"),
        (1, "Store[dict]", "log('no generate_thread_id, no generate_item_id')"),
        (0, "Store[dict]", "S.generate_thread_id = S.generate_item_id = lambda *_: uuid4().hex"),
    ],
)
def test_where_they_are_made(findings: Findings, count: int, bases: str, more: str) -> None:
    head = "from chatkit.store import Store\nfrom app.ids import Ids\nfrom uuid import uuid4\n"
    store = f"{head}class S({bases}):\n    {LOAD}\n{more}\n"
    assert len(findings(ids_long_enough, {"app/store.py": store, "app/ids.py": BASE})) == count


@pytest.mark.parametrize(
    ("thread", "item", "count"),
    [
        ("context['user']", "uuid4().hex", 1),
        ("'main'", "uuid4().hex", 1),
        ("uuid4().hex", "f'{kind}_{thread.id}'", 1),
        ("uuid4().hex", "kind", 1),
        ("uuid4().hex", "f'{kind}_{thread.id}_{uuid4().hex}'", 0),
        ("uuid4().hex", "f'{thread.id}_{next(self.numbers)}'", 0),
        ("uuid4().hex", "self.last  # thread.id", 0),
    ],
)
def test_found_where_each_is_the_same(
    findings: Findings, thread: str, item: str, count: int
) -> None:
    body = f"""{LOAD}
    def generate_thread_id(self, context):
        return {thread}
    def generate_item_id(self, kind, thread, context):
        return {item}"""
    found = findings(ids_long_enough, {"app/store.py": STORE.format(body=body)})
    assert [each.cause for each in found] == ["same ids"] * count
