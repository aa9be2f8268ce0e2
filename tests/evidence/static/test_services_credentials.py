"""Parameters for the caller are told from those that only sound like it."""

from __future__ import annotations

from typing import Any

import pytest

from chatkit_agent.evidence.static.services import required_credentials


def schema(*required: str, optional: tuple[str, ...] = ()) -> dict[str, Any]:
    names = (*required, *optional)
    return {"properties": {name: {"type": "string"} for name in names}, "required": list(required)}


NESTED = {
    "properties": {"params": {"$ref": "#/$defs/Params"}},
    "required": ["params"],
    "$defs": {"Params": schema("title", "user_id", "access_token")},
}
ENDLESS = {"properties": {"a": {"$ref": "#/$defs/A"}}, "required": ["a"], "$defs": {}}
ENDLESS["$defs"] = {"A": {"$ref": "#/$defs/B"}, "B": {"$ref": "#/$defs/A"}}


@pytest.mark.parametrize(
    ("schemas", "paths"),
    [
        ([schema("title"), schema("title", "user_id", "accessToken")], ("accessToken", "user_id")),
        ([NESTED], ("params.access_token", "params.user_id")),
        ([schema("token"), schema("token", "title")], ("token",)),
    ],
)
def test_found(schemas: list[dict[str, Any]], paths: tuple[str, ...]) -> None:
    assert required_credentials(schemas) == paths


@pytest.mark.parametrize(
    "schemas",
    [
        [],
        [schema("title")],
        [schema("user_id")],
        [schema("title", optional=("access_token",))],
        [schema("token"), schema("title")],
        [schema("page_token", "token_count")],
        [ENDLESS],
        [{"required": ["access_token"]}],
    ],
)
def test_quiet(schemas: list[dict[str, Any]]) -> None:
    assert required_credentials(schemas) == ()
