"""Compose: the services of a compose file, with the lines of their variables."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from chatkit_agent.project.source.sources import Sources

NAME = re.compile(r"(?:.*/)?(?:docker-)?compose[\w.-]*\.ya?ml")
KEY = re.compile(r"( *)([\w.-]+)\s*:(?:\s+(.*))?$")
PAIR = re.compile(r"\s*(?:-\s+)?[\"']?(\w+)(?:\s*:\s+|=)(.*)$")
PORTS = re.compile(r"(?:^|[\"'\s\[,:])(\d+):(\d+)(?=[\"'\s\],/]|$)")


@dataclass
class Service:
    """One service, as far as it is written in the plain form that people write."""

    name: str
    lines: list[tuple[int, str]] = field(default_factory=list)

    @property
    def text(self) -> str:
        return "\n".join(line for _, line in self.lines)

    @property
    def ports(self) -> list[tuple[int, int]]:
        """The published ports, with those that they lead to."""
        return [(int(outer), int(inner)) for outer, inner in PORTS.findall(self._part("ports"))]

    @property
    def is_postgres(self) -> bool:
        return (
            re.search(r"(?m)^\s*image:\s*\S*(?:postgres|pgvector|timescale)", self.text) is not None
        )

    def variables(self) -> Iterator[tuple[str, str, int]]:
        """Name, value and line of what is set in it, where the value is written down."""
        for number, line in self._lines("environment"):
            pair = PAIR.match(line.split(" #")[0].rstrip())
            value = pair[2].strip().strip("\"'") if pair else ""
            if pair and value and "$" not in value:
                yield pair[1], value, number

    def _part(self, key: str) -> str:
        return "\n".join(line for _, line in self._lines(key))

    def _lines(self, key: str) -> Iterator[tuple[int, str]]:
        """The lines below a key, and what stands beside it."""
        within: int | None = None
        for number, line in self.lines:
            found = KEY.match(line)
            indent = len(line) - len(line.lstrip())
            if found and found[2] == key and within is None:
                within = indent
                yield number, found[3] or ""
            elif within is not None and line.strip():
                if indent < within or (indent == within and not line.lstrip().startswith("- ")):
                    return
                yield number, line


def compose_files(sources: Sources) -> Iterator[tuple[str, list[Service]]]:
    for path in sources.tree.paths:
        if NAME.fullmatch(path) and (services := list(_services(sources.text(path)))):
            yield path, services


def _services(text: str) -> Iterator[Service]:
    service: Service | None = None
    depth, is_inside = 0, False
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        found = KEY.match(line)
        indent = len(line) - len(line.lstrip())
        if indent == 0:
            is_inside = line.startswith("services:")
            depth = 0
        elif is_inside and found and (not depth or indent == depth):
            depth = indent
            if service is not None:
                yield service
            service = Service(found[2])
        elif is_inside and service is not None:
            service.lines.append((number, line))
    if service is not None:
        yield service
