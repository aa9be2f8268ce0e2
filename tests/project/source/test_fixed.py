"""What is the same whenever the same names are."""

from __future__ import annotations

import pytest

from chatkit_agent.project.source.fixed import is_fixed
from tests.project.source.conftest import Project, argument

HEAD = """\
import hashlib, random, uuid
from time import time_ns
A = "a"
def whole(part):
    return f"{A}-{part.id}"
def odd(part):
    return f"{part.id}-{time_ns()}"
def run(thread, other):
    b = thread.id
"""


@pytest.mark.parametrize(
    ("written", "is_it"),
    [
        ("'a'", True),
        ("A", True),
        ("thread.id", True),
        ("b", True),
        ("f'{A}-{thread.id}'", True),
        ("'%s' % thread.id", True),
        ("'{}'.format(thread.id)", True),
        ("'-'.join([A, thread.id])", True),
        ("whole(thread)", True),
        ("hashlib.sha256(thread.id.encode()).hexdigest()", True),
        ("uuid.uuid5(uuid.NAMESPACE_OID, thread.id)", True),
        ("other.id", False),
        ("whole(other)", False),
        ("odd(thread)", False),
        ("uuid.uuid4().hex", False),
        ("f'{thread.id}-{random.random()}'", False),
        ("thread.id + str(time_ns())", False),
        ("len(thread.items)", False),
        ("next(thread.ids)", False),
    ],
)
def test_fixed(project: Project, written: str, is_it: bool) -> None:
    code = project({"main.py": f"{HEAD}    see({written})\n"})
    assert is_fixed(code, *argument(code), {"thread"}) is is_it
