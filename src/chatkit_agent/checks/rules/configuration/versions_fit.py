"""The versions of the chat's libraries go together."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.version import InvalidVersion
from packaging.version import Version as Number

from chatkit_agent.checks.check import PROJECT, Finding, check
from chatkit_agent.evidence.static import Evidence, Packages, Version
from chatkit_agent.project.source.walking import line_at


@dataclass(frozen=True)
class Bad:
    """Versions of a package that were seen not to work. `free` are packages that must be open."""

    package: str
    versions: str
    what: str
    fix: str
    free: str = ""


KNOWN = (
    Bad(
        "openai-chatkit",
        "<0.0.2",
        "This openai-chatkit is an empty placeholder: nothing can be imported from it.",
        "Declare `openai-chatkit>=1.6.5,<1.7`.",
    ),
    Bad(
        "mcp",
        ">=1.19,<1.21",
        "This mcp fails when it is imported beside a current pydantic.",
        "Declare `mcp>=1.21.2,<3`.",
        free="pydantic",
    ),
    Bad(
        "openai-agents",
        ">=0.4,<0.18",
        "This openai-agents takes the newest openai, with which every turn fails.",
        "Declare `openai-agents>=0.20,<0.25`, or pin an openai of its time.",
        free="openai",
    ),
)


# What the SDKs ask for themselves: with less an installer gives up, or an import fails.
ASKED = {"pydantic": ">=2.9", "openai": ">=2"}
LEAST_PYTHON = (3, 10)
PYTHON = re.compile(r"(?im)^(?:FROM\s+(?:--\S+\s+)?(?:\S+/)?python:|python-)(\d+)\.(\d+)\S*")


@check("CK701", needs=PROJECT, symptoms=("does_not_start", "stream_error", "unavailable", "silent"))
def versions_fit(evidence: Evidence) -> Iterator[Finding]:
    """The versions of the chat's libraries go together, as declared, locked and installed: some
    were seen to fail at import or in every turn, and an unpinned openai-chatkit may be an empty
    placeholder. Also that the image or `runtime.txt` that the application is deployed with has
    Python 3.10 or newer.
    """
    packages = evidence.packages
    for bad in KNOWN:
        found = packages.version(bad.package)
        is_free = not bad.free or packages.version(bad.free) is None
        if found and is_free and _is_in(found.text, bad.versions):
            yield _finding(bad.package, bad.what, bad.fix, found, f"{bad.package} {found.text}")
    yield from _placeholder(packages)
    yield from _unequal(packages)
    yield from _too_old(packages)
    yield from _pythons(evidence)


def _pythons(evidence: Evidence) -> Iterator[Finding]:
    """What the application is deployed with, where the chat's packages cannot be installed."""
    if "openai-chatkit" not in evidence.packages.declared:
        return
    sources = evidence.sources
    told = (each for each in sources.tree.paths if each.rpartition("/")[2] == "runtime.txt")
    for path in (*(each.path for each in evidence.project.images), *told):
        text = sources.text(path)
        for found in PYTHON.finditer(text):
            if (int(found[1]), int(found[2])) < LEAST_PYTHON:
                where = f"{path}:{line_at(text, found.start())}"
                yield Finding(
                    what=f"The application is deployed with Python {found[1]}.{found[2]}, and the "
                    "chat's libraries cannot be installed there.",
                    where=where,
                    evidence=f"`{found[0]}`; openai-chatkit, openai-agents and mcp need 3.10.",
                    fix="Deploy with the Python that you develop with, 3.10 or newer.",
                    cause="version:python",
                    explains=("does_not_start", "unavailable"),
                )


def _placeholder(packages: Packages) -> Iterator[Finding]:
    """Without a lower bound a resolver may go back to the placeholder."""
    name = "openai-chatkit"
    declared = packages.declared.get(name)
    if declared and packages.version(name) is None and _allows(declared.text, "0.0.1"):
        written = f"`{name}{declared.text}` allows 0.0.1, which is an empty placeholder"
        what = "A resolver may install an openai-chatkit in which there is nothing."
        yield _finding(name, what, f"Declare `{name}>=1.6.5,<1.7`.", declared, written)


def _too_old(packages: Packages) -> Iterator[Finding]:
    """Beside an openai-agents of today, which a chat that pins an old one does not have."""
    agents = packages.version("openai-agents")
    declared = packages.declared.get("openai-agents")
    is_old = agents is not None and _is_in(agents.text, "<0.18")
    if is_old or (declared is not None and not _allows(declared.text, "0.24")):
        return
    chatkit = packages.declared.get("openai-chatkit") or declared
    for name, asked in ASKED.items() if chatkit else ():
        found = packages.declared.get(name)
        if found and found.text and not _reaches(found.text, asked.removeprefix(">=")):
            what = f"The chat's libraries cannot be installed: they need {name} {asked}."
            fix = f"Allow a newer one: `{name}{asked}`."
            yield _finding(name, what, fix, found, f"`{name}{found.text}` does not allow that")


def _reaches(specifier: str, least: str) -> bool:
    """Whether a range goes up to some version; unsure is yes."""
    try:
        for each in SpecifierSet(specifier):
            is_end = each.operator in ("<", "<=", "==", "===", "~=") and "*" not in each.version
            if is_end and Number(each.version) < Number(least):
                return each.operator == "~=" and len(Number(each.version).release) < 3
            if each.operator == "<" and Number(each.version) <= Number(least):
                return False
        return True
    except (InvalidSpecifier, InvalidVersion):
        return True


def _unequal(packages: Packages) -> Iterator[Finding]:
    mcp, agents = packages.version("mcp"), packages.version("openai-agents")
    if mcp and agents and _is_in(mcp.text, ">=2") and _is_in(agents.text, "<0.20"):
        what = "mcp 2 needs openai-agents 0.20 or newer; with an older one the import fails."
        fix = "Declare `openai-agents>=0.20,<0.25`."
        both = f"mcp {mcp.text} and openai-agents {agents.text}"
        yield _finding("openai-agents", what, fix, agents, both)


def _is_in(version: str, versions: str) -> bool:
    try:
        return Number(version) in SpecifierSet(versions, prereleases=True)
    except InvalidVersion:
        return False


def _allows(specifier: str, version: str) -> bool:
    try:
        return Number(version) in SpecifierSet(specifier)
    except InvalidSpecifier:
        return False


def _finding(package: str, what: str, fix: str, found: Version, evidence: str) -> Finding:
    return Finding(
        what=what,
        where=found.where,
        evidence=evidence,
        fix=fix,
        cause=f"version:{package}",
    )
