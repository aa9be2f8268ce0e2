"""The doctor's checks, by what they read; in each tuple, causes come before their effects."""

from __future__ import annotations

from chatkit_agent.diagnoses.boot import BOOT
from chatkit_agent.diagnoses.log import LOG
from chatkit_agent.diagnoses.settings import SETTINGS
from chatkit_agent.diagnoses.source import SOURCE
from chatkit_agent.diagnoses.wire import WIRE

__all__ = ["BOOT", "LOG", "SETTINGS", "SOURCE", "WIRE"]
