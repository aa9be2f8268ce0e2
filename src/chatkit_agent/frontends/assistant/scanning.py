"""Scanning: what a secret scanner knows by its form, whatever file it stands in."""

from __future__ import annotations

from collections.abc import Iterable

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
    found = {secret for each in DETECTORS for secret in each.analyze_string(lines)}
    return {each for each in found if len(each) >= SHORTEST}
