"""The chat's route takes POST."""

from __future__ import annotations

from collections.abc import Iterator

from chatkit_agent.checks.check import SOURCE, Finding, check
from chatkit_agent.project.source.anatomy import Anatomy
from chatkit_agent.project.source.code import Call
from chatkit_agent.project.source.meaning import texts_of

ANY = ("api_route", "route", "add_api_route", "add_route")


@check("CK622", needs=SOURCE, symptoms=("not_found", "silent"))
def route_takes_posts(chat: Anatomy) -> Iterator[Finding]:
    """ChatKit's client sends every request by POST: a route of another method answers 405, as
    `api_route` does where no `methods` are named.
    """
    for endpoint in chat.endpoints:
        marks = [(each.call, _methods(each.call)) for each in chat.route_marks(endpoint)]
        if marks and all(methods and "post" not in methods for _, methods in marks):
            call, methods = marks[0]
            yield Finding(
                what="The chat's requests are answered with 405: its route takes no POST.",
                where=call.where,
                evidence=f"`{call.written}` takes {', '.join(methods or ()).upper()} only.",
                fix="Make it a route of `post`.",
                cause="method",
            )


def _methods(call: Call) -> list[str] | None:
    """None where only running it would tell."""
    if call.method not in ANY:
        return [call.method]
    given = call.argument("methods")
    return ["get"] if given is None else texts_of(call.code, call.scope, given)
