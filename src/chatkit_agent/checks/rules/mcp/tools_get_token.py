"""Each tool call of a turn carries the token of the person who asks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from chatkit_agent.checks.check import BOOT, check
from chatkit_agent.checks.finding import Finding
from chatkit_agent.evidence.static import Evidence, Service


@check(
    "CK213",
    "Each tool call of a turn carries the token of the person who asks",
    needs=BOOT,
    symptoms=("token_missing", "unauthorized"),
)
def tools_get_token(evidence: Evidence) -> Iterator[Finding]:
    """Each tool call of a turn carries the token of the person who asks: in its headers or its
    arguments, as the probe MCP server received it. Where the tools at the configured address
    require it as an argument, those of the probe do so too, under the same name.
    """
    trial = evidence.trial
    if trial is None:
        return
    asking = next((each for each in evidence.services if each.credentials), None)
    if asking and trial.left_to_model:
        yield _left(asking, trial.left_to_model)
    if trial.reached_tools and trial.came_with:
        yield _refused(trial.came_with)
    if trial.without_token:
        yield _bare(trial.without_token)


def _left(tools: Service, names: Sequence[str]) -> Finding:
    wanted, shown = _listed(tools.credentials), _listed(names)
    return Finding(
        what="The tools want the token as an argument, and the chat leaves that to the model, "
        "which does not know it.",
        where=tools.place,
        evidence=f"The tools there require {wanted}. With tools like that in the sandbox the model "
        f"was to fill in {shown}, and no call had the person's token there.",
        fix="Write the token in when the tool is called, and hide the parameter from the model: "
        "a chat that is added with `--token auto` or `--token argument` does both. Or let the "
        "server read the `Authorization` header.",
        cause="tools argument",
    )


def _refused(came_with: str) -> Finding:
    return Finding(
        what="The chat goes to the MCP server without the token of the person who asks.",
        where="the MCP server in the sandbox",
        evidence=f"It takes the token of whoever is signed in, and refused every request: they "
        f"had {came_with}.",
        fix="Take the token from the request's `Authorization` header into the context, and open "
        'the MCP connection of each turn with `{"Authorization": f"Bearer {token}"}`.',
        explains=("token_missing", "unauthorized", "stream_error", "silent"),
    )


def _bare(called: Sequence[str]) -> Finding:
    tools = _listed(called)
    return Finding(
        what="Tools are called without the token of the person who asks.",
        where="the MCP server in the sandbox",
        evidence=f"{tools} came without it: neither its headers nor its arguments had it.",
        fix="Take the token from the request's `Authorization` header into the context, and open "
        "the MCP connection of each turn with it.",
        is_sign=True,
    )


def _listed(names: Sequence[str]) -> str:
    return ", ".join(f"`{name}`" for name in dict.fromkeys(names))
