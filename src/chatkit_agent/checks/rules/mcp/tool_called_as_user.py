"""Tools are called with the token of the person who asks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from chatkit_agent.checks.check import BOOT, RUN, Finding, check, inconclusive, not_applicable
from chatkit_agent.evidence.run import Run, ToolCall, Turn
from chatkit_agent.evidence.static import Evidence, Service


@check("CK212", needs=BOOT, symptoms=("token_missing", "unauthorized"))
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
        yield _parameters_left(asking, trial.left_to_model)
    if trial.reached_tools and trial.came_with:
        yield _refusal(trial.came_with)
    if trial.without_token:
        yield _bare(trial.without_token)


def _parameters_left(tools: Service, names: Sequence[str]) -> Finding:
    wanted, shown = _in_quotes(tools.credentials), _in_quotes(names)
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


def _refusal(came_with: str) -> Finding:
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
    tools = _in_quotes(called)
    return Finding(
        what="Tools are called without the token of the person who asks.",
        where="the MCP server in the sandbox",
        evidence=f"{tools} came without it: neither its headers nor its arguments had it.",
        fix="Take the token from the request's `Authorization` header into the context, and open "
        "the MCP connection of each turn with it.",
        is_sign=True,
    )


def _in_quotes(names: Sequence[str]) -> str:
    return ", ".join(f"`{name}`" for name in dict.fromkeys(names))


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


@check("CK212", needs=RUN, also=(tools_get_token,))
def tool_called_as_user(run: Run) -> Iterator[Finding]:
    """The probe MCP server records the `Authorization` header and the arguments of every call."""
    if run.conversation is None:
        yield inconclusive(WHAT, f"{run.unseen}")
        return
    if run.auth == "none":
        yield not_applicable(f"With `--auth none` nobody signs in. {SIGN_IN}")
        return
    if run.without_token and run.has_route_tools:
        yield not_applicable("The tools are the application's own routes: CK218 looks at these.")
        return
    if run.without_token:
        yield inconclusive(
            WHAT, f"no token of the person can reach the tools: {run.without_token}", GIVE
        )
        return
    if run.stood_in and not run.carried_is_seen:
        why = (
            f"a stand-in took the place of `{run.sign_in}`, which was not seen to read a token in "
        )
        yield inconclusive(WHAT, f"{why}{run.carried}.", SETTLE)
        return
    second_user = run.conversation.second_user
    for turn in (run.conversation.alice, *([second_user.turn] if second_user else [])):
        yield from _of_calls(turn)


def _of_calls(turn: Turn) -> Iterator[Finding]:
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
