"""What only shows when the application runs, and when its services are asked."""

from __future__ import annotations

from chatkit_agent.diagnoses.boot.answers_outlive_process import answers_outlive_process
from chatkit_agent.diagnoses.boot.application_starts import application_starts
from chatkit_agent.diagnoses.boot.question_answered import question_answered
from chatkit_agent.diagnoses.boot.services_answer import services_answer
from chatkit_agent.diagnoses.boot.tools_get_token import tools_get_token
from chatkit_agent.evidence.static import Check

BOOT: tuple[Check, ...] = (
    services_answer,
    application_starts,
    question_answered,
    tools_get_token,
    answers_outlive_process,
)
