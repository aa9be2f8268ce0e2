"""The rules on storage, by their codes."""

from __future__ import annotations

from typing import Any

from chatkit_agent.checks.check import Check
from chatkit_agent.checks.rules.storage.attachments_limited import attachments_limited
from chatkit_agent.checks.rules.storage.caches_of_their_users import caches_of_their_users
from chatkit_agent.checks.rules.storage.columns_there import columns_there
from chatkit_agent.checks.rules.storage.completion_ids_replaced import completion_ids_replaced
from chatkit_agent.checks.rules.storage.connections_enough import connections_enough
from chatkit_agent.checks.rules.storage.conversation_survives_restart import (
    conversation_survives_restart,
)
from chatkit_agent.checks.rules.storage.conversations_kept import conversations_kept
from chatkit_agent.checks.rules.storage.ids_long_enough import ids_long_enough
from chatkit_agent.checks.rules.storage.items_added_once import items_added_once
from chatkit_agent.checks.rules.storage.items_go_with_thread import items_go_with_thread
from chatkit_agent.checks.rules.storage.items_of_their_turn import items_of_their_turn
from chatkit_agent.checks.rules.storage.items_ordered_by_sequence import items_ordered_by_sequence
from chatkit_agent.checks.rules.storage.loop_left_to_server import loop_left_to_server
from chatkit_agent.checks.rules.storage.migrations_in_line import migrations_in_line
from chatkit_agent.checks.rules.storage.pages_bounded import pages_bounded
from chatkit_agent.checks.rules.storage.pooler_respected import pooler_respected
from chatkit_agent.checks.rules.storage.rows_of_their_users import rows_of_their_users
from chatkit_agent.checks.rules.storage.session_given_back import session_given_back
from chatkit_agent.checks.rules.storage.sql_parameterised import sql_parameterised
from chatkit_agent.checks.rules.storage.tables_kept_current import tables_kept_current
from chatkit_agent.checks.rules.storage.tables_made_once import tables_made_once
from chatkit_agent.checks.rules.storage.text_storable import text_storable
from chatkit_agent.checks.rules.storage.threads_saved_without_items import (
    threads_saved_without_items,
)
from chatkit_agent.checks.rules.storage.times_have_zone import times_have_zone

STORAGE: tuple[Check[Any], ...] = (
    conversations_kept,
    tables_made_once,
    tables_kept_current,
    columns_there,
    migrations_in_line,
    items_go_with_thread,
    items_ordered_by_sequence,
    ids_long_enough,
    completion_ids_replaced,
    threads_saved_without_items,
    text_storable,
    times_have_zone,
    session_given_back,
    loop_left_to_server,
    connections_enough,
    pooler_respected,
    conversation_survives_restart,
    sql_parameterised,
    caches_of_their_users,
    pages_bounded,
    items_of_their_turn,
    items_added_once,
    attachments_limited,
    rows_of_their_users,
)
