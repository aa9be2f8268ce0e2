"""The SDK's own ids are found in a database; ids of the store's own are not."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from chatkit_agent.checks.finding import Finding
from chatkit_agent.checks.rules.storage.ids_long_enough import ids_long_enough

Findings = Callable[..., list[Finding]]
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


@pytest.mark.parametrize("line", ["default_generate_id(kind)", "f'{kind}_{uuid4().hex[:8]}'"])
def test_found_behind_a_function(findings: Findings, line: str) -> None:
    (finding, *_) = findings(ids_long_enough, {"app/store.py": BEHIND.replace("{line}", line)})
    assert finding.where == "app/store.py:4"


def test_quiet_behind_a_function(findings: Findings) -> None:
    line = "default_generate_id(kind).split('_')[0] + uuid4().hex"
    assert not findings(ids_long_enough, {"app/store.py": BEHIND.replace("{line}", line)})
