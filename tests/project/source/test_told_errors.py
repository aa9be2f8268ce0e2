"""The words of an exception are followed through texts, names and helpers; its kind is no word."""

from __future__ import annotations

import pytest

from chatkit_agent.project.source.told_errors import names_of, says_error
from tests.project.source.conftest import Project, argument

SOURCE = """\
import json
import traceback
def told(error):
    return {{"detail": str(error)}}
def hidden(error):
    log(error)
    return "It failed."
def f():
    try:
        go()
    except Exception as e:
{body}
"""


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("see(e)", True),
        ("see(str(e))", True),
        ("see(f'failed: {e}')", True),
        ("see('failed: ' + repr(e))", True),
        ("see('failed: %s' % e)", True),
        ("see('failed: {}'.format(e))", True),
        ("see({'error': str(e)})", True),
        ("see(json.dumps({'error': str(e)}))", True),
        ("see(e.args[0])", True),
        ("see(traceback.format_exc())", True),
        ("see(told(e))", True),
        ("see(told(error=e))", True),
        ("see(Problem(detail=str(e)))", True),
        ("text = str(e)\nsee(text)", True),
        ("see(hidden(e))", False),
        ("see(e.__class__.__name__)", False),
        ("see(e.status_code)", False),
        ("see(type(e))", False),
        ("see('failed')", False),
        ("see(str(e) if DEBUG else 'It failed.')", False),
        ("text = str(e)\ntext = 'It failed.'\nsee(text)", False),
        ("see(describe(e))", False),
        ("see(other)", False),
    ],
)
def test_says_error(project: Project, body: str, expected: bool) -> None:
    lines = "".join(f"        {line}\n" for line in body.splitlines())
    code = project({"main.py": SOURCE.format(body=lines)})
    scope, node = argument(code)
    assert says_error(code, scope, node, names_of(scope.node, {"e"})) == expected
