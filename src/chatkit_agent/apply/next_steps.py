"""Next steps: what leads to the first answer after a chat was added, and the way out, last.

A step is a sentence, and lines below it that are commands or variables.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath

from chatkit_agent.apply.commands import (
    address,
    health_command,
    inside,
    question_commands,
    start_command,
)
from chatkit_agent.apply.install import printed_commands
from chatkit_agent.options.page_constants import carried, page_constants
from chatkit_agent.plan.plan import Plan

UNDO = "Take it out again; your later edits stay:"


def next_steps(plan: Plan, *, installed: bool) -> tuple[str, ...]:
    """What is left to do by hand after the plan was applied."""
    return tuple(_steps(plan, installed=installed))


def _steps(plan: Plan, *, installed: bool) -> Iterator[str]:
    options = plan.options
    if not options.is_sidecar:
        yield _step("See it now, without a key or a database of your own:", "chatkit-agent dev")
    if not installed:
        yield _step("Install what it needs:", *_installing(plan))
    yield _step(f"Set the variables, {_where(plan)}:", *_variables(plan))
    start = start_command(options)
    if options.is_sidecar and installed:
        start = start.replace("uv run uvicorn", ".venv/bin/uvicorn")
    yield _step("Start it:", start)
    if options.page != "none" and not options.is_sidecar:
        yield _step(_page(plan), f"{address(options)}{options.page_path}")
    yield _step("Or ask in a terminal; health names what is missing:", *_asking(plan))
    yield _step(UNDO, "chatkit-agent undo")


def _page(plan: Plan) -> str:
    sent = carried(plan.project, plan.options)
    is_known = page_constants(plan.project, plan.options)["SIGN_IN"] != ""
    if sent.place == "cookie" or is_known:
        return "Open the page:"
    page = PurePosixPath(plan.options.home, "chatkit_page/page.js")
    return f"Open the page, once `getToken()` in {page} says where your token is:"


def _step(sentence: str, *lines: str) -> str:
    return "\n".join((sentence, *lines))


def _installing(plan: Plan) -> list[str]:
    if plan.options.is_sidecar:
        return [inside(plan.options.service_folder, "uv sync")]
    return printed_commands(plan)


def _asking(plan: Plan) -> list[str]:
    asked = [command for command, _ in question_commands(plan.options)]
    return [health_command(plan.options), *asked]


def _where(plan: Plan) -> str:
    if plan.options.is_sidecar:
        return f"in the service's environment or `{plan.options.service_folder}/.env`"
    return "where the application's others are, or in its `.env`"


def _variables(plan: Plan) -> Iterator[str]:
    asked = [each for each in plan.environment if each.required]
    widest = max((len(each.name) for each in asked), default=0)
    for each in asked:
        note = " (a PostgreSQL; your own will do)" if each.name.endswith("DATABASE_URL") else ""
        state = "set" if each.is_set else f"needed{note}"
        yield f"{each.name:<{widest}}  {state}"
