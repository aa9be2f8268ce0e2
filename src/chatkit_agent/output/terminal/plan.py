"""A plan as text: what was chosen, the diff, the variables, what is left to do by hand."""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from chatkit_agent.output.documents import PlanDocument
from chatkit_agent.output.documents.plan import files_of
from chatkit_agent.output.terminal.files import new_files
from chatkit_agent.output.terminal.layout import app_line, coloured, grid, heading, table


def plan(document: PlanDocument, *, full: bool) -> RenderableType:
    """The plan: notes, what and why, where; `full` ends with the whole diff."""
    parts: list[RenderableType] = [heading(f"Plan {document.plan_id}")]
    parts.extend(Text(f"note: {note}", style="yellow") for note in document.notes)
    parts.extend([Text("")] if document.notes else [])
    parts.append(table(_choices(document)))
    for blocked in document.manual_steps:
        parts.append(Text(f"\nBy hand, {blocked.edit}: {blocked.reason}", style="yellow"))
        parts.append(Padding(Text(blocked.snippet), (0, 2)))
    parts.extend(_files(document, full=full))
    parts.extend(_environment(document))
    if full and document.diff:
        parts.extend([Text(""), coloured(document.diff)])
    elif document.changes:
        parts.append(Text("\nThe whole diff: chatkit-agent plan --diff", style="dim"))
    elif not document.manual_steps:
        parts.append(Text("Nothing to change: the chat is already here."))
    return Group(*parts)


def _choices(document: PlanDocument) -> list[tuple[str, str]]:
    options = document.options
    beside = f": {options.obstacle}" if options.obstacle else ""
    mode = {
        "in-process": "in the application's own process",
        "sidecar": f"a service of its own beside the application{beside}",
    }[options.mode]
    return [
        ("application", app_line(document.app)),
        ("runs", mode),
        ("users", _users(document)),
        ("route", f"POST {options.path}"),
        ("page", f"GET {options.page_path}" if options.page != "none" else "none"),
        ("tools", _tools(document)),
        ("tables", f"schema {options.schema_name}"),
        ("variables", f"{options.env_prefix}*"),
        ("code goes to", options.home or "."),
        *([("modules", ", ".join(options.features))] if options.features else []),
    ]


def _tools(document: PlanDocument) -> str:
    options = document.options
    if options.mcp_url:
        return f"the MCP server at {options.mcp_url}"
    if options.tools == "mcp":
        own = "; your own routes instead with --tools routes"
        return f"of the server in MCP_SERVER_URL{own if options.mode == 'in-process' else ''}"
    return {"none": "none"}.get(options.tools, f"your own {options.tools}, called as who asks")


def _users(document: PlanDocument) -> str:
    """Who they are, and by what that was found."""
    options = document.options
    user, tokens = options.user, options.tokens
    if options.auth == "none":
        return "none (only for a laptop)"
    if user:
        return f"your own {user.name} in {user.file}: {user.evidence}"
    if tokens:
        return f"`{tokens.user}` of your own tokens: {tokens.evidence}"
    return f"a verified JWT of the chat's own, by {options.env_prefix}JWT_SECRET"


def _files(document: PlanDocument, *, full: bool) -> Iterable[RenderableType]:
    """New files, machinery by its folder, since a person reads them there; what is edited with its
    lines, which git would take for a part of the diff where that follows.
    """
    yield Text("")
    files = list(files_of(document.diff))
    yield from new_files((each.path, each.added) for each in files if each.is_new)
    for each in (each for each in files if not each.is_new):
        yield Text.assemble(("\n  edit  ", "cyan"), each.path)
        if not full:
            yield coloured(each.hunks)


def _environment(document: PlanDocument) -> list[RenderableType]:
    if not document.environment:
        return []
    rows = grid()
    for variable in document.environment:
        name = Text.assemble(f"  {variable.state:<10}", (variable.name, "bold"))
        rows.add_row(name, Text(variable.purpose))
    return [Text("\nEnvironment"), rows]
