"""Arguments: one more argument of a call, or another value of one, in the call's own style."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import libcst as cst
from libcst.metadata import CodePosition, CodeRange, MetadataWrapper, PositionProvider

from chatkit_agent.project.source import syntax
from chatkit_agent.project.text.lines import Text


@dataclass(frozen=True)
class Patch:
    """`new` in the place of what is from `start` up to `end`."""

    start: CodePosition
    end: CodePosition
    new: str


@dataclass(frozen=True)
class Places:
    """A parsed file and where its parts stand."""

    text: Text
    module: cst.Module
    ranges: Mapping[cst.CSTNode, CodeRange]

    @classmethod
    def of(cls, content: bytes) -> Places:
        module = syntax.parse(content)
        wrapper = MetadataWrapper(module, unsafe_skip_copy=True)
        ranges = dict(wrapper.resolve(PositionProvider))
        return cls(Text.of(content, module.encoding), module, ranges)

    def replaced(self, node: cst.CSTNode, new: str) -> Patch:
        place = self.ranges[node]
        return Patch(place.start, place.end, new)

    def with_argument(self, call: cst.Call, new: str) -> Patch:
        """`new`, such as `retries=0`, after the last argument of a call."""
        if not call.args:
            end = self.ranges[call].end
            before = CodePosition(end.line, end.column - 1)
            return Patch(before, before, new)
        last = call.args[-1]
        place = self.ranges[last.value]
        begin = self.ranges[last].start
        indent = self.text.lines[begin.line - 1][: begin.column]
        if indent.strip():
            return Patch(place.end, place.end, f", {new}")
        if isinstance(last.comma, cst.Comma):
            below = CodePosition(place.end.line + 1, 0)
            return Patch(below, below, f"{indent}{new},{self.text.newline}")
        return Patch(place.end, place.end, f",{self.text.newline}{indent}{new}")

    def patched(self, patches: Iterable[Patch]) -> bytes:
        """The file with all patches, which must not overlap."""
        text = self.text
        for each in sorted(patches, key=lambda each: (each.start.line, each.start.column))[::-1]:
            text = text.replace(each.start, each.end, each.new)
        syntax.parse(text.content)
        return text.content
