"""TOML tables: what a TOML file says, where what has to be a table is one."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any

import tomlkit
from tomlkit.exceptions import TOMLKitError

if sys.version_info >= (3, 11):
    import tomllib

LONGEST = 500_000
TABLES: Mapping[str, Any] = {
    "project": {"optional-dependencies": {}},
    "build-system": {},
    "dependency-groups": {},
    "packages": {},
    "dev-packages": {},
    "requires": {},
    "tool": {
        "*": {},
        "poetry": {"dependencies": {}, "group": {"*": {"dependencies": {}}}},
        "hatch": {"envs": {"*": {}}, "metadata": {"hooks": {"*": {}}}},
        "setuptools": {"dynamic": {"*": {}}},
    },
}
"""What is a table in the files that declare a project, whatever somebody wrote there."""


def tables_in(text: str) -> tuple[dict[str, Any], str | None]:
    """The tables of a file, and what of it could not be read."""
    if len(text) > LONGEST:
        return {}, f"it has more than {LONGEST:,} characters"
    try:
        found = _tables_of(text)
    except (TOMLKitError, ValueError, TypeError, AttributeError) as error:
        return {}, f"this is not valid TOML: {error}"
    except RecursionError:
        return {}, "this TOML goes too deep"
    wrong = list(_without_others(found, TABLES))
    return found, f"`{wrong[0]}` in it is no table" if wrong else None


def _tables_of(text: str) -> dict[str, Any]:
    """As Python's own parser has it, where there is one, in a twentieth of the time."""
    if sys.version_info >= (3, 11):
        with suppress(tomllib.TOMLDecodeError):
            return tomllib.loads(text)
    return dict(tomlkit.parse(text).unwrap())


def _without_others(found: dict[str, Any], shape: Mapping[str, Any]) -> Iterator[str]:
    """Take out what has to be a table and is none, and name it."""
    for name in [each for each in found if each in shape or "*" in shape]:
        if isinstance(found[name], dict):
            yield from _without_others(found[name], shape.get(name, shape.get("*", {})))
        else:
            del found[name]
            yield name
