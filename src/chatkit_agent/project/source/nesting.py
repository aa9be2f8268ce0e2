"""Nesting: how deep Python source goes, told from its tokens alone, before anything parses it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

DEEPEST = 200
"""Parts inside each other: a parser goes down with them, and each brings several calls."""

QUOTED = (
    rb"\"\"\"[^\\\"]*(?:(?:\\.|\"(?!\"\"))[^\\\"]*)*\"\"\""
    rb"|'''[^\\']*(?:(?:\\.|'(?!''))[^\\']*)*'''"
    rb"|\"(?!\"\")[^\\\"\n]*(?:\\.[^\\\"\n]*)*\"|'(?!'')[^\\'\n]*(?:\\.[^\\'\n]*)*'"
)
STRING = rb"(?:(?<!\w)[rbfutRBFUT]{1,3})?(?:" + QUOTED + rb")"
TOKEN = re.compile(
    rb"(?P<link>[-+*/%@&|^~.]+|\b(?:and|or|not|if|else|lambda|await)\b)"
    rb"|(?P<line>\n[ \t\f]*)(?P<first>elif\b|else\b|(?=[#\r\n]))?"
    rb"|(?P<open>[\[({])|(?P<close>[\])}])|(?P<end>[,;])"
    rb"|(?P<skipped>#[^\n]*|\\\r?\n)"
    rb"|(?P<string>" + STRING + rb")"
    rb"|(?P<broken>[\"'])",
    re.DOTALL,
)
FORMATTED = re.compile(rb"[rRbB]?[fFtT]")
FIELD = re.compile(rb"[\[({]|[\])}]|[-+*/%@&|^~.]")


@dataclass
class _Depth:
    """What is open at one place of the source. `links` has one count for each open bracket."""

    links: list[int] = field(default_factory=lambda: [0])
    blocks: list[tuple[bytes, int]] = field(default_factory=lambda: [(b"", 0)])
    """Indentation and number of `elif` of each open block."""
    most: int = 0

    def linked(self, count: int = 1) -> None:
        self.links[-1] += count
        inner = sum(self.links) + len(self.links) - 1
        outer = 2 * (len(self.blocks) - 1) + sum(chained for _, chained in self.blocks)
        self.most = max(self.most, inner + outer)

    def line(self, indent: bytes, first: bytes) -> None:
        self.links = [0]
        while len(self.blocks) > 1 and len(indent) < len(self.blocks[-1][0]):
            self.blocks.pop()
        if len(indent) > len(self.blocks[-1][0]):
            self.blocks.append((indent, 0))
        known, chained = self.blocks[-1]
        chained = chained + 1 if first == b"elif" else chained if first == b"else" else 0
        self.blocks[-1] = known, chained
        self.linked(0)


def depth_of(source: bytes) -> int:
    """How many parts are inside each other at most; never less than it is, often a little more."""
    depth = _Depth()
    for token in TOKEN.finditer(source):
        kind, text = token.lastgroup, token[0]
        if kind == "link":
            depth.linked(1 if text.isalpha() else len(text))
        elif kind in ("line", "first"):
            if len(depth.links) == 1 and token["first"] != b"":
                depth.line(token["line"][1:], token["first"] or b"")
        elif kind == "open":
            depth.linked()
            depth.links.append(0)
        elif kind == "close":
            depth.links[1:] = depth.links[1:-1]
        elif kind == "end":
            depth.links[-1] = 0
        elif kind == "string":
            depth.linked()
            if FORMATTED.match(text):
                depth.most = max(depth.most, sum(depth.links) + _inner_depth(text))
        elif kind == "broken":
            break
        if depth.most > DEEPEST:
            break
    return depth.most


def _inner_depth(text: bytes) -> int:
    """How deep the expressions in a formatted string go."""
    open_, most, linked = 0, 0, 0
    for each in FIELD.findall(text):
        if each in b"[({":
            open_ += 1
            linked = 0
        elif each in b"])}":
            open_ = max(open_ - 1, 0)
            linked = 0
        elif open_:
            linked += 1
        most = max(most, 2 * open_ + linked)
    return most
