"""What rules are for, as text."""

from __future__ import annotations

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from chatkit_agent.output.documents import RuleDocument, RulePart
from chatkit_agent.output.terminal.layout import grid

NEEDS = {
    "source": "the source",
    "settings": "the source, settings and files of the deployment",
    "log": "a log (doctor --log)",
    "wire": "the running application or a trace (doctor --url, --trace, --boot)",
    "boot": "the application in the sandbox (doctor --boot)",
    "run": "a conversation in the sandbox (verify)",
}
FEW = 3


def rules(document: RuleDocument) -> RenderableType:
    """A few with all that is said of them; of many a line each."""
    if len(document.rules) <= FEW:
        return Group(*(part for rule in document.rules for part in _whole(rule)))
    rows = grid()
    for each in document.rules:
        rows.add_row(Text(each.code, style="bold"), Text(each.title))
    return rows


def _whole(rule: RulePart) -> tuple[RenderableType, ...]:
    rows = grid()
    rows.add_row(Text("name", style="dim"), Text(rule.name))
    rows.add_row(Text("severity", style="dim"), Text(rule.severity))
    rows.add_row(Text("reads", style="dim"), Text("; ".join(NEEDS[each] for each in rule.needs)))
    if rule.symptoms:
        rows.add_row(Text("symptoms", style="dim"), Text(", ".join(rule.symptoms)))
    rows.add_row(Text("accept", style="dim"), Text(_accepting(rule)))
    return (
        Text(f"{rule.code}  {rule.title}", style="bold"),
        Padding(Text(rule.about), (1, 3)),
        Padding(rows, (0, 3, 1, 3)),
    )


def _accepting(rule: RulePart) -> str:
    everywhere = f"--ignore {rule.code}, or `ignore` in [tool.chatkit-agent] of pyproject.toml"
    if {"source", "settings"} & set(rule.needs):
        return f"# chatkit: ignore[{rule.code}] on the line; {everywhere}"
    return everywhere
