"""Overrides of dependencies that are made anew wherever they are asked for."""

from __future__ import annotations

from typing import Any


class OfMaker(dict):  # type: ignore[type-arg]
    """`users.current_user(...)` makes functions of one name, and none is another's equal."""

    def get(self, call: Any, default: Any = None) -> Any:
        made = {getattr(each, "__qualname__", each): instead for each, instead in self.items()}
        return made.get(getattr(call, "__qualname__", call), default)
