"""What is in a project, as text."""

from __future__ import annotations

from rich.console import Group, RenderableType
from rich.text import Text

from chatkit_agent.output.documents import InspectDocument
from chatkit_agent.output.terminal.layout import app_line, heading, listed, table


def inspection(document: InspectDocument) -> RenderableType:
    rows = _facts(document)
    return Group(heading(f"{document.name} at {document.root}"), table(rows), *_others(document))


def _facts(document: InspectDocument) -> list[tuple[str, str]]:
    packaging = document.packaging
    users = document.auth.dependencies
    return [
        ("application", app_line(document.app)),
        ("dependencies", f"{packaging.file} ({packaging.manager})" if packaging.file else "none"),
        ("Python", document.python.requires or "not declared"),
        ("settings", listed(f"{each.name} in {each.file}" for each in document.settings)),
        ("signed-in user", listed(f"{item.name} in {item.file}" for item in users[:3])),
        *([("not used", "; ".join(document.auth.not_used))] if document.auth.not_used else []),
        ("tokens", _tokens(document)),
        ("environment files", listed(file.path for file in document.env_files)),
        ("MCP servers", listed(f"{each.url} in {each.file}" for each in document.mcp_servers)),
        ("routes that read", listed((each.label for each in document.routes), most=5)),
        ("chat", _chat(document)),
    ]


def _tokens(document: InspectDocument) -> str:
    tokens = document.tokens
    if tokens is None:
        return "none"
    name = tokens.key_variable or tokens.key
    return f"verified with {name} in {tokens.file}, `{tokens.user}` names the user"


def _chat(document: InspectDocument) -> str:
    if document.chat.applied:
        return "added by chatkit-agent"
    return listed(document.chat.signs)


def _proposal(document: InspectDocument) -> str:
    """Reading routes only: what writes is named by whoever adds the chat, and asks first."""
    persons = [each.label for each in document.routes if each.knows_person]
    wanted = f'"routes:{",".join(persons)}"' if persons else "routes"
    which = "that know who is signed in" if persons else "that read"
    return f"\nThe routes {which} are the assistant's tools with --tools {wanted}"


def _others(document: InspectDocument) -> list[RenderableType]:
    parts: list[RenderableType] = []
    if document.app is None and document.candidates:
        parts.append(Text("\nSeveral applications; choose one with --app:"))
        parts.extend(
            Text(f"  {item.ref} in {item.file}: {listed(item.reasons, most=3)}")
            for item in document.candidates
        )
    for url in dict.fromkeys(each.url for each in document.mcp_servers):
        parts.append(Text(f"\nIts tools are the assistant's with --mcp-url {url}"))
        parts.extend(
            Text(f"{each.file}: {each.warning}", style="yellow")
            for each in document.mcp_servers
            if each.url == url and each.warning
        )
    if document.routes and not document.chat.applied:
        parts.append(Text(_proposal(document)))
    parts.extend(Text(f"hides an SDK: {name}", style="yellow") for name in document.shadows)
    parts.extend(Text(f"hidden by an SDK: {name}", style="yellow") for name in document.shadowed)
    parts.extend(Text(f"could not be read: {name}", style="yellow") for name in document.unreadable)
    return parts
