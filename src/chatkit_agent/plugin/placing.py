"""Puts the plugin where a coding agent looks for it, and takes exactly that away again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import tomlkit

from chatkit_agent.apply.writing import content_of, write_all
from chatkit_agent.errors import CannotEdit, CannotRead, Refused
from chatkit_agent.plugin.files import (
    NAME,
    PROJECT,
    SERVER,
    Agent,
    Home,
    skill_files,
    subagent_files,
    user_home,
)
from chatkit_agent.project.text.json_members import (
    depth,
    has_member,
    member,
    with_member,
    without_member,
)

PLACED = ".chatkit-agent/agents.json"
Hashes = Mapping[str, str]
"""The SHA-256 of each file's content, by its path."""


@dataclass(frozen=True)
class Placed:
    """What was put in place or taken away; `kept` are files that the user edited since."""

    agent: str
    base: str
    written: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    command: str | None = None


def install_plugin(agent: Agent, base: Path, *, user: bool = False) -> Placed:
    """Put the skills, the subagent and the MCP server where `agent` looks, below `base`.

    Raises:
        Refused: a file of that name is there that is not ours; nothing is written.
        CannotRead: the file that lists MCP servers cannot be changed safely.
        CannotWrite: a file could not be written; everything is as it was.
    """
    home = user_home(agent) if user else PROJECT[agent]
    placed = _agents_placed(base)
    files = _files(home)
    ours = {path: each for known in placed.values() for path, each in known["files"].items()}
    foreign = [path for path, content in files.items() if _is_foreign(base, path, content, ours)]
    if foreign:
        raise Refused(
            f"These files are there already and are not ours: {', '.join(foreign)}. "
            "Nothing was written. Move them away, then install again."
        )
    contents: dict[str, bytes | None] = {
        path: each for path, each in files.items() if content_of(base, path) != each
    }
    known = placed.get(agent, {"server": None})
    if home.servers and server_in(text := _text(base, home.servers), home) is None:
        was_there = content_of(base, home.servers) is not None
        server = {"sections": sections_in(text, home), "was_there": was_there}
        known = {**known, "server": server}
        contents[home.servers] = with_server(text, home).encode()
    known = {**known, "files": {path: _digest(content) for path, content in files.items()}}
    written = tuple(contents)
    if contents or placed.get(agent) != known:
        write_all(base, {**contents, PLACED: _as_json({**placed, agent: known})})
    return Placed(agent, str(base), written=written, command=home.command)


def remove_plugin(agent: Agent, base: Path, *, user: bool = False) -> Placed:
    """Take away what `install_plugin` put there; what the user edited or another agent uses stays.

    Raises:
        Refused: nothing was installed there.
        CannotRead, CannotWrite: as `install_plugin` does.
    """
    home = user_home(agent) if user else PROJECT[agent]
    placed = _agents_placed(base)
    if agent not in placed:
        raise Refused(
            f"Nothing was installed for {agent} in `{base}`, so nothing is to be removed."
        )
    others = {name: each for name, each in placed.items() if name != agent}
    shared = {path for known in others.values() for path in known["files"]}
    own = {path: each for path, each in placed[agent]["files"].items() if path not in shared}
    there = {path: content for path in own if (content := content_of(base, path)) is not None}
    kept = [path for path, content in there.items() if _digest(content) != own[path]]
    contents: dict[str, bytes | None] = {path: None for path in there if path not in kept}
    contents |= _without_server(base, home, placed[agent]["server"], kept)
    write_all(base, {**contents, PLACED: _as_json(others) if others else None})
    for path in [*contents, PLACED]:
        _tidy(base, path)
    return Placed(agent, str(base), removed=tuple(contents), kept=tuple(kept))


def _without_server(
    base: Path, home: Home, added: Mapping[str, Any] | None, kept: list[str]
) -> dict[str, bytes | None]:
    """The file of servers without ours, where it was `added`; one that the user edited is kept."""
    if added is None or home.servers is None:
        return {}
    text = _text(base, home.servers)
    said = server_in(text, home)
    if said != SERVER:
        kept.extend([home.servers] if said is not None else [])
        return {}
    left = without_server(text, home, added["sections"])
    stays = added["was_there"] or left.strip() not in ("", "{}")
    return {home.servers: left.encode() if stays else None}


def _files(home: Home) -> dict[str, bytes]:
    files = {f"{home.skills}/{path}": content for path, content in skill_files().items()}
    if home.subagents:
        files |= {f"{home.subagents}/{path}": each for path, each in subagent_files().items()}
    return files


def _is_foreign(base: Path, path: str, content: bytes, ours: Hashes) -> bool:
    there = content_of(base, path)
    return there is not None and there != content and ours.get(path) != _digest(there)


def _tidy(base: Path, path: str) -> None:
    """Remove the folders of a file that is gone, as far as nothing is left in them."""
    if (base / path).exists():
        return
    for folder in PurePosixPath(path).parents:
        if folder != PurePosixPath("."):
            with suppress(OSError):
                (base / folder).rmdir()


def _text(base: Path, path: str) -> str:
    content = content_of(base, path) or b""
    try:
        return content.decode()
    except UnicodeDecodeError as problem:
        raise CannotRead(f"`{base / path}` is not UTF-8 text. Nothing was written.") from problem


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _agents_placed(base: Path) -> dict[str, dict[str, Any]]:
    """What is installed here, by agent."""
    content = content_of(base, PLACED)
    try:
        known = json.loads(content) if content else {}
        return {agent: {"files": dict(each["files"]), **each} for agent, each in known.items()}
    except (ValueError, TypeError, KeyError, AttributeError) as problem:
        raise CannotRead(
            f"`{base / PLACED}` is damaged. Delete it, then install again."
        ) from problem


def _as_json(placed: Mapping[str, Any]) -> bytes:
    return (json.dumps(placed, indent=1) + "\n").encode()


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
