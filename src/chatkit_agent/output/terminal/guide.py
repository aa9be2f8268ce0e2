"""A guide as Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterator

from chatkit_agent.output.documents import GuideDocument, GuideFilePart, StepPart, UnderstoodPart

NAMES = {
    "playbook": "What to do",
    "path": "Where",
    "mcp_url": "MCP server",
    "auth": "Who the user is",
    "token": "How the token travels",
    "persistence": "Conversations",
    "schema": "Schema of the tables",
    "env_prefix": "Prefix of the variables",
    "route": "Route",
    "with": "Optional module",
    "reference": "Reference",
}


def guide(document: GuideDocument) -> str:
    """The whole guide; each block of code is a file, a diff or a command as it stands."""
    return "\n".join(_lines(document))


def understood(parts: tuple[UnderstoodPart, ...]) -> Iterator[str]:
    """What was read out of a task, one line each."""
    for each in parts:
        yield f'- {NAMES[each.what]}: `{each.value}` (from "{each.words}")'


def _lines(document: GuideDocument) -> Iterator[str]:
    yield f"# {document.title}\n"
    yield f"For the project in `{document.root}`. Commands run in that folder.\n"
    if document.understood:
        yield "Understood:\n"
        yield from understood(document.understood)
        yield ""
    for note in document.notes:
        yield f"> {note}\n"
    yield f"## The pattern\n\n{document.pattern}\n"
    if document.command:
        yield (
            "This does the steps below in one go, shows the diff first, checks the chat "
            "afterwards, and can be undone:\n"
        )
        yield _block("sh", document.command)
        yield (
            "Done by hand they come to the same files, but leave no record, which `undo`, `update` "
            "and the check that every route is still there need.\n"
        )
    for blocked in document.manual_steps:
        yield f"## By hand: {blocked.edit}\n\n{blocked.reason}\n"
        yield _block("", blocked.snippet)
    for number, step in enumerate(document.steps, 1):
        yield f"## {number}. {step.title}\n"
        yield from _step(step)
    yield "## When it does not work\n"
    yield "`chatkit-agent doctor .` looks for the cause by itself. The usual ones are:\n"
    yield "| You see | It means | What to do |\n|---|---|---|"
    for trouble in document.troubles:
        yield f"| {_cell(trouble.symptom)} | {_cell(trouble.cause)} | {_cell(trouble.fix)} |"


def _step(step: StepPart) -> Iterator[str]:
    yield f"{step.text}\n"
    for file in step.files:
        yield f"### `{file.path}`\n\n{file.purpose}\n"
        yield _file(file)
    if step.variables:
        yield "| Variable | Needed | What for | Example |\n|---|---|---|---|"
        for each in step.variables:
            example = f"`{each.example}`" if each.example else ""
            needed = "yes" if each.required else "no"
            yield f"| `{each.name}` | {needed} | {_cell(each.purpose)} | {example} |"
        yield ""
    for command in step.commands:
        yield _block("sh", command.command)
        if command.expect:
            yield f"{command.expect}\n"


def _file(file: GuideFilePart) -> str:
    text = file.diff if file.diff is not None else file.content or ""
    return _block(file.language, text.removesuffix("\n"))


def _block(language: str, text: str) -> str:
    ticks = max(map(len, re.findall(r"`{3,}", text)), default=2) + 1
    fence = "`" * ticks
    return f"{fence}{language}\n{text}\n{fence}\n"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
