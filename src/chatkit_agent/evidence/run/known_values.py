"""Known values: what a project's own env files, examples and compose files say of a variable."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from io import StringIO

from dotenv import dotenv_values

from chatkit_agent.project.detectors.env_files import EXAMPLE
from chatkit_agent.project.facts import App
from chatkit_agent.project.source.compose import compose_files
from chatkit_agent.project.source.side_files import is_side_file
from chatkit_agent.project.source.sources import Sources, upwards, within

FILE = re.compile(r"(?:\.?[\w-]*\.|\.?dot)?env(?:[._-][\w.-]+)?", re.IGNORECASE)
OTHER = re.compile(r"\.(?:ya?ml|json|toml|py|js|mjs|ts|md|sh|ps1|bat|ini|html?|lock)$|d\.ts$")
ABOVE = (".env", ".env.example", ".env.sample", ".env.template", ".env.dist", "example.env")
LARGEST = 512 * 1024
LONGEST = 8 * 1024
PLACEHOLDER = re.compile(
    r"<[^<>]*>|\.\.\.|\$[{(]|\{\{|\[(?:your|insert)\b|"
    r"(?:change|replace|update|set|fill|insert|put|add|enter|paste)[\s_-]*"
    r"(?:me|this|it|in|with|here|your?)(?![a-z])|"
    r"(?<![a-z0-9])your?[_ -]|(?<![a-z0-9])your[a-z]*(?:key|secret|token|password)|[_ -]here$|"
    r"^(?:my|some|a)[_ -].*(?:secret|key|token)|^sk-x+$|^[*x?_.-]{3,}$|"
    r"^(?:todo|tbd|none|null|placeholder|example|secret|password|string|value)$",
    re.IGNORECASE | re.DOTALL,
)


def known_values(
    sources: Sources, app: App | None, name: str, exact: bool
) -> Iterator[tuple[str, str]]:
    """Values that are none of a reader's to fill in, with the file of each: real files first."""
    for path, found in _files(sources, app):
        for key, value in found.items():
            is_it = key == name if exact else key.lower() == name.lower()
            if is_it and not is_placeholder(value):
                yield value, path


def spelling(sources: Sources, app: App | None, name: str) -> str:
    """A variable as a file spells it, where its case makes no difference."""
    keys = (key for _, found in _files(sources, app) for key in found)
    return next((key for key in keys if key.lower() == name.lower()), name.upper())


def is_placeholder(value: str) -> bool:
    text = value.strip()
    is_unusable = not text or "\0" in text or len(text) > LONGEST
    return is_unusable or PLACEHOLDER.search(text) is not None


def _files(sources: Sources, app: App | None) -> Iterator[tuple[str, Mapping[str, str]]]:
    folders = upwards(app.file if app else "")

    def rank(path: str) -> tuple[bool, bool, int, str]:
        folder, _, name = path.rpartition("/")
        near = folders.index(folder) if folder in folders else len(folders) + path.count("/")
        return EXAMPLE.search(name) is not None, is_side_file(path), near, path

    named = [path for path in sources.tree.paths if _is_env_file(path.rpartition("/")[2])]
    above = [within(up, name) for up in sources.tree.above for name in ABOVE]
    found = [*named, *(path for path in above if sources.tree.exists(path))]
    for path in sorted(found, key=rank):
        if len(text := sources.text(path)) <= LARGEST:
            yield path, _values(text)
    for path, services in compose_files(sources):
        yield path, {name: value for each in services for name, value, _ in each.variables()}


def _is_env_file(name: str) -> bool:
    return FILE.fullmatch(name) is not None and OTHER.search(name) is None


@lru_cache(maxsize=32)
def _values(text: str) -> Mapping[str, str]:
    # What this machine's own environment holds is not put into it.
    found = dotenv_values(stream=StringIO(text), interpolate=False)
    return {name: value or "" for name, value in found.items()}
