"""What is seen from outside: the running application's answers, and exported traces."""

from __future__ import annotations

from chatkit_agent.diagnoses.wire.strangers_turned_away import strangers_turned_away
from chatkit_agent.observations import Check

WIRE: tuple[Check, ...] = (strangers_turned_away,)
