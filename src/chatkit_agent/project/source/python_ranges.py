"""Python ranges: which versions of Python a declaration allows, however it is written."""

from __future__ import annotations

import re

from packaging.specifiers import InvalidSpecifier, SpecifierSet

from chatkit_agent.project.source.declared import pep440

PYTHONS = tuple(f"3.{minor}" for minor in range(10, 30))
"""Those that the chat runs on, the oldest first."""
MINORS = range(2, 40)
PATCHES = range(100)
EITHER = re.compile(r"\|\|?")


def allows(requires: str | None, python: str) -> bool:
    """Whether some release of a Python such as `3.11` is in the range: `==3.11.7` has one."""
    return requires is None or _holds(SpecifierSet(requires), python)


def is_range(text: str) -> bool:
    """Whether a text is a range as packaging, pip and uv read it."""
    try:
        SpecifierSet(text)
    except InvalidSpecifier:
        return False
    return True


def as_range(text: str) -> str | None:
    """Poetry's `^3.8`, `~3.9`, `3.10.*` and `~3.9 || ~3.11` as packaging reads them."""
    parts = [pep440(each) for each in EITHER.split(text)]
    if not all(parts) or not all(map(is_range, parts)):
        return None
    return parts[0] if len(parts) == 1 else _either([SpecifierSet(each) for each in parts])


def _either(ranges: list[SpecifierSet]) -> str | None:
    minors = [n for n in MINORS if any(_holds(each, f"3.{n}") for each in ranges)]
    if not minors:
        return None
    first, last = minors[0], minors[-1]
    gaps = (f",!=3.{n}.*" for n in range(first, last) if n not in minors)
    return f">=3.{first}" + (f",<3.{last + 1}" if last < MINORS[-1] else "") + "".join(gaps)


def _holds(wanted: SpecifierSet, python: str) -> bool:
    releases = (f"{python}.{patch}" for patch in PATCHES)
    return any(True for _ in wanted.filter(releases, prereleases=True))
