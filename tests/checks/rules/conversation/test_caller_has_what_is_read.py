"""An attribute that a class of the project lacks is found; where it may come later, nothing is."""

from __future__ import annotations

import pytest

from chatkit_agent.checks.rules.conversation.caller_has_what_is_read import caller_has_what_is_read
from tests.checks.rules.conftest import CHAT, MAIN, SERVER, Findings

CONTEXT = """\
from dataclasses import dataclass
from enum import Enum
from pydantic import BaseModel
@dataclass(frozen=True)
class Caller:
    user_id: str
    claims: dict
    def shown(self): ...
class Context(Caller):
    tenant: str = ""
class Model(BaseModel):
    name: str
class Open:
    def __getattr__(self, name): ...
@registered
class Marked: ...
class Later: ...
def set_up(later):
    later.extra = 1
"""
IMPORT = (
    "from app.context import Caller, Context, Later, Marked, Model, Open\nimport app.context as c\n"
)


@pytest.mark.parametrize(
    ("kind", "read", "near"),
    [
        ("Context", "it.name", ""),
        ("Context", "it.userid", "but `user_id`"),
        ("c.Context", "it.user", "but `user_id`"),
        ("Caller", "it.tenant", ""),
        ("Context", "it.claim['name']", "but `claims`"),
        ("Context", "f'{it.nam_e}'", ""),
    ],
)
def test_found(findings: Findings, kind: str, read: str, near: str) -> None:
    server = f"{IMPORT}{SERVER}\ndef prompt(it: {kind}):\n    return {read}\n"
    (finding,) = findings(
        caller_has_what_is_read, {**CHAT, "app/context.py": CONTEXT, "app/server.py": server}
    )
    assert finding.where == f"app/server.py:{len(server.splitlines())}"
    assert near in finding.evidence


@pytest.mark.parametrize(
    ("kind", "read"),
    [
        ("Context", "it.user_id"),
        ("Context", "it.tenant, it.claims, it.shown()"),
        ("Context", "it.__class__"),
        ("Context", "getattr(it, 'name', None) or it.name"),
        ("Model", "it.model_dump()"),
        ("Open", "it.anything"),
        ("Marked", "it.anything"),
        ("Later", "it.extra"),
        ("Unknown", "it.name"),
        ("Context | None", "it.name"),
        ("Context", "1  # it.name"),
    ],
)
def test_quiet(findings: Findings, kind: str, read: str) -> None:
    server = f"{IMPORT}{SERVER}\ndef prompt(it: {kind}):\n    return {read}\n"
    files = {**CHAT, "app/context.py": CONTEXT, "app/server.py": server}
    assert not findings(caller_has_what_is_read, files)


TURN = SERVER.replace("        items =", "        {line}\n        items =")
HANDED = 'server.process(await request.body(), {"user": user})'


@pytest.mark.parametrize(
    ("line", "given"),
    [
        ('who = context["member"]', HANDED),
        ('who = chat.request_context["usr"]', HANDED),
        ("KEY = 'member'\n        who = context[KEY]", HANDED),
        ('who = context["user"]', "server.process(await request.body(), dict(person=user))"),
        ('who = context["user"]', 'server.process(await request.body(), {"person": user})'),
    ],
)
def test_a_key_that_no_request_is_handed_on_with(findings: Findings, line: str, given: str) -> None:
    main, server = MAIN.replace(HANDED, given), TURN.replace("{line}", line)
    files = {**CHAT, "app/main.py": main, "app/server.py": server}
    (finding,) = findings(caller_has_what_is_read, files)
    assert "KeyError" in finding.what


@pytest.mark.parametrize(
    ("line", "given"),
    [
        ('who = context["user"]', HANDED),
        ('who = context.get("member")', HANDED),
        ('who = item["member"]', HANDED),
        ('context["member"] = 1\n        who = context["member"]', HANDED),
        ('context.setdefault("member", 1)\n        who = context["member"]', HANDED),
        ('who = context["user"]', "server.process(await request.body(), made(user))"),
        ('who = context["user"]', 'server.process(await request.body(), {**more, "a": 1})'),
        ('# context["member"]', HANDED),
    ],
)
def test_a_key_that_may_be_there(findings: Findings, line: str, given: str) -> None:
    main, server = MAIN.replace(HANDED, given), TURN.replace("{line}", line)
    files = {**CHAT, "app/main.py": main, "app/server.py": server}
    assert not findings(caller_has_what_is_read, files)


