"""Speaking: every statement that has to do with some names is found, by whatever name it says."""

from __future__ import annotations

import re

import pytest

from chatkit_agent.project.source.sources import Symbol
from chatkit_agent.project.source.speaking import speaking, speaks
from tests.project.source.conftest import Project


@pytest.mark.parametrize(
    ("source", "line"),
    [
        ("from fastapi import FastAPI", "app = FastAPI()"),
        ("from fastapi import FastAPI as F", "app = F()"),
        ("import fastapi as f", "app = f.FastAPI()"),
        ("from fastapi import FastAPI\nMade = FastAPI", "app = Made()"),
        ("from fastapi import FastAPI\nclass Own(FastAPI): ...", "app = Own()"),
        ("from fastapi import FastAPI\ndef make(): return FastAPI()", "app = make()"),
        ("from fastapi import FastAPI as F\ndef a(): return F()\ndef b(): return a()", "app = b()"),
        ("def b(): return a()\ndef a(): return FastAPI()", "app = b()"),
        ("if x:\n    from fastapi import FastAPI as F", "app = F()"),
        ("try:\n    def a(): return FastAPI()\nexcept E: ...", "app = a()"),
        ("app = FastAPI()", "app.add(1)"),
        ("self.app = FastAPI()", "self.run()"),
    ],
)
def test_a_statement_that_speaks_of_it(project: Project, source: str, line: str) -> None:
    sources = project({"main.py": f"{source}\n{line}\n"}).sources
    patterns = speaking(sources, "main.py", "FastAPI", "fastapi")
    assert any(re.search(each, line.encode()) for each in patterns)


@pytest.mark.parametrize(
    ("source", "line"),
    [
        ("from fastapi import FastAPI", "app = other()"),
        ("from fastapi import FastAPI", "app = FastAPIs()"),
        ("from own import F", "app = F()"),
        ("def make(): return 1", "app = make()"),
        ("import fastapi\nimport own as F", "app = F()"),
    ],
)
def test_one_that_does_not(project: Project, source: str, line: str) -> None:
    sources = project({"main.py": f"{source}\n{line}\n"}).sources
    patterns = speaking(sources, "main.py", "FastAPI", "fastapi")
    assert not any(re.search(each, line.encode()) for each in patterns)


@pytest.mark.parametrize(
    ("name", "words", "is_it"),
    [
        ("says", [rb"\bFastAPI\b"], True),
        ("says", [rb"\bother\b", rb"\bFastAPI\b"], True),
        ("silent", [rb"\bFastAPI\b"], False),
        ("Kind.method", [rb"\bFastAPI\b"], True),
        ("silent", [], True),
        ("value", [rb"\bFastAPI\b"], True),
        ("nothing", [rb"\bFastAPI\b"], True),
    ],
)
def test_a_function_is_left_out_only_where_none_of_the_words_is_in_it(
    project: Project, name: str, words: list[bytes], is_it: bool
) -> None:
    """What is no function or class, or is not there, is for its reader to judge."""
    source = (
        "def says(): return FastAPI()\ndef silent(): return 1\nvalue = 1\n"
        "class Kind:\n    def method(self): return FastAPI()\n"
    )
    sources = project({"main.py": source}).sources
    assert speaks(sources, Symbol("main.py", name), lambda path: words) is is_it
