"""Elements: services that XML names in parts, as elements, attributes or named properties."""

from __future__ import annotations

import re
from collections.abc import Iterator

from chatkit_agent.sandbox.isolation.environment import is_credential
from chatkit_agent.sandbox.isolation.split_addresses import replaced_parts
from chatkit_agent.sandbox.isolation.substitutes import Substitutes

TAG = re.compile(r"<(?P<end>/?)(?P<name>\w[\w.:\-]*)(?P<inside>[^<>]*)>(?P<text>[^<>]*)")
ATTRIBUTE = re.compile(r"(?P<key>\w[\w.:\-]*)\s*=\s*(?P<quote>[\"'])(?P<value>[^\"']*)(?P=quote)")
NAMED = ("name", "key")
DEEPEST = 64
Place = tuple[int, int]


def without_elements(text: str, given: Substitutes) -> str:
    """The same text with other hosts, ports and credentials; no line moves."""
    places = dict(_places(text))
    known = {name: text[begin:end].strip() for name, (begin, end) in places.items()}
    new = replaced_parts(known, given, {})
    for name, value in known.items():
        if name not in new and is_credential(name, value):
            new[name] = given.credential(value)
    for name, (begin, end) in sorted(places.items(), key=lambda each: each[1], reverse=True):
        if name in new:
            text = f"{text[:begin]}{new[name]}{text[end:]}"
    return text


def _places(text: str) -> Iterator[tuple[str, Place]]:
    """Where each value stands, by the name with that of what it is in."""
    above: list[str] = []
    for tag in TAG.finditer(text):
        if tag["end"]:
            while above and above.pop() != tag["name"]:
                pass
            continue
        inside = {each["key"]: each for each in ATTRIBUTE.finditer(tag["inside"])}
        parent = above[-1] if above else ""
        called = next((inside[each]["value"] for each in NAMED if each in inside), None)
        for key, each in inside.items():
            begin = tag.start("inside")
            name = f"{parent}.{called}" if called and key == "value" else f"{tag['name']}.{key}"
            yield name, (begin + each.start("value"), begin + each.end("value"))
        if not tag["inside"].endswith("/") and len(above) < DEEPEST:
            above.append(tag["name"])
        if tag["text"].strip():
            yield f"{parent}.{tag['name']}", tag.span("text")
