"""Environment: the variables in a project's environment files, and whether its start loads them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from io import StringIO

from dotenv.parser import parse_stream

from chatkit_agent.evidence.static import Setting
from chatkit_agent.project.env_files import is_env_file, is_example
from chatkit_agent.project.facts import EnvFile
from chatkit_agent.project.source.sources import Sources


def set_aside(sources: Sources, read: Iterable[EnvFile], name: str) -> str | None:
    """The place in an environment file that is not among those that are read."""
    known = {each.path for each in read}
    line = re.compile(rf"\s*(?:export\s+)?{re.escape(name)}\s*=\s*\S")
    for path in sources.tree.paths:
        file = path.rpartition("/")[2]
        if path in known or not is_env_file(file) or is_example(path):
            continue
        for number, text in enumerate(sources.text(path).splitlines(), 1):
            if line.match(text):
                return f"{path}:{number}"
    return None


def read_settings(sources: Sources, files: Iterable[EnvFile]) -> Iterator[Setting]:
    for file in files:
        for each in parse_stream(StringIO(sources.text(file.path))):
            if each.key:
                # dotenv counts the blank lines and comments before a variable to it.
                skipped = len(each.original.string) - len(each.original.string.lstrip("\n"))
                where = f"{file.path}:{each.original.line + skipped}"
                yield Setting(each.key, each.value or "", where, file.is_example)


STARTS = ("docker", "compose", "makefile", "procfile", "justfile")
TEXTS = (".sh", ".toml", ".md", "package.json", ".yaml", ".yml")


def is_loaded_at_start(sources: Sources) -> bool:
    """By uvicorn, a container or a task runner, as far as the project says."""
    for path in sources.tree.paths:
        name = path.rpartition("/")[2].lower()
        if name.startswith(STARTS) or name.endswith(TEXTS):
            text = sources.text(path)
            if "env-file" in text or "env_file" in text or "source .env" in text:
                return True
    return False
