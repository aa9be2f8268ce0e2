"""Troubles: what people see when a chat does not work, why, and what to do."""

from __future__ import annotations

from dataclasses import dataclass, replace

from chatkit_agent.options.options import Options


@dataclass(frozen=True)
class Trouble:
    symptom: str
    cause: str
    fix: str


TROUBLES = (
    Trouble(
        "503 with `not_configured`",
        "A variable is not set, or set under another prefix, or in a `.env` that is not read.",
        "Set what the message names. The chat reads the environment, then the nearest `.env` "
        "above its `config.py`, then the one in the folder where the application is started.",
    ),
    Trouble(
        "503 with `not_configured` that names the database URL or a role",
        "PostgreSQL refused the password, has no such database, or lets the role make no tables.",
        "Correct `{prefix}DATABASE_URL`, or run the statements of the message as a role that may.",
    ),
    Trouble(
        "503 with `unavailable`",
        "The database does not answer at the moment, or the server is stopping.",
        "Try the same URL with `psql`. Behind PgBouncer in transaction mode set "
        "`{prefix}POOLER=true`.",
    ),
    Trouble(
        "An error in the middle of an answer (StreamError)",
        "The model's provider failed: no key or a wrong one, an unknown model, a quota, or no "
        "Responses API at that address.",
        "The line `the turn failed` in the log names it. Correct `OPENAI_API_KEY`, "
        "`OPENAI_BASE_URL` or `{prefix}MODEL`; for providers that only have Chat Completions set "
        "`{prefix}MODEL_API=chat_completions`.",
    ),
    Trouble(
        "ValidationError for extra fields when the application starts",
        "A settings class of the application reads the same `.env` and forbids names that it "
        "does not know.",
        'Give that class `extra="ignore"`; where the plan found one, it is among its changes.',
    ),
    Trouble(
        "Tool calls arrive without the user's token",
        "The request had no `Authorization: Bearer` header (a proxy may have taken it away), or "
        "the tool takes the token as an argument of a name that is not known.",
        "Send the header with every request. Names that are filled in: `access_token`, "
        "`auth_token`, `bearer_token`, `user_token`, `jwt`, `jwt_token`, `user_id`.",
    ),
    Trouble(
        "The assistant says that its tools cannot be reached",
        "`MCP_SERVER_URL` does not answer, refuses the token, or has another path.",
        "`GET {path}/health` lists it under `degraded` where nothing answers at all. Check the "
        "path, such as `/mcp`, and that the server speaks streamable HTTP.",
    ),
    Trouble(
        "401",
        "There is no token in the request, or one that is not valid.",
        "Send `Authorization: Bearer TOKEN`; the message says what is wrong with the token.",
    ),
    Trouble(
        "404 for `{path}`",
        "Another route or a mounted front end answers every path before it, or the router is not "
        "included.",
        "Include the router before what answers every path, as in the diff above.",
    ),
    Trouble(
        "409 with `busy`",
        "An answer is being written in that conversation.",
        "Wait for its end, or stop it.",
    ),
    Trouble(
        "429 with `too_many`",
        "One person has `{prefix}TURNS_PER_USER` answers written at once.",
        "Wait for one of them, or raise the number.",
    ),
    Trouble(
        "503 with `overloaded`",
        "A process writes `{prefix}TURNS_PER_PROCESS` answers already.",
        "Start more processes, or raise the number where its core is not busy yet.",
    ),
    Trouble(
        "The answer arrives all at once",
        "A proxy in front of the application buffers it.",
        "Turn buffering off for `{path}`.",
    ),
)


def troubles(options: Options) -> tuple[Trouble, ...]:
    """Every trouble, with the names that this application has for things."""

    def named(text: str) -> str:
        return text.replace("{prefix}", options.env_prefix).replace("{path}", options.path)

    return tuple(
        replace(each, symptom=named(each.symptom), cause=named(each.cause), fix=named(each.fix))
        for each in TROUBLES
    )
