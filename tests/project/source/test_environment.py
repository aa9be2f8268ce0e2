"""Environment: the variable behind an expression is found through settings, names and helpers."""

from __future__ import annotations

import libcst as cst
import pytest

from chatkit_agent.project.facts import Named, SettingsClass
from chatkit_agent.project.source.environment import Environment, functions_in
from chatkit_agent.project.source.sources import Symbol
from tests.project.source.conftest import Project

HEAD = """\
import os
from dataclasses import dataclass, field
from os import environ, getenv
from pydantic import SecretStr
from pydantic_settings import BaseSettings

class Settings(BaseSettings):
    jwt_key: SecretStr
    algorithm: str = "HS256"

settings = Settings()
KEY = os.getenv("KEY")
AGAIN = KEY
TEXT = "text"
CONFIG = {"key": os.environ["KEY"], "inner": TEXT}

def get_settings(): return Settings()
def secret(): return os.environ["KEY"]
def config(): return {"key": getenv("KEY")}
def unwrap(value): return value

class Reader:
    key = os.getenv("KEY")
    def __init__(self, given):
        self.given = given
        self.own = os.getenv("OWN")
    @property
    def read(self): return os.environ["READ"]

reader = Reader(os.getenv("GIVEN"))

@dataclass
class Made:
    key: str = field(default_factory=lambda: os.getenv("KEY"))

def low(value):
    see(value)
def high():
    low(os.getenv("HIGH"))

"""
FOUND = [
    ("os.getenv('KEY')", Named("KEY")),
    ("getenv('KEY', 'plain')", Named("KEY", "plain")),
    ("environ['KEY']", Named("KEY")),
    ("os.environ.get('KEY')", Named("KEY")),
    ("os.getenv('KEY') or 'plain'", Named("KEY")),
    ("str(os.getenv('KEY'))", Named("KEY")),
    ("OctKey.import_key(os.getenv('KEY'), {'use': 'sig'})", Named("KEY")),
    ("os.getenv('KEY').encode()", Named("KEY")),
    ("'plain'", Named(None, "plain")),
    ("TEXT", Named(None, "text")),
    ("KEY", Named("KEY")),
    ("AGAIN", Named("KEY")),
    ("CONFIG['key']", Named("KEY")),
    ("CONFIG['inner']", Named(None, "text")),
    ("config()['key']", Named("KEY")),
    ("settings.jwt_key", Named("JWT_KEY")),
    ("settings.jwt_key.get_secret_value()", Named("JWT_KEY")),
    ("get_settings().jwt_key", Named("JWT_KEY")),
    ("app.state.settings.jwt_key", Named("JWT_KEY")),
    ("settings.algorithm", Named("ALGORITHM", "HS256")),
    ("secret()", Named("KEY")),
    ("unwrap(settings.jwt_key)", Named("JWT_KEY")),
    ("Reader.key", Named("KEY")),
    ("reader.own", Named("OWN")),
    ("reader.given", Named("GIVEN")),
    ("reader.read", Named("READ")),
    ("Made.key", Named("KEY")),
    ("unknown", None),
    ("settings.other", None),
    ("CONFIG['other']", None),
    ("find(1)", None),
    ("3", None),
]


def environment(project: Project, rest: str = "") -> Environment:
    code = project({"main.py": HEAD + rest})
    kind = SettingsClass("Settings", "main.py", "pydantic-settings", None, (), False)
    return Environment(code.sources, (kind,))


@pytest.mark.parametrize(("value", "found"), FOUND)
def test_behind_an_expression(project: Project, value: str, found: Named | None) -> None:
    held = environment(project).behind("main.py", cst.parse_expression(value))
    key = (held.variable and held.variable.upper(), held.default) if held else None
    assert key == ((found.variable, found.default) if found else None)


def behind_in(project: Project, rest: str, function: str = "f", value: str = "x") -> str | None:
    known = environment(project, rest)
    scope = known.sources.function(Symbol("main.py", function))
    held = known.behind("main.py", cst.parse_expression(value), scope)
    return held.variable if held else None


def test_a_name_of_the_function_goes_before_that_of_the_module(project: Project) -> None:
    assert behind_in(project, "def f():\n    KEY = os.getenv('OTHER')\n", value="KEY") == "OTHER"
    assert behind_in(project, "def f(): ...\n", value="KEY") == "KEY"


@pytest.mark.parametrize(
    ("calls", "variable"),
    [
        ("f(os.getenv('ONE'))", "ONE"),
        ("f(x=os.getenv('ONE'))", "ONE"),
        ("f(os.getenv('ONE')); f(x=os.environ['ONE'])", "ONE"),
        ("f(os.getenv('ONE')); f(os.getenv('TWO'))", None),
        ("# f(os.getenv('ONE'))\n    ...", None),
        ("g(os.getenv('ONE'))", None),
    ],
)
def test_what_all_callers_pass(project: Project, calls: str, variable: str | None) -> None:
    assert behind_in(project, f"def f(x): ...\ndef caller():\n    {calls}\n") == variable


def test_what_calls_itself_for_ever_ends(project: Project) -> None:
    assert behind_in(project, "def f(x): f(x)\n") is None
    assert behind_in(project, "def f(): x = y; y = x\n") is None


def test_functions_of_a_module_and_of_its_classes() -> None:
    text = "def a(): ...\nclass B:\n    def c(self): ...\n    class D:\n        def e(self): ...\n"
    found = functions_in(cst.parse_module(text))
    assert [each.name.value for each in found] == ["a", "c", "e"]
