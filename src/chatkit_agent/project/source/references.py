"""References: which names the source of a chat uses, whatever they stand for there."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from functools import cached_property

IMPORTS = re.compile(r"(?m)^[ \t]*from[ \t]+[\w.]+[ \t]+import[ \t]+(?:\([^)]*\)|[^\n]*)")
USES = re.compile(r"(?<!def )\b(\w+)(?=\s*\()|(?<=[=(,\[])\s*(\w+)\b(?!\s*=)|(?<=\.)(\w+)")
WORDS = re.compile(r"\w+")


def without_imports(text: str) -> str:
    return IMPORTS.sub("", text)


@dataclass(frozen=True)
class References:
    """Looked up once for all names, since a large project asks of thousands."""

    texts: tuple[str, ...]

    @cached_property
    def used(self) -> frozenset[str]:
        """What is called, handed on, given to a name, or an attribute."""
        found = (each for text in self.texts for each in USES.finditer(without_imports(text)))
        return frozenset(each[each.lastindex or 0] for each in found)

    @cached_property
    def _counts(self) -> Counter[str]:
        return Counter(word for text in self.texts for word in WORDS.findall(without_imports(text)))

    def stands_outside(self, name: str, own: str) -> bool:
        """Whether a name stands anywhere but in `own`, a part of the texts; comments count."""
        return self._counts[name] > WORDS.findall(without_imports(own)).count(name)
