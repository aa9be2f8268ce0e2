"""Texts in a JSON value, however deep."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any


def texts_in(body: str) -> tuple[str, ...]:
    """Those in a body; none in what is no JSON, or goes too deep to be read."""
    try:
        return tuple(_strings_in(json.loads(body)))
    except (ValueError, RecursionError):
        return ()


def _strings_in(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for part in value.values() if isinstance(value, dict) else value:
            yield from _strings_in(part)
