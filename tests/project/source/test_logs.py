"""A call writes to the log by what its logger is; by its name where nothing else is known."""

from __future__ import annotations

import pytest

from chatkit_agent.project.source.logs import log_calls
from tests.project.source.conftest import Project

SOURCE = """\
import logging as lg
import structlog
import sys
from logging import getLogger, info as say
from loguru import logger as out
L = getLogger("app")
S = structlog.get_logger()
class Catalog:
    def info(self, text): ...
def print_all(text): ...
{line}
"""


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("lg.info('x')", True),
        ("say('x')", True),
        ("L.warning('x')", True),
        ("S.info('x')", True),
        ("out.debug('x')", True),
        ("lg.getLogger('a').error('x')", True),
        ("self.log.info('x')", True),
        ("app.logger.exception('x')", True),
        ("print('x')", True),
        ("sys.stderr.write('x')", True),
        ("catalog.info('x')", False),
        ("Catalog().info('x')", False),
        ("L.setLevel(10)", False),
        ("print_all('x')", False),
    ],
)
def test_log_calls(project: Project, line: str, expected: bool) -> None:
    code = project({"main.py": SOURCE.format(line=line)})
    written = [each.node for each in log_calls(code)]
    assert any(len(each.args) == 1 for each in written) == expected
