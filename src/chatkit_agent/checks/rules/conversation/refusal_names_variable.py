"""A refusal that names a variable names one that is read."""

from __future__ import annotations

import re
from collections.abc import Iterator

import libcst as cst

from chatkit_agent.checks.check import PROJECT, check
from chatkit_agent.checks.finding import Finding
from chatkit_agent.evidence.static import Evidence
from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.anatomy import Anatomy
from chatkit_agent.project.source.settings_fields import settings_fields
from chatkit_agent.project.source.walking import literals, within_node

VARIABLE = re.compile(r"\b[A-Z][A-Z0-9]*_(?:[A-Z0-9]+_)*[A-Z0-9]+\b")


@check(
    "CK008",
    "A refusal that names a variable names one that is read",
    needs=PROJECT,
    severity="warning",
    symptoms=("unavailable",),
)
def refusal_names_variable(evidence: Evidence) -> Iterator[Finding]:
    """A refusal that names a variable names one that is read."""
    chat = evidence.chat
    read = _read(evidence, chat)
    for call in chat.code.calls:
        detail = call.argument("detail", 1) if call.method == "HTTPException" else None
        if detail is None or call.scope.file not in chat.files:
            continue
        said = chat.code.text(call.scope, detail)
        texts = [(detail, said)] if said else list(literals(detail))
        for node, text in texts:
            for name in VARIABLE.findall(text):
                near = _near(name, read)
                if near:
                    yield Finding(
                        what=f"The refusal tells people to check `{name}`, which nothing reads.",
                        where=chat.code.where(call.scope, node),
                        evidence=f"What is read is `{near}`.",
                        fix=f"Name `{near}` in it.",
                        cause=f"names {name}",
                    )


def _read(evidence: Evidence, chat: Anatomy) -> set[str]:
    """The variables that the source asks for, by name or as a field of settings."""
    asked = (
        c for c in chat.code.calls if c.method == "getenv" or c.written.endswith("environ.get")
    )
    found = {call.text("key", 0) or "" for call in asked}
    for module in chat.code.modules:
        for each in within_node(module.node, cst.Subscript):
            if (syntax.dotted(each.value) or "").rpartition(".")[2] == "environ":
                found.add(chat.code.text(module, syntax.key(each)) or "")
    for settings in evidence.project.settings:
        fields = settings_fields(evidence.sources, settings.file, settings.name)
        for field in fields.fields if fields else ():
            found |= {name.upper() for name in field.variables}
    return found


def _near(name: str, read: set[str]) -> str | None:
    """The variable that was meant: it ends with the same words, and the very name is not read."""
    if name in read:
        return None
    return next((each for each in sorted(read) if each.endswith(f"_{name}")), None)
