"""Lists of requirements in `pyproject.toml`: of the project, an extra, a group, an environment."""

from __future__ import annotations

from collections.abc import Sequence

import tomlkit
from tomlkit.items import Array, Table

from chatkit_agent.edits.dependency_files.toml_text import dumped, parsed
from chatkit_agent.errors import UnusualFile
from chatkit_agent.project.facts import Packaging
from chatkit_agent.project.text.lines import Text

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
