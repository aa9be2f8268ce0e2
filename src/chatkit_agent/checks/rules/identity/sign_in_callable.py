"""What says who is asking is a function that FastAPI can call."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from chatkit_agent.checks.check import SOURCE, Finding, check
from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.anatomy import Anatomy
from chatkit_agent.project.source.dependencies import depended_on, given_to_makers
from chatkit_agent.project.source.scope import Scope
from chatkit_agent.project.source.walking import last_name


@check("CK120", needs=SOURCE, symptoms=("does_not_start", "server_error"))
def sign_in_callable(chat: Anatomy) -> Iterator[Finding]:
    """`Depends(get_user())` and `current_user=get_user()` give what an `async` function returns
    before it ran, and an alias such as `SignedIn = Annotated[User, Depends(get_user)]` is a type:
    FastAPI calls neither. Silent on functions that make a dependency.
    """
    made = given_to_makers(chat.code, chat.endpoints, depended_on)
    marked = (
        (call, given)
        for call in chat.code.calls
        if call.method == "Depends" and (given := call.argument("dependency", 0)) is not None
    )
    for call, given in (*made, *marked):
        if problem := _problem(chat, call.scope, given):
            yield Finding(
                what="FastAPI cannot call what is to say who is asking.",
                where=chat.code.where(call.scope, given),
                evidence=f"`{syntax.code(given)}` {problem[0]}.",
                fix=f"Give the function itself: `{problem[1]}`.",
                cause="sign-in call",
            )


def _problem(chat: Anatomy, scope: Scope, given: cst.BaseExpression) -> tuple[str, str] | None:
    sources = chat.code.sources
    if isinstance(given, cst.Call) and not given.args:
        written = syntax.dotted(given.func) or ""
        function = sources.function(chat.code.resolve(scope, written))
        if function is not None and function.asynchronous is not None:
            return "is a coroutine that nobody awaits", written
    if isinstance(given, cst.Name | cst.Attribute):
        alias = sources.assigned(chat.code.resolve(scope, syntax.dotted(given)))
        if not isinstance(alias, cst.Subscript):
            return None
        if last_name(alias.value) == "Annotated":
            marks = [each for each in syntax.subscripts(alias) if isinstance(each, cst.Call)]
            named = [syntax.code(each.args[0].value) for each in marks if each.args]
            return "is the annotation of a parameter", (named or ["get_current_user"])[-1]
    return None
