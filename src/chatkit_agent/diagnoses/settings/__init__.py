"""What is read from settings, environment files, dependencies and deployment files."""

from __future__ import annotations

from chatkit_agent.diagnoses.settings.sdk_names_free import sdk_names_free
from chatkit_agent.diagnoses.settings.unknown_variables_ignored import unknown_variables_ignored
from chatkit_agent.observations import Check

SETTINGS: tuple[Check, ...] = (
    sdk_names_free,
    unknown_variables_ignored,
)
