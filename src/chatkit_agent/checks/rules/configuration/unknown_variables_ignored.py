"""The settings classes ignore the chat's variables in the environment file."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from chatkit_agent.checks.check import PROJECT, Finding, check
from chatkit_agent.evidence.static import Evidence, Setting
from chatkit_agent.project.facts import SettingsClass
from chatkit_agent.project.source.folders import upwards, within
from chatkit_agent.project.source.settings_fields import settings_fields


@check("CK703", needs=PROJECT, symptoms=("extra_fields", "does_not_start", "unavailable"))
def unknown_variables_ignored(evidence: Evidence) -> Iterator[Finding]:
    """pydantic-settings forbids variables that a class does not know, so the first one of the chat
    ends the application at its start.
    """
    project = evidence.project
    for settings in project.settings_of(project.app):
        unknown = _strangers(evidence, settings) if settings.forbids_extra else []
        if unknown:
            yield _finding(settings, unknown)


def _strangers(evidence: Evidence, settings: SettingsClass) -> list[Setting]:
    """Variables in the files of a class that it has no field for; empty ones do it no harm."""
    fields = settings_fields(evidence.sources, settings)
    if fields is None:
        return []
    app = evidence.project.app
    folder = app.working_directory if app else ""
    files = {posixpath.normpath(within(folder, name)) for name in settings.env_files}
    if any("find_dotenv" in name for name in settings.env_files):
        files |= {within(above, ".env") for above in upwards(settings.file)}
    there = [
        each
        for each in evidence.settings
        if not each.is_example and each.value and each.where.rpartition(":")[0] in files
    ]
    return [each for each in there if not fields.knows(each.name)]


def _finding(settings: SettingsClass, unknown: list[Setting]) -> Finding:
    names = ", ".join(f"`{each.name}`" for each in unknown[:6])
    more = f" and {len(unknown) - 6} more" if len(unknown) > 6 else ""
    return Finding(
        what=f"`{settings.name}` refuses variables that it does not know, so the application ends "
        "at its start with a ValidationError: extra inputs are not permitted.",
        where=f"{settings.file}, class `{settings.name}`; {unknown[0].where}",
        evidence=f'It has no field for {names}{more}, and does not say `extra="ignore"`.',
        fix='Let the class say `extra="ignore"`.',
        edit="allow_extra_settings",
        cause=f"extra:{settings.name}",
    )
