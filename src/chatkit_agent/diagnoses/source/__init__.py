"""What is read from the source of the chat."""

from __future__ import annotations

from chatkit_agent.diagnoses.source.algorithms_fixed import algorithms_fixed
from chatkit_agent.diagnoses.source.bad_requests_refused import bad_requests_refused
from chatkit_agent.diagnoses.source.body_limited import body_limited
from chatkit_agent.diagnoses.source.caller_verified import caller_verified
from chatkit_agent.diagnoses.source.chat_works_without_tools import chat_works_without_tools
from chatkit_agent.diagnoses.source.claims_not_from_client import claims_not_from_client
from chatkit_agent.diagnoses.source.columns_there import columns_there
from chatkit_agent.diagnoses.source.completion_ids_replaced import completion_ids_replaced
from chatkit_agent.diagnoses.source.connection_per_turn import connection_per_turn
from chatkit_agent.diagnoses.source.conversations_kept import conversations_kept
from chatkit_agent.diagnoses.source.cors_lets_chat_through import cors_lets_chat_through
from chatkit_agent.diagnoses.source.credentials_told import credentials_told
from chatkit_agent.diagnoses.source.errors_kept_inside import errors_kept_inside
from chatkit_agent.diagnoses.source.event_loop_free import event_loop_free
from chatkit_agent.diagnoses.source.failed_start_told import failed_start_told
from chatkit_agent.diagnoses.source.failures_are_no_messages import failures_are_no_messages
from chatkit_agent.diagnoses.source.failures_told import failures_told
from chatkit_agent.diagnoses.source.headers_set_before_connecting import (
    headers_set_before_connecting,
)
from chatkit_agent.diagnoses.source.history_given import history_given
from chatkit_agent.diagnoses.source.ids_long_enough import ids_long_enough
from chatkit_agent.diagnoses.source.instructions_of_ours import instructions_of_ours
from chatkit_agent.diagnoses.source.invented_tools_survived import invented_tools_survived
from chatkit_agent.diagnoses.source.items_go_with_thread import items_go_with_thread
from chatkit_agent.diagnoses.source.items_ordered_by_sequence import items_ordered_by_sequence
from chatkit_agent.diagnoses.source.lifespan_runs import lifespan_runs
from chatkit_agent.diagnoses.source.loop_left_to_server import loop_left_to_server
from chatkit_agent.diagnoses.source.middlewares_let_answers_through import (
    middlewares_let_answers_through,
)
from chatkit_agent.diagnoses.source.migrations_in_line import migrations_in_line
from chatkit_agent.diagnoses.source.model_takes_settings import model_takes_settings
from chatkit_agent.diagnoses.source.one_turn_at_a_time import one_turn_at_a_time
from chatkit_agent.diagnoses.source.partial_answer_kept import partial_answer_kept
from chatkit_agent.diagnoses.source.prompt_filled import prompt_filled
from chatkit_agent.diagnoses.source.refusal_names_variable import refusal_names_variable
from chatkit_agent.diagnoses.source.route_reachable import route_reachable
from chatkit_agent.diagnoses.source.router_included import router_included
from chatkit_agent.diagnoses.source.session_given_back import session_given_back
from chatkit_agent.diagnoses.source.stream_begins_with_event import stream_begins_with_event
from chatkit_agent.diagnoses.source.subject_required import subject_required
from chatkit_agent.diagnoses.source.tables_kept_current import tables_kept_current
from chatkit_agent.diagnoses.source.tables_made_once import tables_made_once
from chatkit_agent.diagnoses.source.text_storable import text_storable
from chatkit_agent.diagnoses.source.threads_of_their_users import threads_of_their_users
from chatkit_agent.diagnoses.source.threads_saved_without_items import threads_saved_without_items
from chatkit_agent.diagnoses.source.times_have_zone import times_have_zone
from chatkit_agent.diagnoses.source.tls_context_shared import tls_context_shared
from chatkit_agent.diagnoses.source.token_handed_on import token_handed_on
from chatkit_agent.diagnoses.source.token_not_logged import token_not_logged
from chatkit_agent.diagnoses.source.token_not_stored import token_not_stored
from chatkit_agent.diagnoses.source.token_out_of_prompt import token_out_of_prompt
from chatkit_agent.diagnoses.source.tokens_expire import tokens_expire
from chatkit_agent.diagnoses.source.tokens_for_us import tokens_for_us
from chatkit_agent.diagnoses.source.tool_calls_not_repeated import tool_calls_not_repeated
from chatkit_agent.diagnoses.source.tool_errors_worded import tool_errors_worded
from chatkit_agent.diagnoses.source.tool_logs_quiet import tool_logs_quiet
from chatkit_agent.diagnoses.source.tool_results_remembered import tool_results_remembered
from chatkit_agent.diagnoses.source.tools_called_by_client import tools_called_by_client
from chatkit_agent.diagnoses.source.tools_given_time import tools_given_time
from chatkit_agent.diagnoses.source.tracing_chosen import tracing_chosen
from chatkit_agent.diagnoses.source.transport_fits import transport_fits
from chatkit_agent.diagnoses.source.users_told_apart import users_told_apart
from chatkit_agent.evidence.static import Check

SOURCE: tuple[Check, ...] = (
    caller_verified,
    tokens_expire,
    algorithms_fixed,
    tokens_for_us,
    subject_required,
    threads_of_their_users,
    users_told_apart,
    lifespan_runs,
    router_included,
    route_reachable,
    prompt_filled,
    model_takes_settings,
    transport_fits,
    token_handed_on,
    headers_set_before_connecting,
    connection_per_turn,
    cors_lets_chat_through,
    middlewares_let_answers_through,
    token_out_of_prompt,
    credentials_told,
    token_not_stored,
    token_not_logged,
    tool_calls_not_repeated,
    tools_given_time,
    partial_answer_kept,
    chat_works_without_tools,
    failures_are_no_messages,
    failures_told,
    one_turn_at_a_time,
    tool_results_remembered,
    history_given,
    items_go_with_thread,
    failed_start_told,
    tables_made_once,
    tables_kept_current,
    columns_there,
    migrations_in_line,
    text_storable,
    items_ordered_by_sequence,
    ids_long_enough,
    completion_ids_replaced,
    threads_saved_without_items,
    bad_requests_refused,
    stream_begins_with_event,
    session_given_back,
    errors_kept_inside,
    tool_errors_worded,
    instructions_of_ours,
    claims_not_from_client,
    tools_called_by_client,
    tool_logs_quiet,
    event_loop_free,
    loop_left_to_server,
    refusal_names_variable,
    conversations_kept,
    invented_tools_survived,
    tracing_chosen,
    body_limited,
    times_have_zone,
    tls_context_shared,
)
