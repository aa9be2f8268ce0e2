"""The fields that the chat's settings class requires are set where it reads them."""

from __future__ import annotations

from collections.abc import Iterator

from chatkit_agent.evidence.static import Observations, Setting
from chatkit_agent.findings import Finding
from chatkit_agent.project.facts import SettingsClass
from chatkit_agent.project.source.settings_fields import Field, Fields, settings_fields


def required_fields_set(observations: Observations) -> Iterator[Finding]:
    """A file that sets other fields of the class is where this one is missing."""
    code = observations.chat.code
    made = {call.method for call in code.calls if call.node.args}
    for settings in observations.project.settings:
        fields = settings_fields(observations.sources, settings.file, settings.name)
        if fields is None or settings.file not in code.files or settings.name in made:
            continue
        there = [each for each in observations.settings if not each.is_example]
        place = next((each for each in there if fields.knows(each.name)), None)
        for field in fields.fields:
            if place and field.required and not _is_set(observations, field, fields):
                yield _finding(observations, settings, field, fields, place)


def _is_set(observations: Observations, field: Field, fields: Fields) -> bool:
    """In a file, in the environment, or named by whatever starts the application."""
    names = {each.name for each in observations.settings if not each.is_example}
    only = Fields((field,), fields.prefix, fields.delimiter)
    if any(only.knows(name) for name in names | observations.environ):
        return True
    return any(observations.is_deployed_with(name) for name in field.variables)


def _finding(
    observations: Observations,
    settings: SettingsClass,
    field: Field,
    fields: Fields,
    place: Setting,
) -> Finding:
    name = field.variables[0].upper()
    near = _near(observations, field, fields)
    said = f"`{near.name}` is set, which nothing of it reads" if near else "nothing sets it"
    return Finding(
        what=f"`{settings.name}` cannot be made, with a ValidationError: Field required for "
        f"`{field.name}`.",
        where=(near or place).where,
        evidence=f"The class in {settings.file} reads `{name}` and has no default for it; {said}.",
        fix=f"Rename `{near.name}` to `{name}`." if near else f"Set `{name}`.",
        severity="error" if near or _is_told(observations) else "warning",
        cause=f"unset:{name}",
        explains=("does_not_start", "unavailable", "server_error"),
    )


def _is_told(observations: Observations) -> bool:
    return bool(observations.symptoms & {"does_not_start", "unavailable", "server_error"})


def _near(observations: Observations, field: Field, fields: Fields) -> Setting | None:
    """A variable that ends like the field, such as one with another prefix."""
    others = [
        settings_fields(observations.sources, each.file, each.name)
        for each in observations.project.settings
    ]
    for each in observations.settings:
        ends = each.name.lower().endswith(field.name.lower())
        is_read = any(other and other.knows(each.name) for other in others)
        if ends and not each.is_example and not is_read and not _is_named(observations, each):
            return each
    return None


def _is_named(observations: Observations, setting: Setting) -> bool:
    """Whether the source reads it by its own name."""
    return bool(observations.sources.holding(setting.name.encode()))
