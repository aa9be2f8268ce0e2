"""What is seen from outside: the running application's answers, and exported traces."""

from __future__ import annotations

from chatkit_agent.diagnoses.wire.answer_streams_through import answer_streams_through
from chatkit_agent.diagnoses.wire.bad_bodies_refused import bad_bodies_refused
from chatkit_agent.diagnoses.wire.large_bodies_refused import large_bodies_refused
from chatkit_agent.diagnoses.wire.preflight_allowed import preflight_allowed
from chatkit_agent.diagnoses.wire.route_answers import route_answers
from chatkit_agent.diagnoses.wire.strangers_turned_away import strangers_turned_away
from chatkit_agent.evidence.static import Check

WIRE: tuple[Check, ...] = (
    strangers_turned_away,
    route_answers,
    preflight_allowed,
    answer_streams_through,
    bad_bodies_refused,
    large_bodies_refused,
)
