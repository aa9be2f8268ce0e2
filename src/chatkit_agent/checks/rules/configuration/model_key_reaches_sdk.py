"""A model key in the environment file reaches the SDK."""

from __future__ import annotations

from collections.abc import Iterator

from chatkit_agent.checks.check import PROJECT, check
from chatkit_agent.checks.finding import Finding
from chatkit_agent.evidence.static import Evidence
from chatkit_agent.evidence.static.starting import is_loaded_at_start

NAME = "OPENAI_API_KEY"
GIVING = (
    "load_dotenv",
    "dotenv_values",
    "api_key=",
    "set_default_openai_key",
    "set_default_openai_client",
)


@check(
    "CK708",
    "A model key in the environment file reaches the SDK",
    needs=PROJECT,
    severity="warning",
    symptoms=("stream_error", "silent"),
)
def model_key_reaches_sdk(evidence: Evidence) -> Iterator[Finding]:
    """A model key in the environment file reaches the SDK, which looks into the environment
    only: by `load_dotenv()`, by the command that starts the application, or given to a client.
    """
    chat = evidence.chat
    there = next(evidence.set_in_files(NAME), None)
    if there is None or NAME in evidence.environ or not chat.runs:
        return
    texts = [chat.code.sources.code(file) for file in chat.code.sources.python]
    if any(word in text for text in texts for word in GIVING) or is_loaded_at_start(
        evidence.sources
    ):
        return
    call = chat.runs[0]
    yield Finding(
        what="Every turn fails for want of a key: it stands in the environment file only, and the "
        "SDK does not read that.",
        where=there.where,
        evidence=f"Nothing calls `load_dotenv()` or gives the key to a client; the agent is run at "
        f"{chat.code.where(call.scope, call.node)}.",
        fix="Call `load_dotenv()` first of all, or give the key to `AsyncOpenAI(api_key=...)`.",
        cause="model key missing",
    )
