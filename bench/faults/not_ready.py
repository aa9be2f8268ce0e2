"""The chat answers 503, or not at all."""

from __future__ import annotations

from fault import Fault, variable

HAND_URL, OUR_URL = "NOTES_CHAT_DATABASE_URL", "TASKFLOW_CHATKIT_DATABASE_URL"
SETTINGS = "taskflow/settings.py"

NOT_READY = (
    Fault(
        "the database's URL is not set",
        "delivered",
        ("variables_set",),
        plants=(variable(OUR_URL),),
        symptom="503 at /chatkit",
    ),
    Fault(
        "the model's key is left empty",
        "delivered",
        ("variables_set",),
        plants=(variable("OPENAI_API_KEY", "OPENAI_API_KEY="),),
        symptom="503 at /chatkit",
    ),
    Fault(
        "the database's URL has another prefix",
        "delivered",
        ("variables_set", "prefix_right"),
        plants=(variable(OUR_URL, "CHATKIT_DATABASE_URL=postgresql://localhost/app"),),
        symptom="503 at /chatkit",
    ),
    Fault(
        "the variables are in a file that is not read",
        "delivered",
        ("env_file_read", "variables_set"),
        plants=(
            variable(OUR_URL),
            variable(OUR_URL, f"{OUR_URL}=postgresql://localhost/app", "deploy/.env"),
        ),
        symptom="503 at /chatkit",
    ),
    Fault(
        "the database is down",
        "delivered",
        ("database_answers",),
        seen=True,
        environment={OUR_URL: "postgresql://chat@127.0.0.1:{port}/chat"},
    ),
    Fault(
        "the database's host is unknown",
        "handmade",
        ("database_answers",),
        seen=True,
        environment={HAND_URL: "postgresql://chat@no-such-host.invalid/chat"},
    ),
    Fault(
        "there is no such database",
        "delivered",
        ("database_answers",),
        seen=True,
        environment={OUR_URL: "{no database}"},
    ),
    Fault(
        "there is no such database, by hand",
        "handmade",
        ("database_answers",),
        seen=True,
        environment={HAND_URL: "{no database}"},
    ),
    Fault(
        "the password is wrong",
        "handmade",
        ("database_answers",),
        seen=True,
        environment={HAND_URL: "{wrong password}"},
    ),
    Fault(
        "the role may not make the schema",
        "handmade",
        ("database_answers",),
        seen=True,
        environment={HAND_URL: "{poor role}"},
    ),
    Fault(
        "the database has no TLS",
        "handmade",
        ("database_answers",),
        seen=True,
        environment={HAND_URL: "{tls}"},
    ),
    Fault(
        "load_dotenv() comes too late",
        "handmade",
        ("environment_loaded_first",),
    ),
    Fault(
        "the store is opened by a lifespan that never runs",
        "handmade",
        ("store_opened", "lifespan_runs"),
    ),
    Fault(
        "the pool keeps prepared statements behind PgBouncer",
        "handmade",
        ("pooler_respected",),
    ),
    Fault(
        "prepared statements break behind PgBouncer",
        "handmade",
        ("database_answers",),
        seen=True,
        questions=4,
        environment={HAND_URL: "{pooled}"},
    ),
    Fault(
        "PgBouncer behind an address that does not say so",
        "handmade",
        ("pooler_respected",),
        boot=True,
        environment={HAND_URL: "{pooled}"},
    ),
    Fault(
        "PgBouncer before the chat that was delivered",
        "delivered",
        ("pooler_respected",),
        boot=True,
        environment={OUR_URL: "{pooled}"},
    ),
    Fault(
        "the delivered chat is not told of the pooler",
        "delivered",
        ("pooler_respected",),
        plants=(variable(OUR_URL, f"{OUR_URL}=postgresql://db/app?pgbouncer=true"),),
    ),
    Fault(
        "a required variable is set nowhere",
        "handmade",
        ("required_fields_set",),
        plants=(variable(HAND_URL),),
    ),
    Fault(
        "more workers than the database has connections",
        "handmade",
        ("connections_enough",),
    ),
    Fault(
        "the router's lifespan is not run",
        "handmade",
        ("lifespan_runs",),
    ),
    Fault(
        "the router's start-up handler is dropped",
        "handmade",
        ("lifespan_runs",),
    ),
    Fault(
        "the chat's variables have another prefix",
        "handmade",
        ("required_fields_set",),
        plants=(variable("NOTES_CHAT_DATABASE_URL", "CHATKIT_DATABASE_URL=postgresql://x/notes"),),
    ),
    Fault(
        "a failed start is swallowed at import",
        "handmade",
        ("failed_start_told",),
    ),
    Fault(
        "the pool is opened at import",
        "handmade",
        ("loop_left_to_server",),
    ),
    Fault(
        "the pool is opened at import, seen",
        "handmade",
        ("loop_left_to_server", "one_loop_used"),
        seen=True,
    ),
    Fault(
        "the pool belongs to another loop",
        "handmade",
        ("one_loop_used",),
        seen=True,
    ),
    Fault(
        "a migration has not been run",
        "handmade",
        ("migrations_run",),
        seen=True,
    ),
    Fault(
        "a migration follows one that is gone",
        "handmade",
        ("migrations_in_line",),
    ),
    Fault(
        "two migrations follow the same one",
        "handmade",
        ("migrations_in_line",),
    ),
    Fault(
        "a variable that is read by hand is not set",
        "handmade",
        ("variables_set",),
        plants=(variable(HAND_URL),),
    ),
    Fault(
        "a variable that is read by hand has another name",
        "handmade",
        ("variables_set",),
        plants=(variable(HAND_URL, "CHATKIT_DATABASE_URL=postgresql://x/notes"),),
    ),
    Fault(
        "a secret that is read by hand is not set",
        "handmade",
        ("variables_set",),
        plants=(variable("NOTES_CHAT_JWT_SECRET"),),
        seen=True,
        environment={"NOTES_CHAT_JWT_SECRET": None},
    ),
)
