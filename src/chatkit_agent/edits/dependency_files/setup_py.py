"""`setup.py`: a list of requirements that is written out in it; what is computed stays alone."""

from __future__ import annotations

import re
from collections.abc import Sequence

import libcst as cst
from libcst.metadata import CodeRange, MetadataWrapper, PositionProvider

from chatkit_agent.errors import CannotRead, UnusualFile
from chatkit_agent.project.facts import Packaging
from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.declared import literal_requirements
from chatkit_agent.project.text.lines import Text

REST = re.compile(r"\s*,?\s*(?:#.*)?\s*")


def add_to_setup_py(text: Text, missing: Sequence[str], packaging: Packaging) -> Text:
    try:
        wrapper = MetadataWrapper(syntax.parse(text.content), unsafe_skip_copy=True)
    except CannotRead as error:
        raise UnusualFile("it cannot be parsed.") from error
    listed = literal_requirements(wrapper.module)
    if listed is None or not listed.elements:
        raise UnusualFile("its `install_requires` is computed, not a list of strings.")
    positions = wrapper.resolve(PositionProvider)
    last = listed.elements[-1]
    place = positions[last.value]
    there = {syntax.text(element.value) for element in listed.elements}
    quoted = [_like(last.value, each) for each in missing if each not in there]
    if not quoted:
        return text
    if _is_on_lines(text.lines[place.end.line - 1], place.end.column):
        return _on_lines(text, place, quoted)
    return text.insert_at(place.end, "".join(f", {each}" for each in quoted))


def _is_on_lines(line: str, end: int) -> bool:
    """Whether the line holds requirements and nothing else, the last of which ends at `end`."""
    return line.lstrip()[:1] in ("'", '"') and bool(REST.fullmatch(line[end:]))


def _on_lines(text: Text, place: CodeRange, quoted: Sequence[str]) -> Text:
    """After the last one, each on a line with its indentation; its comma and comment stay."""
    line = text.lines[place.end.line - 1]
    indent = line[: len(line) - len(line.lstrip())]
    has_comma = line[place.end.column :].lstrip().startswith(",")
    lines = [f"{indent}{each}," for each in quoted]
    if not has_comma:
        lines[-1] = lines[-1].removesuffix(",")
    changed = text.insert_after(place.end.line, lines)
    return changed if has_comma else changed.insert_at(place.end, ",")


def _like(existing: cst.BaseExpression, requirement: str) -> str:
    quote = existing.quote if isinstance(existing, cst.SimpleString) else '"'
    return f"{quote}{requirement}{quote}"
