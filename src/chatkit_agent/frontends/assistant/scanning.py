"""Scanning: what a secret scanner knows by its form, whatever file it stands in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from detect_secrets.core.plugins.util import get_mapping_from_secret_type_to_class
from detect_secrets.plugins.base import BasePlugin

# These go by a name, by an address or by chance: a hash, an identifier or a port would be hidden.
NOT_BY_FORM = frozenset(
    {"Base64HighEntropyString", "HexHighEntropyString", "IPPublicDetector", "KeywordDetector"}
)
SHORTEST = 6
# Some take the square of the length of a line.
LONGEST, OVERLAP = 2000, 200


def detectors() -> tuple[BasePlugin, ...]:
    known: Iterable[type[BasePlugin]] = get_mapping_from_secret_type_to_class().values()
    return tuple(each() for each in known if each.__name__ not in NOT_BY_FORM)


DETECTORS = detectors()


def secrets_in(text: str) -> set[str]:
    """The secrets of any known form in a text."""
    lines = "\n".join(
        line[start : start + LONGEST]
        for line in text.splitlines()
        for start in range(0, len(line), LONGEST - OVERLAP)
    )
    found = {secret for each in DETECTORS for secret in _found_by(each, lines)}
    return {each for each in found if len(each) >= SHORTEST}


def _found_by(detector: BasePlugin, lines: str) -> Iterator[str]:
    yield from detector.analyze_string(lines)
    # Of GitHub's and GitLab's tokens a group is no more than how they begin.
    for pattern in getattr(detector, "denylist", ()):
        for match in pattern.finditer(lines) if pattern.groups else ():
            group = max((each or "" for each in match.groups()), key=len)
            ends = match.end(match.lastindex) if match.lastindex else match.start()
            if len(group) < match.end() - ends:
                yield match[0]
