"""The ChatKit SDK's types, built at import: left for first use they cost a request, or fail it."""

from __future__ import annotations

from functools import cache

from chatkit import actions, types, widgets
from pydantic import BaseModel


@cache
def build_types() -> None:
    """The SDK's models refer to later ones, so pydantic leaves them for their first use.

    pydantic 2.12 and 2.13 cannot write a page of items of which none was made before.
    """
    for module in (types, widgets, actions):
        for kind in vars(module).values():
            if isinstance(kind, type) and issubclass(kind, BaseModel) and kind is not BaseModel:
                kind.model_rebuild()
