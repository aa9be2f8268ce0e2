"""Overrides: a dependency that is made anew for each route is found by who makes it."""

from __future__ import annotations

import json
from collections.abc import Callable
from types import SimpleNamespace

import pytest
from fastapi import Depends, FastAPI, HTTPException
from fastapi.testclient import TestClient

from chatkit_agent.evidence.run.boot_overrides import OfMaker, StandIn, found_in, override


def current_user(active: bool = True) -> Callable[[], None]:
    def dependency() -> None:
        raise HTTPException(401, str(active))

    return dependency


def superuser() -> Callable[[], None]:
    def dependency() -> None:
        raise HTTPException(403)

    return dependency


def nothing() -> None: ...


def test_what_is_made_anew_is_overridden_and_nothing_else() -> None:
    app = FastAPI()
    app.add_api_route("/me", nothing, dependencies=[Depends(current_user())])
    app.add_api_route("/own", nothing, dependencies=[Depends(superuser())])
    app.dependency_overrides = OfMaker({current_user(active=False): nothing})
    client = TestClient(app)
    assert [client.get(path).status_code for path in ("/me", "/own")] == [200, 403]


class Gate:
    user = superuser

    @property
    def each(self) -> Callable[[], None]:
        return current_user()


gate = Gate()


@pytest.mark.parametrize("name", ["gate.each", "current_user()"])
def test_one_that_is_another_at_each_look(name: str) -> None:
    app = FastAPI()
    app.add_api_route("/me", nothing, dependencies=[Depends(gate.each)])
    app.add_api_route("/own", nothing, dependencies=[Depends(superuser())])
    override(app, {"module": __name__, "name": name}, {"people": {"t": "alice"}, "carried": []})
    client = TestClient(app, headers={"X-Sandbox-Person": "t"})
    assert [client.get(path).status_code for path in ("/me", "/own")] == [200, 403]


MODULE = SimpleNamespace(current_user=current_user, Gate=Gate)


def test_a_dependency_is_found_by_its_name() -> None:
    assert found_in(MODULE, "current_user") is current_user
    assert found_in(MODULE, "Gate.user") is superuser
    with pytest.raises(HTTPException, match="False"):
        found_in(MODULE, "current_user(active=False)")()


@pytest.mark.parametrize("name", ["current_user(print(1))", "current_user(active=open)", "a()()"])
def test_no_other_code_is_run_for_a_name(name: str) -> None:
    with pytest.raises(ValueError, match="is no name"):
        found_in(MODULE, name)


def test_a_stand_in_is_a_text_for_drivers_and_a_user_for_the_application() -> None:
    user = StandIn("u-1")
    found = [user.user_id, user.account.id, user["sub"], user.get("sub"), user]
    assert all(isinstance(each, str) and str(each) == "u-1" for each in found)
    assert json.loads(json.dumps({"user": user.id})) == {"user": "u-1"}
