"""References: which names the source of a chat uses, whatever they stand for there."""

from __future__ import annotations

import io
import re
import tokenize
from collections import Counter
from dataclasses import dataclass
from functools import cached_property, lru_cache

IMPORTS = re.compile(r"(?m)^[ \t]*from[ \t]+[\w.]+[ \t]+import[ \t]+(?:\([^)]*\)|[^\n]*)")
USES = re.compile(r"(?<!def )\b(\w+)(?=\s*\()|(?<=[=(,\[])\s*(\w+)\b(?!\s*=)|(?<=\.)(\w+)")
WORDS = re.compile(r"\w+")


BLANK = (tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.NL, tokenize.COMMENT)


@lru_cache(maxsize=512)
def bare(text: str) -> str:
    """Some source without its comments and docstrings, on the same lines."""
    try:
        found = list(tokenize.generate_tokens(io.StringIO(text).readline))
    except (tokenize.TokenError, SyntaxError):
        return text
    lines = text.splitlines(keepends=True)
    before = tokenize.NEWLINE
    for each, after in zip(found, [*found[1:], found[-1]], strict=True):
        is_prose = each.type == tokenize.STRING and before in BLANK and after.type in BLANK
        if each.type == tokenize.COMMENT or is_prose:
            (first, start), (last, end) = each.start, each.end
            for number in range(first - 1, last):
                line = lines[number]
                left = line[:start] if number == first - 1 else ""
                lines[number] = left + (line[end:] if number == last - 1 else "\n")
        before = each.type if each.type != tokenize.NL else before
    return "".join(lines)


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
