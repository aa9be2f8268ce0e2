"""The fields that the chat's settings class requires are set where it reads them."""

from __future__ import annotations

from collections.abc import Iterator

from chatkit_agent.checks.check import PROJECT, Finding, check
from chatkit_agent.evidence.static import Evidence, Setting
from chatkit_agent.project.facts import SettingsClass
from chatkit_agent.project.source.settings_fields import Field, Fields, settings_fields


@check("CK706", needs=PROJECT, symptoms=("does_not_start", "unavailable", "server_error"))
def required_fields_set(evidence: Evidence) -> Iterator[Finding]:
    """Told where the same file sets others of its fields; a variable of another prefix is named."""
    code = evidence.chat.code
    made = {call.method for call in code.calls if call.node.args}
    for settings in evidence.project.settings:
        fields = settings_fields(evidence.sources, settings)
        if fields is None or settings.file not in code.files or settings.name in made:
            continue
        there = [each for each in evidence.settings if not each.is_example]
        place = next((each for each in there if fields.knows(each.name)), None)
        for field in fields.fields:
            if place and field.required and not _is_set(evidence, field, fields):
                yield _finding(evidence, settings, field, fields, place)


def _is_set(evidence: Evidence, field: Field, fields: Fields) -> bool:
    """In a file, in the environment, or named by whatever starts the application."""
    names = {each.name for each in evidence.settings if not each.is_example}
    only = Fields((field,), fields.prefix, fields.delimiter)
    if any(only.knows(name) for name in names | evidence.environ):
        return True
    return any(evidence.is_deployed_with(name) for name in field.variables)


def _finding(
    evidence: Evidence,
    settings: SettingsClass,
    field: Field,
    fields: Fields,
    place: Setting,
) -> Finding:
    name = field.variables[0].upper()
    near = _near(evidence, field)
    said = f"`{near.name}` is set, which nothing of it reads" if near else "nothing sets it"
    return Finding(
        what=f"`{settings.name}` cannot be made, with a ValidationError: Field required for "
        f"`{field.name}`.",
        where=(near or place).where,
        evidence=f"The class in {settings.file} reads `{name}` and has no default for it; {said}.",
        fix=f"Rename `{near.name}` to `{name}`." if near else f"Set `{name}`.",
        severity="error" if near or _is_told(evidence) else "warning",
        cause=f"unset:{name}",
    )


def _is_told(evidence: Evidence) -> bool:
    return bool(evidence.symptoms & {"does_not_start", "unavailable", "server_error"})


def _near(evidence: Evidence, field: Field) -> Setting | None:
    """A variable that ends like the field, such as one with another prefix."""
    others = [settings_fields(evidence.sources, each) for each in evidence.project.settings]
    for each in evidence.settings:
        ends = each.name.lower().endswith(field.name.lower())
        is_read = any(other and other.knows(each.name) for other in others)
        if ends and not each.is_example and not is_read and not _is_named(evidence, each):
            return each
    return None


def _is_named(evidence: Evidence, setting: Setting) -> bool:
    """Whether the source reads it by its own name."""
    return bool(evidence.sources.holding(setting.name.encode()))
