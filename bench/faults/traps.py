"""What works on a laptop and fails with people."""

from __future__ import annotations

from fault import Fault, changed, variable

HAND_URL, OUR_URL = "NOTES_CHAT_DATABASE_URL", "TASKFLOW_CHATKIT_DATABASE_URL"
SETTINGS = "taskflow/settings.py"

TRAPS = (
    Fault(
        "X-User-ID is believed",
        "handmade",
        ("caller_verified",),
    ),
    Fault(
        "tokens are not verified",
        "handmade",
        ("caller_verified",),
    ),
    Fault(
        "tokens never expire",
        "handmade",
        ("tokens_expire", "caller_verified"),
    ),
    Fault(
        "the token chooses its algorithm",
        "handmade",
        ("algorithms_fixed",),
    ),
    Fault(
        "a token that names nobody is taken",
        "handmade",
        ("subject_required",),
    ),
    Fault(
        "the token's issuer is not checked",
        "handmade",
        ("tokens_for_us",),
    ),
    Fault(
        "the token's keys are fetched in the event loop",
        "handmade",
        ("event_loop_free",),
    ),
    Fault(
        "the token's secret is short",
        "handmade",
        ("secret_long_enough",),
        plants=(variable("NOTES_CHAT_JWT_SECRET", "NOTES_CHAT_JWT_SECRET=swordfish"),),
    ),
    Fault(
        "tool calls are repeated",
        "handmade",
        ("tool_calls_not_repeated",),
        edit=True,
    ),
    Fault(
        "slow tools are given up after 5 seconds",
        "handmade",
        ("tool_calls_not_repeated", "tools_given_time"),
        edit=True,
    ),
    Fault(
        "conversations are traced",
        "handmade",
        ("tracing_chosen",),
    ),
    Fault(
        "the mcp library logs everything",
        "handmade",
        ("token_not_logged", "tool_logs_quiet"),
        edit=True,
    ),
    Fault(
        "a closed tab loses the answer",
        "handmade",
        ("partial_answer_kept",),
    ),
    Fault(
        "two answers at once",
        "handmade",
        ("one_turn_at_a_time",),
    ),
    Fault(
        "items are ordered by time",
        "handmade",
        ("items_ordered_by_sequence",),
    ),
    Fault(
        "a query does not name the user",
        "handmade",
        ("threads_of_their_users",),
    ),
    Fault(
        "ids are short",
        "handmade",
        ("ids_long_enough",),
    ),
    Fault(
        "exceptions are shown to people",
        "handmade",
        ("errors_kept_inside",),
    ),
    Fault(
        "any body is accepted",
        "handmade",
        ("body_limited", "bad_requests_refused"),
    ),
    Fault(
        "a session is held for the whole answer",
        "handmade",
        ("session_given_back",),
    ),
    Fault(
        "history goes into the instructions",
        "handmade",
        ("instructions_of_ours",),
    ),
    Fault(
        "the tools' server is spoken to by hand",
        "handmade",
        ("tools_called_by_client",),
    ),
    Fault(
        "the page has no domain key",
        "handmade",
        ("domain_key_set",),
    ),
    Fault(
        "the page's domain key is that of a laptop",
        "handmade",
        ("domain_key_set",),
        symptom="the chat does not appear on our domain",
    ),
    Fault(
        "production has the domain key of a laptop",
        "handmade",
        ("domain_key_set",),
        plants=(
            variable(
                "VITE_DOMAIN_KEY",
                "VITE_DOMAIN_KEY=domain_pk_localhost_dev",
                "web/.env.production",
            ),
        ),
    ),
    Fault(
        "no chat without tools",
        "handmade",
        ("chat_works_without_tools",),
    ),
    Fault(
        "an invented tool ends the turn",
        "handmade",
        ("invented_tools_survived",),
    ),
    Fault(
        "the model is told what a tool's exception says",
        "handmade",
        ("tool_errors_worded",),
    ),
    Fault(
        "what tools raise is caught by another name",
        "handmade",
        ("chat_works_without_tools",),
    ),
    Fault(
        "an apology is kept as a message",
        "handmade",
        ("failures_are_no_messages",),
    ),
    Fault(
        "a column that the schema does not have",
        "handmade",
        ("columns_there",),
    ),
    Fault(
        "a deploy gives answers two seconds",
        "handmade",
        ("answers_given_time_to_end",),
    ),
    Fault(
        "HAProxy cuts silent answers",
        "handmade",
        ("proxy_streams",),
    ),
    Fault(
        "answers end with their process",
        "delivered",
        ("answers_outlive_process",),
        plants=(
            changed(
                "taskflow/chatkit_runtime/turn.py",
                "events.paced(CHECKPOINT_SECONDS, lambda: self._save(answer))",
                "events.paced(3600, lambda: self._save(answer))",
            ),
            changed(
                "taskflow/chatkit_runtime/lifecycle.py",
                "            self._drain_on_signals()\n",
                "",
            ),
        ),
        boot=True,
    ),
    Fault(
        "a column that neither the schema nor a migration has",
        "handmade",
        ("columns_there",),
    ),
    Fault(
        "a table that the schema does not have",
        "handmade",
        ("columns_there",),
    ),
)
