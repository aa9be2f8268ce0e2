"""What the docs say of the rules, from their own declarations."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from typing import Any

from chatkit_agent.checks.check import Check, Kind
from chatkit_agent.checks.rules import CHECKS

READS: dict[Kind, str] = {
    "source": "source",
    "settings": "source, settings, deployment",
    "log": "log",
    "wire": "running application, trace",
    "boot": "sandbox (`doctor --boot`)",
    "run": "sandbox (`verify`)",
}
INDEX = """\
# Rules

`verify` and `doctor` share these rules. `verify` boots a copy of the application and makes the ones
that read its sandbox; `doctor` makes every rule whose evidence is there: source and settings
always, the rest with `--log`, `--trace`, `--url` or `--boot`. `chatkit-agent rule CK203` explains
one.

A rule that could not see what it has to judge says so and never passes in silence: what it finds is
`inconclusive`. Errors are faults, warnings are risks, infos are worth a thought.

Choose with `--select CK2,CK101` and `--ignore CK205`, or for everybody in `pyproject.toml`:

```toml
[tool.chatkit-agent]
ignore = ["CK205"]
```

A comment accepts what is found on its line: `# chatkit: ignore[CK203]`. One that accepts nothing is
told (CK714). `--format sarif` is for code scanning, `--format github` for the annotations of a
workflow. This page and the ones that it links to are written by `make rules`.
"""


def pages() -> dict[str, str]:
    """Each file below `docs/`, and its content."""
    ordered = sorted(CHECKS, key=attrgetter("code"))
    topics = {topic: list(each) for topic, each in groupby(ordered, attrgetter("topic"))}
    own = {f"rules/{topic}.md": _page(topic, checks) for topic, checks in topics.items()}
    rows = (_table(topic, checks) for topic, checks in topics.items())
    return {"rules.md": "\n".join((INDEX, *rows)), **own}


def _table(topic: str, checks: Sequence[Check[Any]]) -> str:
    head = f"## [{topic.capitalize()}](rules/{topic}.md)\n\n| code | rule | severity | reads |"
    rows = (f"| {each.code} | {each.title} | {each.severity} | {_reads(each)} |" for each in checks)
    return "\n".join((head, "|---|---|---|---|", *rows, ""))


def _page(topic: str, checks: Sequence[Check[Any]]) -> str:
    return "\n".join((f"# Rules on {topic}\n", *map(_section, checks)))


def _section(check: Check[Any]) -> str:
    reads = f"`{check.name}`, {check.severity}. Reads: {_reads(check)}."
    return f"## {check.code}: {check.title}\n\n{reads}\n\n{check.about}\n"


def _reads(check: Check[Any]) -> str:
    return "; ".join(READS[kind] for kind in check.kinds)


def write_pages(docs: Path) -> None:
    for path, text in pages().items():
        (docs / path).parent.mkdir(exist_ok=True)
        (docs / path).write_text(text)
