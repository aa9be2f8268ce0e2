"""What an object is of: by what makes it, by annotations, and by the class that keeps it."""

from __future__ import annotations

import pytest

from chatkit_agent.project.source.meaning import run_by
from tests.project.source.conftest import Project

STORE = """\
class Base:
    def held(self): ...
class Store(Base):
    def load(self): ...
def make() -> Store: ...
def made():
    return Store()
"""


@pytest.mark.parametrize(
    ("source", "runs"),
    [
        ("Store().load()", "Store.load"),
        ("Store().held()", "Base.held"),
        ("make().load()", "Store.load"),
        ("made().load()", "Store.load"),
        ("store = Store()\nstore.load()", "Store.load"),
        ("def f(store: Store | None): store.load()", "Store.load"),
        ("def f(store: 'Store'): store.load()", "Store.load"),
        ("def f(store: Annotated[Store, Depends()]): store.load()", "Store.load"),
        ("def f():\n    store = Store()\n    store.load()", "Store.load"),
        ("async def f():\n    async with Store() as store:\n        store.load()", "Store.load"),
        ("class A:\n    def __init__(self): self.s = Store()\n    def f(self): self.s.load()",
         "Store.load"),
        ("class A:\n    def __init__(self, s: Store): self.s = s\n    def f(self): self.s.load()",
         "Store.load"),
        ("class A:\n    s: Store\n    def f(self): self.s.load()", "Store.load"),
        ("class A:\n    @property\n    def s(self) -> Store: ...\n    def f(self): self.s.load()",
         "Store.load"),
        ("class A(Store):\n    def load(self): super().load()", "Store.load"),
        ("class A(Store):\n    def f(self): self.held()", "Base.held"),
        ("class A(ChatKitServer[Store]):\n    def f(self, context): context.load()", "Store.load"),
        ("class A(s.Store['Store']):\n    def f(self, a, context): context.load()", "Store.load"),
        ("class A(ChatKitServer[Store]):\n    def f(self, other): other.load()", None),
        ("class A(Other[Store]):\n    def f(self, context): context.load()", None),
        ("class A(ChatKitServer[dict]):\n    def f(self, context): context.load()", None),
        ("def f():\n    def load(): ...\n    load()", "f.load"),
        ("store = other()\nstore.load()", None),
        ("def f(store): store.load()", None),
        ("x = x.y()\nx.load()", None),
        ("def again(): return again()\nagain().load()", None),
        ("def again(): return other()\ndef other(): return again()\nagain().load()", None),
    ],
)  # fmt: skip
def test_the_method_that_runs(project: Project, source: str, runs: str | None) -> None:
    code = project({"store.py": STORE, "main.py": f"from store import *\n{source}\n"})
    called = (code.called(each) for each in code.calls if each.scope.file == "main.py")
    found = {each.name for each in called if each} - {"make", "made", "again", "other"}
    assert found == ({runs} if runs else set())


def test_what_a_call_is_handed_runs_as_well(project: Project) -> None:
    source = "import asyncio\ndef work(): ...\nasync def f(): await asyncio.to_thread(work)\n"
    code = project({"main.py": source})
    (call,) = code.calls
    assert [each.name for each in run_by(call)] == ["work"]
