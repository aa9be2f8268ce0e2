"""A call that its function cannot take is found; where something else decides, nothing is."""

from __future__ import annotations

import pytest

from chatkit_agent.checks.rules.configuration.calls_fit import calls_fit
from tests.checks.rules.conftest import CHAT, MAIN, Findings

MADE = """\
import dataclasses
import functools
from dataclasses import dataclass, field
from typing import ClassVar, NamedTuple
from pydantic import BaseModel
def make(current_user, path="/chatkit", *, page=None): ...
def open_to(name, *more, **others): ...
def placed(one, /, two=2): ...
@functools.cache
def marked(a, b): ...
try:
    def either(a): ...
except ImportError:
    def either(a, b): ...
class Server:
    def made(self, a): ...
@dataclass(frozen=True)
class Person:
    id: str
    token: str = field(repr=False)
    roles: tuple = ()
@dataclasses.dataclass
class Member(Person):
    kind: ClassVar[str] = ""
    since: list = field(default_factory=list)
class Trip(NamedTuple):
    number: str
    place: str = ""
class Opened:
    def __init__(self, pool, *, size=1): ...
class Nearer(Opened): ...
class Model(BaseModel):
    name: str
@dataclass(kw_only=True)
class Named:
    id: str
@registered
class Marked:
    def __init__(self, one): ...
class Made:
    def __new__(cls, one): ...
server = Server()
given = {}
"""


@pytest.mark.parametrize(
    ("call", "told"),
    [
        ("make(user=1)", "it takes no `user`, but `current_user`"),
        ("make(1, route='/x')", "it takes no `route`"),
        ("make()", "it is not given `current_user`"),
        ("make(path='/x')", "it is not given `current_user`"),
        ("make(1, '/x', None)", "it takes 2 arguments by place, and is given 3"),
        ("placed(one=1)", "it takes no `one`"),
        ("open_to()", "it is not given `name`"),
        ("Person('1')", "it is not given `token`"),
        ("Person('1', token='', role=())", "it takes no `role`, but `roles`"),
        ("Member('1')", "it is not given `token`"),
        ("Member('1', '', (), [], 5)", "it takes 4 arguments by place, and is given 5"),
        ("Trip()", "it is not given `number`"),
        ("Opened()", "it is not given `pool`"),
        ("Nearer(1, 2)", "it takes 1 arguments by place, and is given 2"),
    ],
)
@pytest.mark.parametrize("spelled", ["{}", "made.{}", "here.{}"])
def test_found(findings: Findings, spelled: str, call: str, told: str) -> None:
    lines = f"from app import made\nimport app.made as here\nfrom app.made import *\n{spelled}"
    main = f"{MAIN}\n{lines.format(call)}\n"
    (finding,) = findings(calls_fit, {**CHAT, "app/made.py": MADE, "app/main.py": main})
    assert told in finding.evidence
    assert finding.where == f"app/main.py:{len(main.splitlines())}"


@pytest.mark.parametrize(
    "call",
    [
        "make(1)",
        "make(current_user=1, page=2, path='/x')",
        "make(*given)",
        "make(**given)",
        "open_to(1, 2, 3, other=4)",
        "placed(1, two=3)",
        "marked(1)",
        "either(1, 2)",
        "either(1)",
        "server.made(1)",
        "Person('1', token='')",
        "Person(*given)",
        "Member('1', '', since=[])",
        "Trip('1')",
        "Opened(1, size=2)",
        "Nearer(pool=1)",
        "Model(**make(1))",
        "Named(id=1)",
        "Marked()",
        "Made(1)",
        "unknown(1, 2, 3)",
        "# make()",
        "def other(make):\n    make(1, 2, 3, 4)",
        "def other():\n    make = print\n    make(1, 2, 3, 4)",
        "[make(1, 2, 3) for make in given]",
    ],
)
def test_quiet(findings: Findings, call: str) -> None:
    main = f"{MAIN}\nfrom app.made import *\n{call}\n"
    assert not findings(calls_fit, {**CHAT, "app/made.py": MADE, "app/main.py": main})


