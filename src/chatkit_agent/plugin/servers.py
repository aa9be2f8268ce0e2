"""Our MCP server in the file that lists an agent's servers: put in, found, and taken out."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import tomlkit

from chatkit_agent.errors import CannotEdit
from chatkit_agent.plugin.files import NAME, SERVER
from chatkit_agent.plugin.homes import Home
from chatkit_agent.project.text.json_members import (
    depth,
    has_member,
    member,
    with_member,
    without_member,
)


def server_in(text: str, home: Home) -> Any:
    """What the file says of our server; None where it does not name it.

    Raises:
        CannotEdit: it is not the JSON or TOML that can be changed without losing something.
    """
    if not text.strip():
        return None
    with _readable(home):
        if _is_toml(home):
            return tomlkit.parse(text).unwrap().get(home.section, {}).get(NAME)
        keys = (home.section, NAME)
        return member(text, keys) if has_member(text, keys) else None


def sections_in(text: str, home: Home) -> int:
    """1 where the file has a section of servers already, else 0."""
    return 0 if _is_toml(home) else depth(text, (home.section,))


def with_server(text: str, home: Home) -> str:
    """The text with our server; every other byte as it was."""
    with _readable(home):
        if not _is_toml(home):
            return with_member(text, (home.section, NAME), SERVER)
        gap = "" if not text else "\n" if text.endswith("\n") else "\n\n"
        added = text + gap + _table(home)
        tomlkit.parse(added)
        return added


def without_server(text: str, home: Home, sections: int) -> str:
    """The text as it was before `with_server`; later additions of the user stay.

    `sections` is what `sections_in` said then.
    """
    with _readable(home):
        if not _is_toml(home):
            return without_member(text, (home.section, NAME), keep=sections)
        before, table, after = text.partition(_table(home))
        if not table:
            raise ValueError("its table was edited")
        return before.removesuffix("\n") + after if before else after


def _table(home: Home) -> str:
    values = "".join(f"{key} = {json.dumps(value)}\n" for key, value in SERVER.items())
    return f"[{home.section}.{NAME}]\n{values}"


def _snippet(home: Home) -> str:
    if _is_toml(home):
        return _table(home)
    return json.dumps({home.section: {NAME: SERVER}}, indent=2)


@contextmanager
def _readable(home: Home) -> Iterator[None]:
    try:
        yield
    except (ValueError, AttributeError) as problem:
        raise CannotEdit(
            f"`{home.servers}` cannot be changed safely: {problem}. Nothing was written. "
            f"Change it by hand; this is what belongs there:\n{_snippet(home)}",
            _snippet(home),
        ) from problem


def _is_toml(home: Home) -> bool:
    return str(home.servers).endswith(".toml")
