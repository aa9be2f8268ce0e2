"""Environment: the variables in a project's environment files, to be checked and never shown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from io import StringIO

from dotenv.parser import parse_stream

from chatkit_agent.facts import EnvFile
from chatkit_agent.observations import Setting
from chatkit_agent.reading.sources import Sources


def read_settings(sources: Sources, files: Iterable[EnvFile]) -> Iterator[Setting]:
    for file in files:
        for each in parse_stream(StringIO(sources.text(file.path))):
            if each.key:
                # dotenv counts the blank lines and comments before a variable to it.
                skipped = len(each.original.string) - len(each.original.string.lstrip("\n"))
                where = f"{file.path}:{each.original.line + skipped}"
                yield Setting(each.key, each.value or "", where, file.is_example)