KEPT = """\
from abc import ABC
from chatkit.server import ChatKitServer
from chatkit.store import Store
class Base(Store[dict]):
    async def load_thread(self, thread_id, context): ...
    async def save_thread(self, thread, context): ...
    async def load_threads(self, limit, after, order, context): ...
    async def load_thread_items(self, thread_id, after, limit, order, context): ...
    async def save_item(self, thread_id, item, context): ...
    add_thread_item = save_item
    async def load_item(self, thread_id, item_id, context): ...
    async def delete_thread(self, thread_id, context): ...
    async def delete_thread_item(self, thread_id, item_id, context): ...
    async def save_attachment(self, attachment, context): ...
    async def load_attachment(self, attachment_id, context): ...
    async def delete_attachment(self, attachment_id, context): ...
class Server(ChatKitServer[dict]):
    async def respond(self, thread, item, context):
        yield item
class Notes(Base):
    def other(self): ...
{more}
server = Server(Notes())
"""
THREAD, ITEMS = "load_thread(self, thread_id, context)", "thread_id, after, limit, order"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("async def load_item(", "async def load_one("),
        (ITEMS, "thread_id, limit, after, order"),
        (f"async def {THREAD}", f"def {THREAD}"),
        (THREAD, "load_thread(self, thread_id)"),
        (THREAD, "load_thread(self, thread_id, ctx)"),
        (THREAD, "load_thread(self, thread_id, context, user)"),
        ("respond(self, thread, item, context)", "respond(self, thread, context)"),
        ("respond(self, thread, item, context)", "respond(self, thread, item, context, agent)"),
        ("    add_thread_item = save_item\n", ""),
        ("{more}", "    async def save_thread(self, item): ..."),
    ],
)
def test_what_chatkit_calls(findings: Findings, old: str, new: str) -> None:
    assert old in KEPT
    store = KEPT.replace(old, new).replace("{more}", "")
    assert len(findings(calls_fit, {"app/server.py": store})) == 1


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("{more}", ""),
        (THREAD, "load_thread(self, thread_id, context, fresh=False)"),
        (THREAD, "load_thread(self, *args, **kwargs)"),
        (THREAD, "load_thread(self, id, context)"),
        (f"async def {THREAD}: ...", f"def {THREAD}:\n        return self.load_item(1, 2, 3)"),
        ("Base(Store[dict])", "Base(Kept, Store[dict])"),
        ("server = Server(Notes())", ""),
        (
            "async def respond(self, thread, item, context):\n        yield item",
            "def respond(self, thread, item, context):\n        return answered(item)",
        ),
    ],
)
def test_quiet_where_chatkit_can_call_it(findings: Findings, old: str, new: str) -> None:
    assert old in KEPT
    store = KEPT.replace(old, new).replace("{more}", "")
    if "Kept" in new or "server = " in old:
        store = store.replace("    add_thread_item = save_item\n", "")
    assert not findings(calls_fit, {"app/server.py": store})


@pytest.mark.parametrize(
    ("body", "count"),
    [
        ("await request.json()", 1),
        ("{'type': 'threads.list'}", 1),
        ("await request.body()", 0),
        ("json.dumps(await request.json())", 0),
    ],
)
def test_a_body_that_was_parsed(findings: Findings, body: str, count: int) -> None:
    main = MAIN.replace("await request.body()", body)
    assert len(findings(calls_fit, {"app/main.py": main})) == count


MODELS = """\
from typing import ClassVar, Optional
import pydantic
from pydantic import BaseModel, Field, model_validator
from chatkit.types import AssistantMessageItem as Said, ThreadMetadata
import chatkit.types as types
from chatkit.agents import AgentContext
from app.kinds import Note
class Caller(pydantic.BaseModel):
    kind: ClassVar[str] = "caller"
    id: str
    team: Optional[str]
    token: str = ""
class Named(BaseModel):
    id: str = Field(alias="ID")
    name: str
class Filled(BaseModel):
    id: str
    @model_validator(mode="before")
    def fill(cls, given): ...
class More(Caller):
    name: str
fields = make()
def turn(thread, store, ThreadMetadata_):
    {line}
"""
NOTE = "from pydantic import BaseModel\nclass Note(BaseModel):\n    text: str\n"


@pytest.mark.parametrize(
    ("line", "lacking"),
    [
        ("Said(id='a', content=[])", "`thread_id`, `created_at`"),
        ("types.ThreadItemDoneEvent()", "`item`"),
        ("AgentContext(thread=thread, store=store)", "`request_context`"),
        ("ThreadMetadata(id='a')", "`created_at`"),
        ("Caller(id='a')", "`team`"),
        ("Note()", "`text`"),
        ("types.HiddenContextItem(id='a', thread_id='b', created_at=now())", "`content`"),
        ("ThreadMetadata(**fields)", ""),
        ("ThreadMetadata(**{'id': 'a', 'created_at': now()})", ""),
        ("ThreadMetadata.model_construct(id='a')", ""),
        ("Said(id='a', thread_id='b', created_at=now(), content=[])", ""),
        ("Caller(id='a', team=None)", ""),
        ("Named(name='a')", ""),
        ("Filled()", ""),
        ("More()", ""),
        ("pass  # ThreadMetadata()", ""),
    ],
)
def test_models_that_lack_a_field(findings: Findings, line: str, lacking: str) -> None:
    files = {**CHAT, "app/kinds.py": NOTE, "app/models.py": MODELS.format(line=line)}
    found = findings(calls_fit, files | {"app/main.py": f"import app.models\n{MAIN}"})
    assert [lacking in each.evidence for each in found] == [True] * bool(lacking)
