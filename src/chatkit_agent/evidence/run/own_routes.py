"""Own routes: what the model is told of a route that answers with whoever is signed in."""

from __future__ import annotations

import secrets
from dataclasses import replace

from chatkit_agent.evidence.run import MarkedCall, Person
from chatkit_agent.evidence.run.booting import Start, running
from chatkit_agent.evidence.run.client import Closed
from chatkit_agent.evidence.run.staging import Stage
from chatkit_agent.sandbox.model import ToolCall

# As the boot script calls it.
MARKED = "whose_mark"
OF_TOOLS = ("MCP_SERVER_URL", "MCP_SERVERS")


def call_marked_route(stage: Stage, start: Start) -> tuple[MarkedCall, ...] | str:
    """Alice and Bob have it called in turn; a text says why that was not seen."""
    stage.progress("Having a route of the application called, as one person and as another")
    people = (stage.alice, stage.bob)
    marks = {each.token: f"mark-{secrets.token_hex(8)}" for each in people}
    # The application's own routes are all the tools that there are.
    others = {*OF_TOOLS, *(f"{stage.options.env_prefix}{each}" for each in OF_TOOLS)}
    variables = {name: text for name, text in start.variables.items() if name not in others}
    marked = replace(start, variables=variables, marks=marks, carried=stage.carried)
    with running(marked) as app:
        if app.url is None:
            return f"it did not boot {app.boot.error}"
        try:
            return tuple(_call_as(stage, app.url, each, marks) for each in people)
        except Closed as problem:
            return f"{problem}."


def _call_as(stage: Stage, url: str, person: Person, marks: dict[str, str]) -> MarkedCall:
    before = len(stage.model.requests)
    stage.model.script([ToolCall(MARKED), "Done."])
    turn = stage.chat(url).turn(person, stage.marked("Whose mark is it?"))
    stage.model.script([])
    asked = "\n".join(each.text for each in stage.model.requests[before:])
    foreign = tuple(mark for token, mark in marks.items() if token != person.token)
    return MarkedCall(
        turn,
        is_offered=f'"{MARKED}"' in asked,
        is_own=marks[person.token] in asked,
        is_foreign=any(each in asked + turn.reply.everything for each in foreign),
    )
