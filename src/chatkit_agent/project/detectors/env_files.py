"""Env files: the environment files of a project, and the names (never the values) in them."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Sequence
from io import StringIO

from dotenv.parser import parse_stream

from chatkit_agent.project.env_files import is_env_file, is_example
from chatkit_agent.project.facts import App, EnvFile, SettingsClass
from chatkit_agent.project.source.folders import upwards, within
from chatkit_agent.project.source.sources import Sources
from chatkit_agent.project.text.visible import is_plain


def find_env_files(
    sources: Sources, app: App | None, settings: Sequence[SettingsClass] = ()
) -> tuple[EnvFile, ...]:
    """Those beside the application or above it, and those that its settings name.

    A path may lead out of the project, such as `../.env`.
    """
    folders = upwards(app.file if app else "")
    beside = [path for path in sources.tree.paths if path.rpartition("/")[0] in folders]
    found = [path for path in beside if is_env_file(path.rpartition("/")[2])]
    named = _paths_named(sources, app.working_directory if app else "", settings)
    return tuple(_env_file(sources, path) for path in sorted({*found, *named}))


def _paths_named(sources: Sources, folder: str, settings: Iterable[SettingsClass]) -> list[str]:
    written = {name: each.file for each in settings for name in each.env_files}
    paths = {posixpath.normpath(within(folder, name)): file for name, file in written.items()}
    return [path for path, file in paths.items() if is_plain(path) and sources.has(path, file)]


def _env_file(sources: Sources, path: str) -> EnvFile:
    names = [each.key for each in parse_stream(StringIO(sources.text(path))) if each.key]
    return EnvFile(path, is_example(path.rpartition("/")[2]), tuple(dict.fromkeys(names)))
