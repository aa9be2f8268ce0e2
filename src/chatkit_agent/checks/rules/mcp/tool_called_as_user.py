"""Tools are called with the token of the person who asks."""

from __future__ import annotations

from collections.abc import Iterator

from chatkit_agent.checks.check import RUN, check
from chatkit_agent.checks.finding import Finding, beside_the_point, unproved
from chatkit_agent.evidence.run import Run, ToolCall, Turn

WHAT = "tools are called as the user"
SIGN_IN = "To sign people in: add the chat with `--auth jwt` or `--auth existing`."

GIVE = (
    "Give `create_chatkit_router` a `token=` that finds the person's token, such as "
    '`token=lambda request: request.session.get("access_token")`; or serve tools that need none.'
)
SETTLE = (
    "Give what the sign-in needs with --env-file FILE; or run `chatkit-agent doctor --url URL "
    "--token TOKEN` against the running application."
)


@check("CK212", "Tools are called with the token of the person who asks", needs=RUN)
def tool_called_as_user(run: Run) -> Iterator[Finding]:
    """Tools are called with the token of the person who asks. The probe MCP server records the
    `Authorization` header and the arguments of every call.
    """
    if run.conversation is None:
        yield unproved(WHAT, f"{run.unseen}")
        return
    if run.auth == "none":
        yield beside_the_point(f"With `--auth none` nobody signs in. {SIGN_IN}")
        return
    if run.without_token:
        yield unproved(
            WHAT, f"no token of the person can reach the tools: {run.without_token}", GIVE
        )
        return
    if run.stood_in and not run.carried_is_seen:
        why = (
            f"a stand-in took the place of `{run.sign_in}`, which was not seen to read a token in "
        )
        yield unproved(WHAT, f"{why}{run.carried}.", SETTLE)
        return
    neighbour = run.conversation.neighbour
    for turn in (run.conversation.alice, *([neighbour.turn] if neighbour else [])):
        yield from _called(turn)


def _called(turn: Turn) -> Iterator[Finding]:
    if not turn.calls:
        yield Finding(
            what="A question that needs a tool led to no tool call.",
            where="the MCP server",
            evidence=f"Asked: {turn.question} Answered: {turn.reply.answer or turn.reply.summary}",
            fix="Check that the agent is given the server in `MCP_SERVER_URL`.",
        )
    for call in turn.calls:
        if not _carries(call, turn.person.token):
            yield Finding(
                what=f"The tool `{call.tool}` was called without the asking person's token.",
                where="the MCP server",
                evidence=_authorization(call),
                fix="Open the MCP connection for each turn, with the caller's own token.",
            )


def _carries(call: ToolCall, token: str) -> bool:
    if call.authorization is not None:
        return call.authorization == f"Bearer {token}"
    return token in str(call.arguments)


def _authorization(call: ToolCall) -> str:
    if call.authorization is None:
        return "The call had no Authorization header."
    return "The call had an Authorization header with something else in it."
