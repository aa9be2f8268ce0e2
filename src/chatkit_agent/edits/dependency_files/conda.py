"""conda's `environment.yml`: the list `pip` in `dependencies`, since conda has not all packages."""

from __future__ import annotations

import re
from collections.abc import Sequence

from chatkit_agent.errors import UnusualFile
from chatkit_agent.project.facts import Packaging
from chatkit_agent.project.text.lines import Text

ITEM = re.compile(r"(?P<indent>[ \t]*)-(?P<gap>[ \t]+)(?P<value>.*?)\s*")


def add_to_environment(text: Text, missing: Sequence[str], packaging: Packaging) -> Text:
    items = _items(text)
    there = {_value(each) for _, each in items}
    missing = [each for each in missing if each not in there]
    if not missing:
        return text
    outer = items[0][1]
    pip = next((number for number, each in items if _value(each) == "pip:"), None)
    if pip is None:
        return _with_pip(text, items, outer["indent"], outer["gap"], missing)
    inner = [
        (n, each) for n, each in items if n > pip and len(each["indent"]) > len(outer["indent"])
    ]
    if not inner:
        raise UnusualFile("its list `pip` is empty.")
    number, last = inner[-1]
    return text.insert_after(
        number + 1, [f"{last['indent']}-{last['gap']}{each}" for each in missing]
    )


def _with_pip(
    text: Text,
    items: Sequence[tuple[int, re.Match[str]]],
    indent: str,
    gap: str,
    missing: Sequence[str],
) -> Text:
    has_pip = any(re.match(r"pip\b(?!:)", each["value"]) for _, each in items)
    lines = [] if has_pip else [f"{indent}-{gap}pip"]
    lines.append(f"{indent}-{gap}pip:")
    lines += [f"{indent}    -{gap}{each}" for each in missing]
    return text.insert_after(items[-1][0] + 1, lines)


def _value(item: re.Match[str]) -> str:
    value: str = item["value"].partition(" #")[0].strip()
    is_quoted = len(value) > 1 and value[0] == value[-1] and value[0] in "\"'"
    return value[1:-1] if is_quoted else value


def _items(text: Text) -> list[tuple[int, re.Match[str]]]:
    """The items of `dependencies`, those of `pip` among them, by their lines (from 0)."""
    starts = [n for n, line in enumerate(text.lines) if re.match(r"dependencies:\s*(#.*)?$", line)]
    found: list[tuple[int, re.Match[str]]] = []
    for number, line in enumerate(text.lines[starts[0] + 1 :], starts[0] + 1) if starts else ():
        content = line.partition("#")[0].strip() if not line.strip().startswith("-") else line
        item = ITEM.fullmatch(line.rstrip("\r\n"))
        if item:
            found.append((number, item))
        elif content.strip():
            break
    if not found:
        raise UnusualFile("it has no list `dependencies` with one item on each line.")
    return found