SIGN_IN = """\
import typing as t
from typing import Annotated, Any, NamedTuple
from dataclasses import dataclass
import jwt
from fastapi import Depends, FastAPI, Request
from app.server import Server
@dataclass
class Person:
    id: str
class Pair(NamedTuple):
    id: str
app = FastAPI()
def claims(request: Request):
    return jwt.decode(request.headers["x"], KEY, algorithms=["HS256"])
def entry(request: Request):
    return {"user_id": request.headers["x"], "name": ""}
def subject(request: Request) -> str:
    return claims(request)["sub"]
class Users:
    def __call__(self, request: Request) -> dict:
        return found(request)
users = Users()
Known = Annotated[dict, Depends(claims)]
@app.post("/chatkit")
async def chatkit(request: Request, user{said}):
    who = user
    {line}
    return await Server().process(await request.body(), {"user": who})
"""


@pytest.mark.parametrize(
    ("said", "line", "why"),
    [
        (": dict = Depends(users)", "user.id", "AttributeError"),
        (": dict[str, Any] = Depends(users)", "user.id", "AttributeError"),
        (": t.Dict[str, Any] = Depends(users)", "user.id", "AttributeError"),
        (": Annotated[dict, Depends(users)]", "log(of=user.id)", "AttributeError"),
        ("=Depends(claims)", "user.sub", "AttributeError"),
        ("=Depends(claims)", "who.sub", "AttributeError"),
        (": str = Depends(subject)", "user.id", "AttributeError"),
        ("=Depends(entry)", 'user["id"]', "KeyError"),
        (": dict = Depends(entry)", 'NAME = "id"; who[NAME]', "KeyError"),
        (": Person = Depends(made)", 'user["id"]', "TypeError"),
    ],
)
def test_a_user_that_is_read_otherwise_than_it_is(
    findings: Findings, said: str, line: str, why: str
) -> None:
    main = SIGN_IN.replace("{said}", said).replace("{line}", line)
    (finding,) = findings(caller_has_what_is_read, {"app/main.py": main})
    assert why in finding.what


@pytest.mark.parametrize(
    ("said", "line"),
    [
        (": dict = Depends(users)", 'user["id"], user.get("id"), user.items()'),
        (": str = Depends(subject)", "user.strip()"),
        (": Any = Depends(users)", "user.id"),
        ("=Depends(claims)", 'user["anything"]'),
        ("=Depends(entry)", 'user["user_id"]'),
        (": dict = Depends(entry)", "user = Person(**user); user.id"),
        (": dict = Depends(entry)", "isinstance(user, dict) or user.id"),
        (": Person = Depends(made)", "user.id"),
        (": Pair = Depends(made)", "user[0]"),
        (": Person = Depends(made)", 'rows[user.id]["id"]'),
    ],
)
def test_a_user_that_is_read_as_it_is(findings: Findings, said: str, line: str) -> None:
    main = SIGN_IN.replace("{said}", said).replace("{line}", line)
    assert not findings(caller_has_what_is_read, {"app/main.py": main})


@pytest.mark.parametrize(
    ("line", "given", "count"),
    [
        ("who = context.user", HANDED, 1),
        ("who = chat.request_context.user", HANDED, 1),
        ("who = context.user", "server.process(await request.body(), context=dict(user=1))", 1),
        ("who = context.get('user')", HANDED, 0),
        ("who = context.user", "server.process(await request.body(), made(user))", 0),
    ],
)
def test_a_context_that_is_a_dict(findings: Findings, line: str, given: str, count: int) -> None:
    main, server = MAIN.replace(HANDED, given), TURN.replace("{line}", line)
    files = {**CHAT, "app/main.py": main, "app/server.py": server}
    assert len(findings(caller_has_what_is_read, files)) == count


def test_a_context_of_a_class_by_what_the_server_is_of(findings: Findings) -> None:
    server = IMPORT + TURN.replace("[dict]", "[Caller]")
    files = {
        **CHAT,
        "app/context.py": CONTEXT,
        "app/main.py": MAIN.replace('{"user": user}', "made(user)"),
    }
    for line, count in (
        ("who = context.name", 1),
        ('who = context["user_id"]', 1),
        ("who = context.user_id", 0),
    ):
        given = {**files, "app/server.py": server.replace("{line}", line)}
        assert len(findings(caller_has_what_is_read, given)) == count
