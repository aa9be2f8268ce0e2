"""A refusal that names a variable names one that is read."""

from __future__ import annotations

import re
from collections.abc import Iterator

import libcst as cst

from chatkit_agent.checks.check import PROJECT, Finding, check
from chatkit_agent.evidence.static import Evidence
from chatkit_agent.project.source.code import Call
from chatkit_agent.project.source.settings_fields import settings_fields
from chatkit_agent.project.source.variables import variables
from chatkit_agent.project.source.walking import literals

VARIABLE = re.compile(r"\b[A-Z][A-Z0-9]*_(?:[A-Z0-9]+_)*[A-Z0-9]+\b")


@check("CK008", needs=PROJECT, severity="warning", symptoms=("unavailable",))
def refusal_names_variable(evidence: Evidence) -> Iterator[Finding]:
    chat, code = evidence.chat, evidence.chat.code
    known = {each.name for each in variables(code)} | set(_fields(evidence))
    for call in code.calls if known else ():
        for given in _details(call) if call.scope.file in chat.files else ():
            said = [text for _, text in literals(given)]
            for name in VARIABLE.findall("\n".join([*said, code.text(call.scope, given) or ""])):
                if near := _near(name, known):
                    yield Finding(
                        what=f"The refusal tells people to check `{name}`, which nothing reads.",
                        where=code.where(call.scope, given),
                        evidence=f"What is read is `{near}`.",
                        fix=f"Name `{near}` in it.",
                        cause=f"names {name}",
                    )
                    break


def _details(call: Call) -> Iterator[cst.BaseExpression]:
    """What an answer says that refuses."""
    if call.method == "HTTPException":
        given = call.argument("detail", 1)
    else:
        given = call.argument("content", 0) if call.argument("status_code", 1) else None
    yield from () if given is None else (given,)


def _fields(evidence: Evidence) -> Iterator[str]:
    """The variables that are read as fields of settings."""
    for settings in evidence.project.settings:
        fields = settings_fields(evidence.sources, settings)
        for field in fields.fields if fields else ():
            yield from (name.upper() for name in field.variables)


def _near(name: str, read: set[str]) -> str | None:
    """The variable that was meant: it ends with the same words, and the very name is not read."""
    if name in read:
        return None
    return next((each for each in sorted(read) if each.endswith(f"_{name}")), None)
