"""Settings classes refuse variables that they do not know."""

from __future__ import annotations

from fault import Fault, changed

HAND_URL, OUR_URL = "NOTES_CHAT_DATABASE_URL", "TASKFLOW_CHATKIT_DATABASE_URL"
SETTINGS = "taskflow/settings.py"
CONFIGURED = '    model_config = SettingsConfigDict(env_file=".env", extra="ignore")\n'
CLASS_CONFIG = '    class Config:\n        env_file = ".env"\n'

EXTRA_VARIABLES = (
    Fault(
        "a settings class forbids the chat's variables",
        "delivered",
        ("unknown_variables_ignored",),
        plants=(changed(SETTINGS, 'env_file=".env", extra="ignore"', 'env_file=".env"'),),
        symptom="ValidationError: Extra inputs are not permitted",
        edit=True,
    ),
    Fault(
        "a settings class forbids them explicitly",
        "delivered",
        ("unknown_variables_ignored",),
        plants=(changed(SETTINGS, 'extra="ignore"', 'extra="forbid"'),),
        edit=True,
    ),
    Fault(
        "a class Config forbids them",
        "delivered",
        ("unknown_variables_ignored",),
        plants=(
            changed(SETTINGS, CONFIGURED, CLASS_CONFIG),
            changed(SETTINGS, "BaseSettings, SettingsConfigDict", "BaseSettings"),
        ),
        edit=True,
    ),
    Fault(
        "a settings class by hand forbids others' variables",
        "handmade",
        ("unknown_variables_ignored",),
        edit=True,
    ),
)
