"""The rules on streaming, by their codes."""

from __future__ import annotations

from typing import Any

from chatkit_agent.checks.check import Check
from chatkit_agent.checks.rules.streaming.answer_streams import answer_streams
from chatkit_agent.checks.rules.streaming.answer_written_bit_by_bit import answer_written_bit_by_bit
from chatkit_agent.checks.rules.streaming.answers_outlive_process import answers_outlive_process
from chatkit_agent.checks.rules.streaming.errors_kept_inside import errors_kept_inside
from chatkit_agent.checks.rules.streaming.event_loop_free import event_loop_free
from chatkit_agent.checks.rules.streaming.failures_are_no_messages import failures_are_no_messages
from chatkit_agent.checks.rules.streaming.failures_told import failures_told
from chatkit_agent.checks.rules.streaming.lock_given_back import lock_given_back
from chatkit_agent.checks.rules.streaming.middlewares_let_answers_through import (
    middlewares_let_answers_through,
)
from chatkit_agent.checks.rules.streaming.one_turn_at_a_time import one_turn_at_a_time
from chatkit_agent.checks.rules.streaming.outages_survived import outages_survived
from chatkit_agent.checks.rules.streaming.page_goes_on import page_goes_on
from chatkit_agent.checks.rules.streaming.partial_answer_kept import partial_answer_kept
from chatkit_agent.checks.rules.streaming.retry_repeats_nothing import retry_repeats_nothing
from chatkit_agent.checks.rules.streaming.stop_keeps_partial import stop_keeps_partial
from chatkit_agent.checks.rules.streaming.stream_begins_with_event import stream_begins_with_event
from chatkit_agent.checks.rules.streaming.stream_sent_as_events import stream_sent_as_events
from chatkit_agent.checks.rules.streaming.turns_exclusive import turns_exclusive

STREAMING: tuple[Check[Any], ...] = (
    answer_streams,
    stream_begins_with_event,
    stream_sent_as_events,
    answer_written_bit_by_bit,
    middlewares_let_answers_through,
    event_loop_free,
    partial_answer_kept,
    failures_told,
    failures_are_no_messages,
    errors_kept_inside,
    one_turn_at_a_time,
    turns_exclusive,
    stop_keeps_partial,
    retry_repeats_nothing,
    outages_survived,
    answers_outlive_process,
    lock_given_back,
    page_goes_on,
)
