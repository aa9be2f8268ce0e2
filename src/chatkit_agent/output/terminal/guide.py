"""A guide as Markdown: short, as an answer to a question, or with every file whole."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from chatkit_agent.output.documents import (
    CommandPart,
    ExcerptPart,
    GuideDocument,
    GuideFilePart,
    StepPart,
    UnderstoodPart,
    VariablePart,
)

NAMES = {
    "playbook": "What to do",
    "path": "Where",
    "mode": "How it runs",
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
MOST_OF_DIFF = 25
MOST_DIFFS = 2


def guide(document: GuideDocument, *, full: bool = False) -> str:
    """The answer; each block of code is a part of a file, a diff or a command as it stands."""
    if not document.is_known:
        return "\n".join(_unknown(document))
    return "\n".join(_whole(document) if full else _short(document)).rstrip("\n")


def understood(parts: tuple[UnderstoodPart, ...]) -> Iterator[str]:
    """What was read out of a task, one line each."""
    for each in parts:
        yield f'- {NAMES[each.what]}: `{each.value}` (from "{each.words}")'


def _unknown(document: GuideDocument) -> Iterator[str]:
    yield f"{document.title}\n"
    yield from (f'- `chatkit-agent guide "{each}"`' for each in document.answers)


def _short(document: GuideDocument) -> Iterator[str]:
    yield f"# {document.title}\n"
    options = tuple(each for each in document.understood if each.what != "playbook")
    if options:
        yield "Understood:\n"
        yield from understood(options)
        yield ""
    yield from _introduction(document)
    if document.do or document.manual_steps:
        yield "## Do it\n"
        yield from _by_hand(document)
        yield from _commands(document.do)
    yield from _code(document)
    if document.variables:
        yield "## Variables\n"
        yield from map(_variable, document.variables)
        yield ""
    yield "## Look\n" if document.playbook == "debug" else "## Test it\n"
    yield from _commands(document.test)
    yield from _else(document)


def _introduction(document: GuideDocument) -> Iterator[str]:
    yield f"## In this project\n\n`{document.root}`, where the commands below run.\n"
    yield from (f"- {each}" for each in document.situation)
    yield ""
    for note in document.notes:
        yield f"> {note}\n"
    yield f"## The pattern\n\n{document.pattern}\n"


def _code(document: GuideDocument) -> Iterator[str]:
    diffs = [file for step in document.steps for file in step.files if file.diff is not None]
    short = [file for file in diffs if len((file.diff or "").splitlines()) <= MOST_OF_DIFF]
    # What takes the chat in is seen first, then what lets it.
    shown = sorted(short, key=lambda file: not file.path.endswith(".py"))[:MOST_DIFFS]
    if not (document.code or shown):
        return
    yield "## The code that matters\n"
    for file in shown:
        yield f"`{file.path}`: {file.purpose}\n"
        yield _file(file)
    for each in document.code:
        yield from _excerpt(each)


def _excerpt(part: ExcerptPart) -> Iterator[str]:
    line = f" line {part.line}" if part.line else ""
    yield f"`{part.path}`{line}: {part.why}\n"
    yield _block(part.language, part.text)


def _variable(part: VariablePart) -> str:
    example = f", such as `{part.example}`" if part.example else ""
    return f"- `{part.name}` ({part.state}): {part.purpose}{example}"


def _else(document: GuideDocument) -> Iterator[str]:
    yield "## What else\n"
    yield from (f"- {each}" for each in document.also)
    if document.playbook == "debug":
        for trouble in document.troubles:
            yield f"- {trouble.symptom}: {trouble.cause}"
    if any(step.files for step in document.steps) and document.playbook != "integrate":
        yield "- These files whole: the same command with `--full`."
    others = "; ".join(document.answers[:4])
    yield f"- Other questions: {others} ... `chatkit-agent guide help` lists all."


def _whole(document: GuideDocument) -> Iterator[str]:
    yield f"# {document.title}\n"
    yield f"For the project in `{document.root}`. Commands run in that folder.\n"
    if document.understood:
        yield "Understood:\n"
        yield from understood(document.understood)
        yield ""
    yield from (f"- {each}" for each in document.situation)
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
            "Done by hand they come to the same files, but leave no manifest, which `undo`, "
            "`update` and the check that every route is still there need.\n"
        )
    yield from _by_hand(document)
    for number, step in enumerate(document.steps, 1):
        yield f"## {number}. {step.title}\n"
        yield from _step(step)
    if document.troubles:
        yield "## When it does not work\n"
        yield "`chatkit-agent doctor .` looks for the cause by itself. The usual ones are:\n"
        yield "| You see | It means | What to do |\n|---|---|---|"
    for trouble in document.troubles:
        yield f"| {_cell(trouble.symptom)} | {_cell(trouble.cause)} | {_cell(trouble.fix)} |"


def _by_hand(document: GuideDocument) -> Iterator[str]:
    for blocked in document.manual_steps:
        yield f"## By hand: {blocked.edit}\n\n{blocked.reason}\n"
        yield _block("", blocked.snippet)


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
    yield from _commands(step.commands)


def _commands(parts: Iterable[CommandPart]) -> Iterator[str]:
    for each in parts:
        yield _block("sh", each.command)
        if each.expect:
            yield f"{each.expect}\n"


def _file(file: GuideFilePart) -> str:
    text = file.diff if file.diff is not None else file.content or ""
    return _block(file.language, text.removesuffix("\n"))


def _block(language: str, text: str) -> str:
    ticks = max(map(len, re.findall(r"`{3,}", text)), default=2) + 1
    fence = "`" * ticks
    return f"{fence}{language}\n{text}\n{fence}\n"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
