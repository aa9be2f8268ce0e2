"""Dependencies by their names, and overrides of those that are made anew for each route."""

from __future__ import annotations

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
