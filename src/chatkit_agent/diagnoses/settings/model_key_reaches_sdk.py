"""A model key in the environment file reaches the SDK."""

from __future__ import annotations

from collections.abc import Iterator

from chatkit_agent.evidence.static import Observations
from chatkit_agent.evidence.static.starting import is_loaded_at_start
from chatkit_agent.findings import Finding

NAME = "OPENAI_API_KEY"
GIVING = (
    "load_dotenv",
    "dotenv_values",
    "api_key=",
    "set_default_openai_key",
    "set_default_openai_client",
)


def model_key_reaches_sdk(observations: Observations) -> Iterator[Finding]:
    """The SDK looks into the environment only, and settings classes do not write into it."""
    chat = observations.chat
    there = next(observations.set_in_files(NAME), None)
    if there is None or NAME in observations.environ or not chat.runs:
        return
    texts = [chat.code.sources.text(file) for file in chat.code.sources.python]
    if any(word in text for text in texts for word in GIVING) or is_loaded_at_start(
        observations.sources
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
        severity="warning",
        cause="model key missing",
        explains=("stream_error", "silent"),
    )
