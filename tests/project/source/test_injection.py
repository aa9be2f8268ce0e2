"""Injection: what FastAPI would hand to a function, and what of it proves who is calling."""

from __future__ import annotations

import libcst as cst
import pytest

from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.injection import (
    asked_for,
    credential,
    injected_function,
    is_bare_token,
    is_verified_parameter,
    passes_credential_on,
    scheme_of,
    symbol_of,
    targets,
)
from chatkit_agent.project.source.sources import Sources, Symbol
from tests.project.source.conftest import Project

HEAD = """\
from functools import partial
from typing import Annotated
import fastapi
from fastapi import Cookie, Depends, Header, Query, Request, Security
from fastapi import Depends as Needs
from fastapi.security import APIKeyHeader, HTTPBearer, OAuth2PasswordBearer

bearer = HTTPBearer()

class Own(HTTPBearer): ...
class Deeper(Own): ...
class User:
    def __init__(self, token=Depends(bearer)): ...
class Guard:
    def __call__(self, token=Depends(bearer)): ...

guard = Guard()
own = Deeper()

def find(): ...
def signed_in(token=Depends(bearer)): ...
def require(strict=True):
    def inner(token=Depends(bearer)): ...
    return inner

required = require()
Known = Annotated[User, Depends(find)]
Again = Known
LATER = Depends(find)
"""


def written(project: Project, source: str) -> Sources:
    return project({"main.py": f"{HEAD}\n{source}\n"}).sources


@pytest.mark.parametrize(
    ("params", "found"),
    [
        ("a=Depends(find)", ["find"]),
        ("a=Depends(dependency=find)", ["find"]),
        ("a=Depends(dependency=find, use_cache=False)", ["find"]),
        ("a=fastapi.Depends(find)", ["find"]),
        ("a=Needs(find)", ["find"]),
        ("a=Security(find, scopes=[])", ["find"]),
        ("a: Annotated[User, Depends(find)]", ["find"]),
        ("a: Annotated[User, 'text', Depends(find)] = None", ["find"]),
        ("a: Known", ["find"]),
        ("a: Again", ["find"]),
        ("a=LATER", ["find"]),
        ("a: User = Depends()", ["User"]),
        ("a: Annotated[User, Depends()]", ["User"]),
        ("a=Depends(find), *, b=Depends(guard)", ["find", "guard"]),
        ("a=Depends(require(strict=True))", ["require(strict=True)"]),
        ("a: User", []),
        ("a=find", []),
        ("a='Depends(find)'", []),
        ("a=Query(find)", []),
        ("a=Independs(find)", []),
        ("", []),
    ],
)
def test_what_a_function_depends_on(project: Project, params: str, found: list[str]) -> None:
    sources = written(project, f"def f({params}): ...")
    function = sources.function(Symbol("main.py", "f"))
    assert function is not None
    asked = targets(sources, "main.py", function)
    assert [syntax.code(each.value) for each in asked] == found


@pytest.mark.parametrize(
    ("text", "plain", "made"),
    [
        ("Depends(find)", ["find"], ["find"]),
        ("Security(auth.find, scopes=[])", ["auth.find"], ["auth.find"]),
        ("fastapi.Depends( find )", ["find"], ["find"]),
        ("Depends(require(1))", [], ["require"]),
        ("user: User = Depends()", ["User"], ["User"]),
        ("user: Annotated[User, Depends()]", ["User"], ["User"]),
        ("# Depends(find)", [], []),
        ("a = 1  # and\n    # Depends(find)", [], []),
        ("FromDepends(find)", [], []),
        ("Depends", [], []),
    ],
)
def test_names_asked_for_in_a_text(text: str, plain: list[str], made: list[str]) -> None:
    assert [each[1] for each in asked_for(text)] == plain
    assert [each[1] for each in asked_for(text, made=True)] == made


@pytest.mark.parametrize(
    ("name", "function"),
    [
        ("find", "find"),
        ("User", "__init__"),
        ("guard", "__call__"),
        ("required", "inner"),
        ("bearer", None),
        ("nobody", None),
        ("partly", "signed_in"),
        ("by_role", None),
    ],
)
def test_whose_parameters_are_filled(project: Project, name: str, function: str | None) -> None:
    """What a function makes of an argument is another function for each."""
    source = "partly = partial(signed_in, 1)\nby_role = require('admin')\n"
    found = injected_function(written(project, source), Symbol("main.py", name))
    assert (found[1].name.value if found else None) == function


def test_a_symbol_is_also_what_is_made_in_place(project: Project) -> None:
    sources = written(project, "")
    assert symbol_of(sources, "main.py", cst.parse_expression("find")) == Symbol("main.py", "find")
    made = symbol_of(sources, "main.py", cst.parse_expression("require(strict=True,)"))
    assert made == Symbol("main.py", "require(strict=True)")
    theirs = symbol_of(sources, "main.py", cst.parse_expression("HTTPBearer()"))
    assert theirs == Symbol(None, "fastapi.security.HTTPBearer")


