"""Dependencies that verify an API key, and what only looks like one."""

from __future__ import annotations

import pytest

from chatkit_agent.project.detectors.api_keys import find_api_keys
from chatkit_agent.project.facts import OF_KEY, App, Auth, Named, Tokens

from .conftest import MakeSources

APP = App("main:app", "module", "main.py", "", "main.py", None, "app")
HEAD = """
import os
from secrets import compare_digest
from typing import Annotated
from fastapi import Depends, FastAPI, Header, HTTPException, Query, Request, Security
from fastapi.security import APIKeyHeader, APIKeyQuery
from config import settings
from store import find_key
app = FastAPI()
header = APIKeyHeader(name="X-API-Key", auto_error=False)
class Tenant:
    def __init__(self, id: int) -> None:
        self.id = id
"""
REFUSED = "\n        raise HTTPException(403)\n"
ASKED = "@app.get('/me', dependencies=[Depends(verify_api_key)])\ndef me(): ...\n"
KEY = "def verify_api_key(key: str = Security(header))"
VERIFYING = {
    "compared, and the key given": f"{KEY}:\n    if key == settings.key:\n        return key\n"
    "    raise HTTPException(403)\n",
    "compared, and nothing given": f"{KEY} -> None:\n    if key != os.environ['KEY']:{REFUSED}",
    "in constant time": f"{KEY}:\n    if not compare_digest(key, settings.key):{REFUSED}",
    "one of several": f"{KEY}:\n    if key not in settings.keys:{REFUSED}    return key\n",
    "looked up": f"{KEY}:\n    row = find_key(key)\n    if row is None:{REFUSED}    yield row\n",
    "a header": "async def verify_api_key(x_api_key: Annotated[str, Header()]):\n"
    f"    if x_api_key != settings.key:{REFUSED}",
    "a header by another name": "def verify_api_key(api_key: str = Header(alias='X-Key')):\n"
    f"    if api_key != settings.key:{REFUSED}",
    "in the query": "def verify_api_key(key = Depends(APIKeyQuery(name='key'))):\n"
    f"    if key != settings.key:{REFUSED}    return True\n",
    "by what raises itself": "from keys import check_key\n"
    f"{KEY}:\n    check_key(key)\n    return key\n",
    "by what it rests on": f"def inner(key: str = Security(header)):\n    if key != settings.key:"
    f"{REFUSED}    return key\ndef verify_api_key(key: str = Depends(inner)):\n    return key\n",
    "open where no key is set": f"{KEY}:\n    if settings.key and key != settings.key:{REFUSED}",
}
OTHERS = {
    "only that there is one": f"{KEY}:\n    if key is None:{REFUSED}    return key\n",
    "what says whether it fits": f"{KEY}:\n    return key == settings.key\n",
    "nothing for one that does not fit": f"{KEY}:\n    if not key:{REFUSED}"
    "    if key in settings.keys:\n        return key\n    return None\n",
    "no key": "def verify_api_key(user_id: str = Header()):\n"
    f"    if user_id not in settings.users:{REFUSED}",
    "nothing of a request": f"def verify_api_key():\n    if not settings.key:{REFUSED}",
}


@pytest.mark.parametrize("function", VERIFYING.values(), ids=VERIFYING)
def test_a_key_that_is_verified(function: str, sources: MakeSources) -> None:
    auth = find_api_keys(sources({"main.py": HEAD + function + ASKED}), APP, Auth(), None)
    (user,) = auth.dependencies
    assert (user.name, user.module, user.user_id) == ("verify_api_key", "main", OF_KEY)


@pytest.mark.parametrize("function", OTHERS.values(), ids=OTHERS)
def test_what_verifies_none(function: str, sources: MakeSources) -> None:
    made = sources({"main.py": HEAD + function + ASKED})
    assert find_api_keys(made, APP, Auth(), None).dependencies == ()


def test_a_route_that_is_commented_out_asks_for_none(sources: MakeSources) -> None:
    made = sources({"main.py": f"{HEAD}{VERIFYING['one of several']}# {ASKED}"})
    assert find_api_keys(made, APP, Auth(), None).dependencies == ()


def test_what_it_gives_says_who_has_the_key(sources: MakeSources) -> None:
    function = (
        f"{KEY} -> Tenant:\n    row = find_key(key)\n    if not row:{REFUSED}    return row\n"
    )
    made = sources({"main.py": HEAD + function + ASKED})
    (user,) = find_api_keys(made, APP, Auth(), None).dependencies
    assert user.user_id == "user.id"


@pytest.mark.parametrize(
    ("given", "is_one"),
    [
        ("return {'id': 'service'}", True),
        ("return Tenant(7)", True),
        ("return SERVICE", True),
        ("return {'id': key}", False),
        ("row = find_key(key)\n    return Tenant(row)", False),
        ("return current.get()", False),
    ],
)
def test_whether_all_who_have_a_key_are_one_person(
    given: str, is_one: bool, sources: MakeSources
) -> None:
    function = (
        f"SERVICE = Tenant(1)\n{KEY} -> Tenant:\n    if key != settings.key:{REFUSED}    {given}\n"
    )
    made = sources({"main.py": HEAD + function + ASKED})
    (user,) = find_api_keys(made, APP, Auth(), None).dependencies
    assert ("is the same person" in user.evidence) is is_one


def test_not_that_of_a_cron_job_or_beside_another_sign_in(sources: MakeSources) -> None:
    cron = VERIFYING["compared, and nothing given"].replace("verify_api_key", "verify_cron_key")
    asked = ASKED.replace("verify_api_key", "verify_cron_key")
    made = sources({"main.py": HEAD + cron + asked})
    assert find_api_keys(made, APP, Auth(), None).dependencies == ()
    keyed = sources({"main.py": HEAD + VERIFYING["compared, and nothing given"] + ASKED})
    tokens = Tokens("main.py", "KEY", "KEY", False, Named(default="HS256"), "sub", "seen")
    other = Auth(not_used=("`get_current_user` in `users.py` may give no user",))
    assert find_api_keys(keyed, APP, Auth(), tokens).dependencies == ()
    assert find_api_keys(keyed, APP, other, None).dependencies == ()
    assert find_api_keys(keyed, APP, Auth(), None).dependencies
