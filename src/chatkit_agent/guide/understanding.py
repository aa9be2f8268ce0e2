"""Understanding: which playbook and which options the words of a task mean."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

from chatkit_agent.guide.playbook import Playbook
from chatkit_agent.guide.playbooks import INTEGRATE
from chatkit_agent.guide.recognition import URL, recognised
from chatkit_agent.options.options import RequestedOptions

PATH = r"[`'\"]?((?:\./)?[\w.-]+(?:/[\w.-]+)*)/?"
IN = re.compile(rf"\b(?:to|in|into|for|of|at|under)\s+(?:the\s+)?{PATH}", re.IGNORECASE)
REFERENCE = re.compile(
    r"\breference:\s*(?:use\s+)?([^\n;]*?)(?:\s+patterns?)?\s*(?:\.(?=\s|$)|[;\n]|$)", re.IGNORECASE
)

# What a phrase asks for, by the field of `RequestedOptions`; the first that fits counts.
PHRASES: tuple[tuple[str, str, str], ...] = (
    ("mode", "sidecar", r"\bside[- ]?cars?\b|\b(?:separate|own)\s+(?:service|process)\b"),
    ("auth", "none", r"\b(?:no|without)\s+(?:auth\w*|sign[- ]?in|login)\b"),
    (
        "auth",
        "existing",
        r"\b(?:existing|own|current|our)\s+(?:auth\w*|sign[- ]?in|login|users?)\b",
    ),
    ("auth", "existing", r"\bget_current_\w+"),
    ("auth", "jwt", r"\b(?:jwts?|json web tokens?|jwks)\b"),
    ("token", "argument", r"\btokens?\s+(?:\w+\s+){0,3}?(?:as|in)\s+(?:\w+\s+)?arguments?\b"),
    (
        "token",
        "prompt",
        r"\btokens?\s+(?:\w+\s+){0,3}?(?:in|into)\s+(?:the\s+)?(?:\w+\s+)?prompt\b",
    ),
    ("token", "header", r"\btokens?\s+(?:\w+\s+){0,3}?in\s+(?:the\s+|a\s+)?(?:\w+\s+)?headers?\b"),
)
VALUES: tuple[tuple[str, str], ...] = (
    ("schema", r"\bschema\s+(?:named\s+|called\s+)?[`'\"]?([a-z_][a-z0-9_]*_[a-z0-9_]*)"),
    ("schema", r"\b([a-z_][a-z0-9_]*_chat(?:kit)?)[`'\"]?\s+schema\b"),
    ("env_prefix", r"\b([A-Z][A-Z0-9_]*?)_CHATKIT_"),
    ("path", r"\b(?:route|endpoint|path|at)\s+[`'\"]?(/[\w./~-]*[\w~-])"),
)
# What every chat has, whether it is asked for or not.
ALWAYS: tuple[tuple[str, str, str], ...] = (
    (
        "token",
        "auto",
        r"\b(?:auth\s+)?tokens?(?:\s+passing)?\b|\bpass\w*\s+(?:\w+\s+){0,3}?jwts?\b",
    ),
    (
        "persistence",
        "PostgreSQL",
        r"\b(?:postgres\w*\s+)?(?:conversation\s+)?persist\w*|\bpostgres\w*|\bhistory\b",
    ),
)
OTHER_DATABASES = re.compile(
    r"\b(?:sqlite|mysql|mariadb|mongo\w*|redis|dynamo\w*)\b", re.IGNORECASE
)
FEATURES: tuple[tuple[str, str], ...] = (
    ("retention", r"\b(?:retention|delete old conversations|forget (?:a )?users?|gdpr)\b"),
    ("transcription", r"\b(?:transcri\w+|voice|speech|dictat\w+|microphone)\b"),
    ("approvals", r"\bapprov\w+|\bask\w* (?:the (?:person|user) )?before\b"),
    (
        "summary",
        r"\bsummar(?:y|ies|i[sz]e\w*) (?:of )?(?:the )?(?:old|long|history|conversation)\w*",
    ),
    ("attachments", r"\b(?:attachments?|uploads?|file sharing)\b"),
    ("telemetry", r"\b(?:telemetry|opentelemetry|otel)\b"),
)


@dataclass(frozen=True)
class Understood:
    """One thing that was read out of a task, and the words that say it."""

    what: str
    value: str
    words: str


@dataclass(frozen=True)
class Task:
    """A task as it was understood. There is no `playbook` where its words name none."""

    playbook: Playbook | None
    folder: Path
    requested: RequestedOptions
    reference: str | None
    understood: tuple[Understood, ...]
    notes: tuple[str, ...]


def understand(words: str, root: Path, asked: RequestedOptions) -> Task:
    """What a task in words means for the project at `root`; options that were `asked` stand."""
    words = words.strip()
    reference = REFERENCE.search(words)
    told = words if reference is None else words.replace(reference[0], " ")
    playbook, because = recognised(told) if words else (INTEGRATE, "")
    folder, where = _folder(told, root)
    found = list(_options(told))
    understood = [
        *([Understood("playbook", playbook.name, because)] if playbook else []),
        *([Understood("path", str(folder.relative_to(root)), where)] if where else []),
        *found,
        *([Understood("reference", reference[1], reference[0].strip())] if reference else []),
    ]
    return Task(
        playbook=playbook,
        folder=folder,
        requested=_following(_both(asked, found), root, folder, reference and reference[1]),
        reference=reference[1] if reference else None,
        understood=tuple(each for each in understood if each.words),
        notes=tuple(_notes(told, root, folder, reference and reference[1], found)),
    )


def _folder(words: str, root: Path) -> tuple[Path, str]:
    """The folder inside the project that a task names, where there is one."""
    for found in IN.finditer(URL.sub(" ", words)):
        folder = (root / found[1]).resolve()
        is_inside = folder.is_relative_to(root.resolve()) and folder != root.resolve()
        if folder.is_dir() and is_inside and not (folder / "__init__.py").exists():
            return root / found[1].removeprefix("./"), found[0].strip()
    return root, ""


def _options(words: str) -> Iterator[Understood]:
    url = _mcp_url(words)
    if url:
        yield Understood("mcp_url", url, url)
    seen: set[str] = set()
    plain = URL.sub(" ", words)
    for field, value, pattern in PHRASES:
        found = re.search(pattern, plain, re.IGNORECASE)
        if found and field not in seen:
            seen.add(field)
            yield Understood(field, value, found[0])
    for field, pattern in VALUES:
        found = re.search(pattern, plain)
        if found and field not in seen:
            seen.add(field)
            yield Understood("route" if field == "path" else field, found[1], found[0])
    for what, value, pattern in ALWAYS:
        named = re.search(pattern, plain, re.IGNORECASE)
        if named and what not in seen:
            yield Understood(what, value, named[0])
    for name, pattern in FEATURES:
        found = re.search(pattern, plain, re.IGNORECASE)
        if found:
            yield Understood("with", name, found[0])


def _mcp_url(words: str) -> str | None:
    urls: list[str] = [url.rstrip(".") for url in URL.findall(words)]
    named = [url for url in urls if re.search(r"\bmcp\b", url)]
    if not named and len(urls) == 1 and re.search(r"\bmcp\b", URL.sub(" ", words), re.IGNORECASE):
        named = urls
    return named[0] if named else None


def _both(asked: RequestedOptions, found: list[Understood]) -> RequestedOptions:
    """The request with what the task says, wherever nothing was asked for by an option."""
    said: dict[str, Any] = {each.what: each.value for each in found}
    if "route" in said:
        said["path"] = said.pop("route")
    features = tuple(each.value for each in found if each.what == "with")
    if features:
        said["features"] = features
    free = {each.name for each in fields(asked) if getattr(asked, each.name) == each.default}
    return replace(asked, **{name: value for name, value in said.items() if name in free})


def _following(
    requested: RequestedOptions, root: Path, folder: Path, reference: str | None
) -> RequestedOptions:
    """The request with the folder that is named as a reference, where there is one inside."""
    place = _place(root, folder, reference) if reference else None
    return (
        requested if place is None or requested.reference else replace(requested, reference=place)
    )


def _place(root: Path, folder: Path, reference: str) -> Path | None:
    named = reference.split()[0].rstrip("/")
    for place in (root / named, folder / named):
        if place.is_dir() and place.resolve().is_relative_to(root.resolve()):
            return place.resolve()
    return None


def _notes(
    words: str,
    root: Path,
    folder: Path,
    reference: str | None,
    found: list[Understood],
) -> Iterator[str]:
    for url in URL.findall(words):
        if url.rstrip(".") not in {each.value for each in found}:
            yield f"Nothing was made of {url}: the words do not say that it is an MCP server."
    named = [each[1] for each in IN.finditer(URL.sub(" ", words)) if "/" in each[1]]
    for path in named:
        if folder == root and not (root / path).is_dir():
            yield f"There is no folder `{path}` in `{root}`; this is for `{root}` itself."
    other = OTHER_DATABASES.search(words)
    if other:
        yield f"The chat keeps its conversations in PostgreSQL; {other[0]} is not used for them."
    if reference:
        there = _place(root, folder, reference)
        yield f"Reference `{reference}`: " + (
            "the options of the chat in it are followed. No code is copied from it; what is "
            "below is the tested form of those patterns."
            if there
            else "there is no such folder here. What is below is the tested form of such patterns."
        )
