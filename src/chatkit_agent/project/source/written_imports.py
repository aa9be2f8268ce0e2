"""Written imports: what an import statement binds, told from its text.

There are so many of them that parsing each would take longer than what else is read of a file.
"""

from __future__ import annotations

import re
from keyword import iskeyword

from chatkit_agent.project.source.syntax import Import

COMMENT = re.compile(r"#[^\n]*")
FROM = re.compile(
    r"from[ \t]+(?=\.|\w)(\.*)([\w.]*)[ \t]+import[ \t]+(?:\(([^()]*?),?\s*\)|(\*|[^()\n]+))"
)
PLAIN = re.compile(r"import[ \t]+([^()\n]+)")
ALIAS = re.compile(r"\s*([A-Za-z_][\w.]*)(?:\s+as\s+([A-Za-z_]\w*))?\s*")


def imports_written(source: bytes) -> tuple[tuple[str, Import], ...]:
    """As `syntax.imports` gives it; empty where it is no plain import, or not for certain."""
    text = COMMENT.sub("", source.decode("ascii", errors="replace")).strip()
    if found := FROM.fullmatch(text):
        dots, module, inside, outside = found.groups()
        level = len(dots)
        if outside == "*":
            return (("*", Import(module, level, "*")),)
        aliases = _aliases(inside if outside is None else outside)
        return tuple((to or name, Import(module, level, name)) for name, to in aliases)
    plain = PLAIN.fullmatch(text)
    return tuple(_binding(name, to) for name, to in _aliases(plain[1])) if plain else ()


def _binding(name: str, to: str | None) -> tuple[str, Import]:
    head = name.partition(".")[0]
    return (to, Import(name)) if to else (head, Import(head))


def _aliases(names: str) -> tuple[tuple[str, str | None], ...]:
    found = [ALIAS.fullmatch(each) for each in names.split(",")]
    words = [part for each in found if each for part in each.groups("") for part in part.split(".")]
    if None in found or any(map(iskeyword, words)):
        return ()
    return tuple((each[1], each[2]) for each in found if each)
