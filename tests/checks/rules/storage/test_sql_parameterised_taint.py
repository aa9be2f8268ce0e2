"""What a client chose is followed to where it is used; what the program chose is not."""

from __future__ import annotations

import pytest

from chatkit_agent.checks.rules.storage.sql_parameterised import tainted_part
from chatkit_agent.project.source.anatomy import Anatomy
from tests.project.source.conftest import Project, argument

STORE = """\
from chatkit.store import Store
class Sql(Store[dict]):
    async def load_thread(self, thread_id, context):
        {line}
    async def load_threads(self, limit, after, order, context):
        see({given})
"""


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("after", True),
        ("f'{after}'", True),
        ("context.user_id", True),
        ("str(after)", True),
        ("after if after else 'x'", True),
        ("order", False),
        ("limit", False),
        ("len(after)", False),
        ("self.schema", False),
        ("'desc' if after else 'asc'", False),
        ("NAMES[after]", False),
    ],
)
def test_taint(project: Project, given: str, expected: bool) -> None:
    code = project({"main.py": STORE.format(line="...", given=given)})
    found = tainted_part(Anatomy(code), *argument(code))
    assert (found is not None) == expected
