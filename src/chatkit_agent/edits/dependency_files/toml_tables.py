"""Tables of requirements, as Poetry, Pipenv and pixi keep them: a name with a version."""

from __future__ import annotations

from collections.abc import Sequence

import tomlkit
from packaging.requirements import Requirement
from tomlkit.items import InlineTable, Table

from chatkit_agent.edits.dependency_files.toml_text import dumped, parsed
from chatkit_agent.errors import UnusualFile
from chatkit_agent.project.facts import Packaging
from chatkit_agent.project.text.lines import Text


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
