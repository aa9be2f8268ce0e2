"""Keys that say who asks: required, refused, and never kept."""

from __future__ import annotations

import importlib
from types import ModuleType
from typing import Annotated

import pytest
from fastapi import Header, HTTPException, Query

from .test_routes import CREATE, client


def by_key(x_api_key: Annotated[str, Header()], version: Annotated[int, Query()] = 1) -> str:
    if x_api_key != "of-ann":
        raise HTTPException(403)
    return x_api_key


def test_a_required_key_that_was_not_sent_is_asked_for(services: ModuleType) -> None:
    http = client(services, current_user=by_key)
    assert http.post("/chatkit", json=CREATE).status_code == 401
    assert http.post("/chatkit?version=x", json=CREATE).status_code == 422
    assert http.post("/chatkit", json=CREATE, headers={"x-api-key": "other"}).status_code == 403


def test_who_has_a_key_is_known_by_it_and_it_is_not_kept(services: ModuleType) -> None:
    routes = importlib.import_module(services.chatkit_routes.__module__)
    keyed = routes.id_of_key("of-ann")
    assert keyed == routes.id_of_key("of-ann") != routes.id_of_key("of-bob")
    assert "of-ann" not in keyed
    known = routes._caller(None, routes.id_of_key, "of-ann")
    assert (known.user_id, known.token) == (keyed, "of-ann")
    with pytest.raises(routes.Refused):
        routes._caller(None, routes.id_of_key, None)


def test_of_two_keys_none_is_believed(services: ModuleType) -> None:
    routes = importlib.import_module(services.chatkit_routes.__module__)
    assert routes.one_key(None, "of-ann", "") == "of-ann" == routes.one_key("of-ann", "of-ann")
    assert routes.one_key(None, None) is None
    with pytest.raises(routes.Refused) as refused:
        routes.one_key("of-ann", "of-bob")
    assert "of-bob" not in str(refused.value)
