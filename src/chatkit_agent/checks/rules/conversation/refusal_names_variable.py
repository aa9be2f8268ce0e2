"""A refusal that names a variable names one that is read."""

from __future__ import annotations

import re
from collections.abc import Iterator

from chatkit_agent.checks.check import PROJECT, check
from chatkit_agent.checks.finding import Finding
from chatkit_agent.evidence.static import Evidence
from chatkit_agent.project.source.anatomy import Anatomy
from chatkit_agent.project.source.settings_fields import settings_fields
from chatkit_agent.project.source.walking import literals

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
    for call in chat.code.calls:
        detail = call.argument("detail", 1) if call.method == "HTTPException" else None
        if detail is None or call.scope.file not in chat.files:
            continue
        texts = {text: node for node, text in literals(detail)}
        if said := chat.code.text(call.scope, detail):
            texts.setdefault(said, detail)
        for text, node in texts.items():
            for name in VARIABLE.findall(text):
                near = _near(name, _read(evidence, chat))
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
    found = set()
    for call in chat.code.calls:
        if call.method == "getenv" or call.written.endswith("environ.get"):
            found |= {text for arg in call.node.args[:1] for _, text in literals(arg)}
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