@pytest.mark.parametrize(
    ("value", "scheme"),
    [
        ("bearer", "HTTPBearer"),
        ("HTTPBearer(auto_error=True)", "HTTPBearer"),
        ("fastapi.security.APIKeyHeader(name='a')", "APIKeyHeader"),
        ("own", "HTTPBearer"),
        ("HTTPBearer", None),
        ("find", None),
        ("User()", None),
        ("'HTTPBearer()'", None),
    ],
)
def test_schemes(project: Project, value: str, scheme: str | None) -> None:
    sources = written(project, "")
    assert scheme_of(sources, "main.py", cst.parse_expression(value)) == scheme


@pytest.mark.parametrize(
    ("params", "body", "found"),
    [
        ("a=Depends(bearer)", "...", "HTTPBearer"),
        ("a=Depends(signed_in)", "...", "HTTPBearer"),
        ("a=Depends(guard)", "...", "HTTPBearer"),
        ("a: User = Depends()", "...", "HTTPBearer"),
        ("a=Depends(required)", "...", "HTTPBearer"),
        ("a=Depends(find)", "...", None),
        ("authorization=Header()", "...", "Header"),
        ("x_access_token: str = Header(None)", "...", "Header"),
        ("x_user_id=Header()", "...", None),
        ("x_proof=Header()", "verify(x_proof)", "Header"),
        ("x_proof=Header()", "print(x_proof)", None),
        ("sid=Cookie()", "...", "Cookie"),
        ("user_id=Cookie()", "...", None),
        ("token=Query()", "jwt.decode(token)", "Query"),
        ("token=Query()", "print(token)", None),
        ("token: str", "jwt.decode(token)", "Query"),
        ("name: str", "jwt.decode(name)", None),
        ("r: Request", "r.session['user']", "Request"),
        ("r: Request", "r.state.user", "Request"),
        ("r: Request", "r.headers['Authorization']", "Request"),
        ("r: Request", "r.headers.get('x-access-token')", "Request"),
        ("r: Request", "check(r)", "Request"),
        ("r: Request", "r.headers['X-User-ID']", None),
        ("r: Request", "r.cookies['user_id']", None),
        ("r: Request", "r.cookies['sid']", "Request"),
        ("r: Request", "r.query_params['user']", None),
        ("r: Request", "r.url", None),
        ("r: Request", "r.client", None),
        ("r: Request", "# r.session['user']\n    ...", None),
        ("r", "r.session['user']", None),
        ("user_id: int", "...", None),
        ("", "...", None),
    ],
)
def test_what_proves_who_is_calling(
    project: Project, params: str, body: str, found: str | None
) -> None:
    sources = written(project, f"def f({params}):\n    {body}")
    function = sources.function(Symbol("main.py", "f"))
    assert function is not None
    assert credential(sources, "main.py", function) == found


@pytest.mark.parametrize(
    ("params", "body", "is_it"),
    [
        ("token=Depends(bearer)", "return token", True),
        ("token=Depends(bearer)", "return token.credentials", True),
        ("token=Depends(bearer)", "again = token\n    return again", True),
        ("a=Header()", "return a", True),
        ("r: Request", "return r.headers['Authorization']", True),
        ("r: Request", "return r.cookies.get('sid')", True),
        ("token=Depends(bearer)", "return jwt.decode(token)", False),
        ("token=Depends(bearer)", "user = find(token)\n    return user", False),
        ("token=Depends(find)", "return token", False),
        ("r: Request", "return r.state.user", False),
    ],
)
def test_a_credential_that_is_handed_on(
    project: Project, params: str, body: str, is_it: bool
) -> None:
    sources = written(project, f"def f({params}):\n    {body}")
    function = sources.function(Symbol("main.py", "f"))
    assert function is not None
    assert passes_credential_on(sources, "main.py", function) is is_it


@pytest.mark.parametrize(
    ("params", "body", "is_verified", "is_bare"),
    [
        ("token: str", "jwt.decode(token)", True, True),
        ("token: str", "jwt.decode(jwt=token)", True, True),
        ("token: str", "raw = token.strip()\n    verify_it(raw)", True, True),
        ("token: str | None = None", "validate_token(token)", True, True),
        ("token: str = Query()", "jwt.decode(token)", True, False),
        ("token: bytes", "jwt.decode(token)", True, False),
        ("token", "jwt.decode(token)", True, False),
        ("proof: str", "verify(proof)", True, False),
        ("token: str", "print(token)", False, False),
        ("token: str", "jwt.decode('token')", False, False),
        ("user_id: str", "verify(user_id)", False, False),
        ("email_token: str", "verify(email_token)", False, False),
    ],
)
def test_a_parameter_that_is_verified(
    project: Project, params: str, body: str, is_verified: bool, is_bare: bool
) -> None:
    function = written(project, f"def f({params}):\n    {body}").function(Symbol("main.py", "f"))
    assert function is not None
    (param,) = syntax.parameters(function)
    assert is_verified_parameter(function, param.name.value) is is_verified
    assert is_bare_token(function, param) is is_bare
