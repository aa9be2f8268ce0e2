"""Each tool call of a turn carries the token of the person who asks."""

from __future__ import annotations

from collections.abc import Iterator

from chatkit_agent.findings import Finding
from chatkit_agent.observations import Observations


def tools_get_token(observations: Observations) -> Iterator[Finding]:
    trial = observations.trial
    if trial is None or not trial.without_token:
        return
    tools = ", ".join(f"`{tool}`" for tool in dict.fromkeys(trial.without_token))
    yield Finding(
        what="Tools are called without the token of the person who asks.",
        where="the MCP server in the sandbox",
        evidence=f"{tools} came without it: neither its headers nor its arguments had it.",
        fix="Take the token from the request's `Authorization` header into the context, and open "
        "the MCP connection of each turn with it.",
        explains=("token_missing", "unauthorized"),
        is_sign=True,
    )
