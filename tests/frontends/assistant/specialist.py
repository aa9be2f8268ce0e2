"""The specialist offline: does what the assistant's instructions say, from what it is sent."""

from __future__ import annotations

import json
import re
from typing import Any

from chatkit_agent.sandbox.turns import Reply, ToolCall, Turn

OPTIONS = ("mcp_url", "auth", "token", "schema", "env_prefix", "route")
SNIPPET = re.compile(r"^from .* import .*$", re.MULTILINE)


def specialist(turn: Turn) -> Reply:
    """The next call for the playbook in its instructions, or the last words."""
    told = dict(re.findall(r"^- (\w+): (.*)$", turn.instructions, re.MULTILINE))
    playbook = re.search(r"playbook `(\w+)`", turn.instructions)
    if playbook is None:
        return Reply("I was not told what to do.")
    place = {"path": told["path"]} if "path" in told else {}
    if playbook[1] == "debug":
        return _debugging(turn, place)
    options = {name: told[name] for name in OPTIONS if name in told}
    return _integrating(turn, {**place, **options}, place)


def data(turn: Turn, tool: str) -> dict[str, Any]:
    """What the latest call of a tool gave."""
    texts = [result.text for result in turn.results if result.tool == tool]
    sent = json.loads(texts[-1])
    found: dict[str, Any] = sent.get("data", {"refused": sent.get("refused")})
    return found


def done(turn: Turn) -> list[str]:
    return [result.tool for result in turn.results]


def _call(name: str, **arguments: Any) -> Reply:
    return Reply(calls=(ToolCall(name, arguments),))


def _debugging(turn: Turn, place: dict[str, str]) -> Reply:
    if "diagnose" not in done(turn):
        return _call("diagnose", **place, symptom=turn.message)
    found = data(turn, "diagnose")["findings"]
    if "inspect_project" not in done(turn):
        return _call("inspect_project", **place)
    if data(turn, "inspect_project")["chat"]["applied"] and "verify_integration" not in done(turn):
        return _call("verify_integration", **place)
    return Reply(f"I looked and found {len(found)} causes. They are listed below.")


def _integrating(turn: Turn, options: dict[str, Any], place: dict[str, str]) -> Reply:
    made = done(turn)
    if "inspect_project" not in made:
        return _call("inspect_project", **place)
    if data(turn, "inspect_project")["chat"]["applied"]:
        if "verify_integration" not in made:
            return _call("verify_integration", **place)
        return Reply("The chat is here already, and I checked it.")
    if "plan_integration" not in made:
        return _call("plan_integration", **options)
    plan = data(turn, "plan_integration")
    if "apply_plan" in made:
        return Reply(_last_words(turn))
    if plan.get("manual_steps") and "read_file" not in made:
        return _call("read_file", path=plan["app"]["built_in"])
    if plan.get("manual_steps"):
        edits = _edits(plan, data(turn, "read_file")["text"])
        return _call("plan_integration", **options, edits=edits)
    return _call("apply_plan", plan_id=plan["plan_id"])


def _last_words(turn: Turn) -> str:
    [result] = [each.text for each in turn.results if each.tool == "apply_plan"]
    if "did not approve" in result:
        return "You did not approve it, so nothing was written. Look at the plan yourself."
    applied = data(turn, "apply_plan")
    if "refused" in applied:
        return f"It could not be written: {applied['refused']}"
    if not applied["applied"]:
        return "The checks failed, and everything was taken back."
    return "I added the chat, and it is checked. Set the variables, then start the application."


def _edits(plan: dict[str, Any], text: str) -> list[dict[str, str]]:
    """The snippet of the plan, put into a factory that returns what it makes."""
    snippet = plan["manual_steps"][0]["snippet"]
    imports = "\n".join(SNIPPET.findall(snippet))
    [made] = re.findall(r"^    return (FastAPI\(.*\))$", text, re.MULTILINE)
    include = re.sub(r"\s+", "", snippet.partition(":\n")[2].partition("include_router")[2])
    include = include.replace("lambdauser", "lambda user")
    first = text.splitlines()[0]
    edits = [
        {"old": f"{first}\n", "new": f"{first}\n\n{imports}\n"},
        {
            "old": f"    return {made}\n",
            "new": f"    app = {made}\n    app.include_router{include}\n    return app\n",
        },
    ]
    path = plan["app"]["built_in"]
    return [{**each, "path": path, "resolves": "mount_router"} for each in edits]
