"""Stand-ins for the application's own sign-in, which is found by its name."""

from __future__ import annotations

import importlib
import re
from typing import Any

SWITCHES = re.compile(r"(?:\s*\w+\s*=\s*(?:True|False)\s*,?)*\s*\)")
SWITCH = re.compile(r"(\w+)\s*=\s*(True|False)")


def found_in(module: Any, name: str) -> Any:
    """What `get_user`, `Gate.user` or `users.current_user(active=True)` is; no other code is run.

    Raises:
        ValueError: the name is none of these.
    """
    path, called, given = name.partition("(")
    if called and not SWITCHES.fullmatch(given):
        raise ValueError(f"`{name}` is no name of a dependency")
    found = module
    for part in path.split("."):
        found = getattr(found, part)
    return (
        found(**{key: each == "True" for key, each in SWITCH.findall(given)}) if called else found
    )


class OfMaker(dict):  # type: ignore[type-arg]
    """`users.current_user(...)` makes functions of one name, and none is another's equal."""

    def get(self, call: Any, default: Any = None) -> Any:
        made = {getattr(each, "__qualname__", each): instead for each, instead in self.items()}
        return made.get(getattr(call, "__qualname__", call), default)


def override(app: Any, dependency: dict[str, str], spec: dict[str, Any]) -> None:
    found = dependency_of(dependency)
    app.dependency_overrides[found] = sign_in(spec)
    # A call, or a property, makes another one each time.
    if found != dependency_of(dependency):
        app.dependency_overrides = OfMaker(app.dependency_overrides)


def dependency_of(named: dict[str, str]) -> Any:
    module = importlib.import_module(named["module"])
    found = found_in(module, named["name"])
    for part in getattr(found, "__metadata__", ()):
        found = getattr(part, "dependency", found)
    return found


def sign_in(spec: dict[str, Any]) -> Any:
    """A dependency that knows people (id by token) as the application's own would."""
    from fastapi import HTTPException, Request

    def signed_in(request: Request) -> Any:
        token = taken(request, spec["carried"]) or request.headers.get("x-sandbox-person")
        if token not in spec["people"]:
            raise HTTPException(401, "not signed in", {"WWW-Authenticate": "Bearer"})
        return StandIn(spec["people"][token])

    # As text, FastAPI would look for this name outside of the function.
    signed_in.__annotations__["request"] = Request
    return signed_in


MAPPINGS = {"header": "headers", "cookie": "cookies", "query": "query_params"}


def taken(request: Any, carried: list[list[str]]) -> str | None:
    """The token of a request, from where the application's clients carry it."""
    for place, name in carried:
        if place in MAPPINGS and (value := getattr(request, MAPPINGS[place]).get(name)):
            return str(value).rpartition(" ")[2]
    return None


class StandIn(str):
    """A user of whom every attribute, item and call is the same user, and who is the id as text.

    Drivers of databases and JSON take a text, and nothing that only looks like one.
    """

    def __getattr__(self, name: str) -> StandIn:
        if name.startswith("__"):
            raise AttributeError(name)
        return self

    def __getitem__(self, name: object) -> StandIn:
        return self

    def __call__(self, *arguments: object) -> StandIn:
        return self
