"""TOML files: requirements put into their lists and tables, only where the rest stays faithful."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

import tomlkit
from packaging.requirements import Requirement
from tomlkit import TOMLDocument
from tomlkit.exceptions import TOMLKitError
from tomlkit.items import Array, InlineTable, Table

from chatkit_agent.errors import UnusualFile
from chatkit_agent.project.facts import Packaging
from chatkit_agent.project.text.lines import Text


def parsed(text: Text) -> TOMLDocument:
    """The document.

    Raises:
        UnusualFile: it is not valid, or would not be written back as it is.
    """
    try:
        document = tomlkit.parse(text.text)
    except TOMLKitError as error:
        raise UnusualFile(f"it is not valid TOML: {error}.") from error
    if tomlkit.dumps(document) != text.text:
        raise UnusualFile("it could not be written back as it is.")
    return document


def dumped(text: Text, document: TOMLDocument) -> Text:
    """The text of a document that was changed.

    Raises:
        UnusualFile: the text would not say what the document does.
    """
    changed = tomlkit.dumps(document)
    try:
        is_same = tomlkit.parse(changed).unwrap() == document.unwrap()
    except TOMLKitError as error:
        raise UnusualFile("its list is laid out in an unusual way.") from error
    if not is_same:
        raise UnusualFile("its list is laid out in an unusual way.")
    # tomlkit ends what it adds with a plain line feed, whatever the file's lines end with.
    if text.newline == "\r\n":
        changed = re.sub(r"(?<!\r)\n", "\r\n", changed)
    return replace(text, text=changed)


ONE_LINE = 88


def add_to_list(text: Text, missing: Sequence[str], packaging: Packaging) -> Text:
    document = parsed(text)
    *above, key = packaging.table
    table: object = document
    for name in above:
        table = table.get(name, {}) if hasattr(table, "get") else {}
    if isinstance(table, Table) and key not in table and key == "dependencies":
        table.add(key, tomlkit.array())
    listed = table.get(key) if hasattr(table, "get") else None
    if not isinstance(listed, Array):
        raise UnusualFile(f"it has no list `{key}` in `[{'.'.join(above)}]`.")
    _extend(listed, missing)
    return dumped(text, document)


def _extend(listed: Array, missing: Sequence[str]) -> None:
    is_one_line = "\n" not in listed.as_string()
    listed.extend(each for each in missing if each not in listed)
    if is_one_line and len(listed.as_string()) > ONE_LINE:
        listed.multiline(True)


def add_to_table(text: Text, missing: Sequence[str], packaging: Packaging) -> Text:
    document = parsed(text)
    if packaging.style == "pixi" and packaging.table[0] not in document:
        # What pixi takes from the index of Python alone stands in a table of its own.
        document.add(packaging.table[0], tomlkit.table())
    table: object = document
    for name in packaging.table:
        table = table.get(name) if hasattr(table, "get") else None
    if not isinstance(table, Table):
        raise UnusualFile(f"it has no table `[{'.'.join(packaging.table)}]`.")
    for requirement in map(Requirement, missing):
        if requirement.name not in table:
            table.add(requirement.name, _entry(requirement))
    return dumped(text, document)


def _entry(requirement: Requirement) -> str | InlineTable:
    version = ",".join(sorted(map(str, requirement.specifier), reverse=True))
    entry: dict[str, object] = {}
    if requirement.extras:
        entry["extras"] = sorted(requirement.extras)
    entry["version"] = version
    if requirement.marker:
        entry["markers"] = str(requirement.marker).replace('"', "'")
    if entry.keys() == {"version"}:
        return version
    table = tomlkit.inline_table()
    table.update(entry)
    return table
