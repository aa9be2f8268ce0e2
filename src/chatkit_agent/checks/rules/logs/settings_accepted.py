"""The log has no settings class that refuses what stands in the environment."""

from __future__ import annotations

import re
from collections.abc import Iterator

from chatkit_agent.checks.check import LOG, Finding, check
from chatkit_agent.checks.known.turns import KINDS
from chatkit_agent.checks.known_errors import Known, known_errors
from chatkit_agent.evidence.static import Evidence, Raised
from chatkit_agent.evidence.static.environment import set_aside
from chatkit_agent.evidence.symptoms import Symptom
from chatkit_agent.project.source.settings_fields import settings_fields

CLASS = re.compile(r"validation errors? for (\w+)")
EXTRA = re.compile(r"Extra inputs are not permitted|extra_forbidden|extra fields not permitted")
MISSING = re.compile(r"Field required|type=missing|field required")
FIELD = re.compile(
    r"(\w+) (?:Extra inputs are not permitted|Field required|extra fields|Input should|Value error)"
)

SAYS = r"\bthe chat is not configured: "
SEEN: tuple[Symptom, ...] = ("unavailable", "silent")
# What a delivered chat says by itself, and pydantic of what it cannot read at all.
TOLD = (
    Known(
        r"error parsing value for field \"(?P<name>\w+)\" from source",
        "The variable of the field `{name}` is no JSON, as which lists and mappings are read.",
        'Write it as JSON, such as `["https://app.example"]`.',
        "setting:{name}",
        ("does_not_start", "unavailable"),
    ),
    Known(
        rf"{SAYS}.*\(Extra inputs are not permitted\)",
        "The chat answers 503: its settings refuse variables that they do not know.",
        'Let the `SettingsConfigDict` of the chat say `extra="ignore"`.',
        "extra:ChatSettings",
        ("unavailable", "extra_fields", "silent"),
    ),
    Known(
        rf"{SAYS}set (?P<name>[A-Z][A-Z0-9_]+) right \(",
        "The chat answers 503: `{name}` is set to what it cannot use.",
        "Correct it, or take the line out so that the default holds.",
        "setting:{name}",
    ),
    Known(
        rf"{SAYS}set (?P<name>[A-Z][A-Z0-9_]+)$",
        "The chat answers 503 as long as `{name}` is not set.",
        "Set it where the application is started.",
        "unset:{name}",
    ),
    Known(
        rf"{SAYS}give create_chatkit_router a user_id=",
        "The chat answers 503: it cannot read the user's id from what the sign-in gives.",
        "Let `user_id=` at `create_chatkit_router` name an attribute that the user really has.",
        "user id",
    ),
)


OF_CHATKIT = re.compile(KINDS)


@check("CK902", needs=LOG, symptoms=("extra_fields", "does_not_start", "unavailable"))
def settings_accepted(evidence: Evidence) -> Iterator[Finding]:
    """The log has no settings class that refuses what stands in the environment, or lacks what
    it requires.
    """
    log = evidence.log
    if log is not None:
        yield from known_errors(log, TOLD, SEEN)
    seen: set[str] = set()
    for raised in log.raised if log else ():
        found = CLASS.search(raised.message)
        if log is None or raised.name != "ValidationError" or not found or found[1] in seen:
            continue
        seen.add(found[1])
        if EXTRA.search(raised.message) and not OF_CHATKIT.fullmatch(found[1]):
            yield _extra(log.where(raised.line), found[1], raised)
        elif not _is_settings(evidence, found[1]):
            continue
        elif MISSING.search(raised.message):
            yield _missing(evidence, log.where(raised.line), found[1], raised)
        else:
            yield _wrong(log.where(raised.line), found[1], raised)


def _is_settings(evidence: Evidence, name: str) -> bool:
    return any(each.name == name for each in evidence.project.settings) or "Settings" in name


def _extra(where: str, name: str, raised: Raised) -> Finding:
    return Finding(
        what=f"`{name}` refuses variables that it does not know, so the application ends at its "
        "start with a ValidationError: extra inputs are not permitted.",
        where=where,
        evidence=_fields(raised),
        fix='Let the class say `extra="ignore"`.',
        edit="allow_extra_settings",
        cause=f"extra:{name}",
    )


def _missing(evidence: Evidence, where: str, name: str, raised: Raised) -> Finding:
    what, fix = "", ""
    for field in FIELD.findall(raised.message):
        what, fix = (what, fix) if what else _elsewhere(evidence, name, field)
    return Finding(
        what=f"`{name}` lacks variables that it requires{what}.",
        where=where,
        evidence=_fields(raised),
        fix=fix
        or "Set them where the application is started, or in the environment file that "
        "this class reads; it is looked for in the working directory.",
        cause=f"missing:{name}",
        explains=("does_not_start", "unavailable"),
    )


def _wrong(where: str, name: str, raised: Raised) -> Finding:
    return Finding(
        what=f"`{name}` cannot use what its variables are set to.",
        where=where,
        evidence=_fields(raised),
        fix="Correct them, or take their lines out so that the defaults hold; what each may be "
        "stands behind its name in the log.",
        cause=f"setting:{name}",
        explains=("does_not_start", "unavailable"),
    )


def _elsewhere(evidence: Evidence, name: str, field: str) -> tuple[str, str]:
    """Where it stands under another name, or in a file that is not read, and what to do."""
    wanted = _variable(evidence, name, field)
    for each in evidence.settings if wanted else ():
        is_other = each.name.upper() != wanted and each.name.upper().endswith(field.upper())
        if is_other and not each.is_example:
            what = f": what is set is `{each.name}` ({each.where}), and read is `{wanted}`"
            return what, f"Rename `{each.name}` to `{wanted}`."
    aside = set_aside(evidence.sources, evidence.project.env_files, wanted)
    if wanted and aside:
        what = f": `{wanted}` stands in {aside}, a file that the application does not read"
        return (
            what,
            "Move that file to where the application is started, or start it with it "
            f"(`uvicorn --env-file {aside.rpartition(':')[0]}`).",
        )
    return "", ""


def _variable(evidence: Evidence, name: str, field: str) -> str:
    """The variable of a field that pydantic names by itself or by its alias."""
    for each in evidence.project.settings:
        known = settings_fields(evidence.sources, each)
        for one in known.fields if known and each.name == name else ():
            if field.lower() in (one.name.lower(), *one.variables):
                return one.variables[0].upper()
    return ""


def _fields(raised: Raised) -> str:
    """The fields alone: the values stand beside them in the message."""
    names = list(dict.fromkeys(FIELD.findall(raised.message)))
    return f"`{raised.kind}` for {', '.join(f'`{name}`' for name in names) or 'its fields'}."
