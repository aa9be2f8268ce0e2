"""Env files: the environment files of a project, and the names (never the values) in them."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Sequence
from io import StringIO

from dotenv.parser import parse_stream

from chatkit_agent.project.facts import App, EnvFile, SettingsClass
from chatkit_agent.project.source.folders import upwards, within
from chatkit_agent.project.source.sources import Sources
from chatkit_agent.project.text.visible import is_plain

ENV_FILE = re.compile(r"\.env(\.[\w.-]+|[-_]\w+)?|[\w-]+\.env|env[._-](example|sample|template)")
OTHER_FORMAT = re.compile(r"\.(ya?ml|json|toml|py|js|ts)\b")
EXAMPLE = re.compile(r"example|sample|template|dist|default|tmpl", re.IGNORECASE)


def find_env_files(
    sources: Sources, app: App | None, settings: Sequence[SettingsClass] = ()
) -> tuple[EnvFile, ...]:
    """Those beside the application or above it, and those that its settings name.

    A path may lead out of the project, such as `../.env`.
    """
    folders = upwards(app.file if app else "")
    beside = [path for path in sources.tree.paths if path.rpartition("/")[0] in folders]
    found = [
        path
        for path in beside
        if ENV_FILE.fullmatch(path.rpartition("/")[2]) and not OTHER_FORMAT.search(path)
    ]
    named = _paths_named(sources, app.working_directory if app else "", settings)
    return tuple(_env_file(sources, path) for path in sorted({*found, *named}))


def _paths_named(sources: Sources, folder: str, settings: Iterable[SettingsClass]) -> list[str]:
    written = {name: each.file for each in settings for name in each.env_files}
    paths = {posixpath.normpath(within(folder, name)): file for name, file in written.items()}
    return [path for path, file in paths.items() if is_plain(path) and sources.has(path, file)]


def _env_file(sources: Sources, path: str) -> EnvFile:
    names = [each.key for each in parse_stream(StringIO(sources.text(path))) if each.key]
    is_example = EXAMPLE.search(path.rpartition("/")[2]) is not None
    return EnvFile(path, is_example, tuple(dict.fromkeys(names)))
