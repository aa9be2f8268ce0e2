"""What is read from the application's log."""

from __future__ import annotations

from chatkit_agent.diagnoses.log.database_answers import database_answers
from chatkit_agent.diagnoses.log.model_answers import model_answers
from chatkit_agent.diagnoses.log.no_exception_left import no_exception_left
from chatkit_agent.observations import Check

LOG: tuple[Check, ...] = (
    database_answers,
    model_answers,
    no_exception_left,
)
