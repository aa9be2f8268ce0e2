"""Overrides: a dependency that is made anew for each route is found by who makes it."""

from __future__ import annotations

from collections.abc import Callable

from fastapi import Depends, FastAPI, HTTPException
from fastapi.testclient import TestClient

from chatkit_agent.evidence.run.boot_overrides import OfMaker


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
