"""What became of one application, whether that is well, and the page that tells it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from statistics import median
from typing import Any

SOME_UNSEEN = "not seen in part"
VERIFIED = {"in-process": "verified", "sidecar": "verified as a sidecar"}
HEADS = (
    "application",
    "found",
    "made as",
    "FastAPI",
    "signed-in user",
    "edited",
    "checks",
    "own tests",
    "inspect",
    "all",
    "state",
)
INTRODUCTION = """# Real applications

Public FastAPI applications that we did not write, each in a copy, with its own environment and
pins. `{command}` runs `inspect`, `plan`, `add --yes` (which checks), `plan` again
and `undo` on each, and its own tests before and after; it wrote this page. Nothing was done by
hand, but for naming the application with `--app` where a folder holds several. Undo is compared
byte for byte, file modes included. Times are in seconds: of the processor for `inspect`, and of the
clock for all, on 2 cores that a lot of other work was using too. `state` is the commit that was
tried. A sidecar changes no file that was
there; where it says `existing`, it accepts the tokens of the application's own sign-in."""


@dataclass
class Row:
    """One application; times are in seconds."""

    id: str
    repo: str = ""
    folder: str = ""
    fastapi: str = ""
    python: str = ""
    wanted: str = "-"
    found: str = "-"
    kind: str = "-"
    named: bool = False
    """Whether the application had to be named with `--app`."""
    mode: str = "in-process"
    users: str = "-"
    edited: list[str] = field(default_factory=list)
    created: int = 0
    applied: bool = False
    ok: bool = False
    """Whether no check failed; one that could not be made is no failure, but is told."""
    checks: dict[str, bool] = field(default_factory=dict)
    inconclusive: list[str] = field(default_factory=list)
    """Checks that did not see what they judge."""
    reasons: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    again: int = 0
    """How many files a second plan would change."""
    left: list[str] = field(default_factory=list)
    """Files that are not as they were, byte for byte, when everything is over."""
    tests_before: dict[str, str] = field(default_factory=dict)
    tests_after: dict[str, str] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    state: str = ""
    """The commit of this code with which it was tried."""
    processor: float = 0.0
    """Processor seconds that `inspect` takes, which no other work on the machine changes much."""

    @classmethod
    def of(cls, saved: Mapping[str, Any]) -> Row:
        known = {each.name for each in fields(cls)}
        return cls(**{name: value for name, value in saved.items() if name in known})

    @property
    def verified(self) -> bool:
        """Every check saw what it judges, and passed."""
        return self.applied and self.ok and bool(self.checks) and all(self.checks.values())

    @property
    def broken_tests(self) -> list[str]:
        """Tests of the application's own that passed before the chat was added, and no longer."""
        passed = [name for name, how in self.tests_before.items() if how == "passed"]
        return [name for name in passed if self.tests_after.get(name) != "passed"]

    @property
    def faults(self) -> list[str]:
        """What must never be, however it ended."""
        found = []
        if self.found not in ("-", self.wanted):
            found.append(f"a wrong application was chosen: `{self.found}`")
        if self.left:
            found.append(f"not as it was in the end: {', '.join(self.left[:5])}")
        if self.again:
            found.append(f"a second plan would change {self.again} files")
        if self.applied and self.broken_tests:
            found.append(f"its own tests broke: {', '.join(self.broken_tests[:5])}")
        if self.applied and not self.ok and self.checks:
            found.append("what was not checked was left in the project")
        if self.checks.get("routes_kept") is False and "routes_kept" not in self.inconclusive:
            found.append("its own routes broke")
        if not self.reasons and not self.verified:
            found.append("no reason was given")
        return found

    @property
    def outcome(self) -> str:
        if self.verified:
            return VERIFIED[self.mode]
        if self.applied:
            return SOME_UNSEEN if self.ok else "not verified"
        is_chat = any("is a chat here already" in reason for reason in self.reasons)
        return "chat recognised" if is_chat else "refused"


def page(rows: Sequence[Row], command: str) -> Iterator[str]:
    """The result page, line by line."""
    yield from INTRODUCTION.format(command=command).splitlines()
    yield ""
    yield from figures(rows)
    yield ""
    yield from table(HEADS, [cells(row) for row in rows if row.verified])
    yield ""
    yield "In each, the second plan was empty, and `undo` left every byte as it was."
    yield from conditions(row for row in rows if row.verified)
    yield ""
    yield "## Not verified, and why"
    yield ""
    others = [row for row in rows if not row.verified]
    yield from table(
        ("application", "found", "outcome", "what it says", "state"),
        [
            (named(row), f"`{row.found}`", row.outcome, "<br>".join(told(row)), row.state)
            for row in others
        ],
    )


def conditions(rows: Iterable[Row]) -> Iterator[str]:
    """What could not be checked of an application, and under which conditions the rest was."""
    marks = ("in the way", "Every request", "Inside the application", "alone")
    lines = [
        f"- {named(row)}: {' '.join(telling)}"
        for row in rows
        if (telling := [*row.reasons, *(n for n in row.notes if any(m in n for m in marks))])
    ]
    yield from ["", "Under these conditions, or but for these:", "", *lines] if lines else []


def figures(rows: Sequence[Row]) -> Iterator[str]:
    verified = [row for row in rows if row.verified]
    chats = [row for row in rows if row.outcome == "chat recognised"]
    free = len(rows) - len(chats)
    inside = sum(row.mode == "in-process" for row in verified)
    yield (
        f"- **{len(verified)} of {free} verified with every check** "
        f"({percent(len(verified), free)}): {inside} in-process, {len(verified) - inside} as a "
        f"sidecar. {len(chats)} more have a chat already, which was recognised and left alone."
    )
    for outcome in (SOME_UNSEEN, "refused", "not verified"):
        yield f"- {outcome}: {sum(row.outcome == outcome for row in rows)}"
    named = [row for row in rows if row.named]
    yield f"- wrong application chosen: {sum(row.found not in ('-', row.wanted) for row in rows)}"
    yield f"- several applications were listed, and one named with `--app`: {len(named)}"
    yield f"- not undone byte for byte: {sum(bool(row.left) for row in rows)}"
    ran = [row for row in rows if "passed" in row.tests_before.values() and row.applied]
    count = sum(list(row.tests_before.values()).count("passed") for row in ran)
    broke = sum(len(row.broken_tests) for row in ran)
    yield f"- own tests: {count} passed before in {len(ran)} applications; {broke} broke"
    times = [row.processor for row in rows if row.processor]
    if times:
        yield f"- `inspect`: {median(times):.1f} s of processor time, at most {max(times):.1f} s"


def percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:.0f} %" if whole else "-"


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(heads)} |"
    yield "|---" * len(heads) + "|"
    for row in rows:
        yield f"| {' | '.join(cell.replace('|', '/') for cell in row)} |"


def cells(row: Row) -> tuple[str, ...]:
    passed = sum(row.checks.values())
    return (
        named(row),
        f"`{row.found if row.found != '-' else row.wanted}`" + (", named" if row.named else ""),
        row.kind + (" (sidecar)" if row.mode == "sidecar" else ""),
        row.fastapi,
        row.users,
        ", ".join(row.edited) or "-",
        f"{passed} of {len(row.checks)}",
        own_tests(row),
        f"{row.processor:.1f}",
        f"{row.seconds.get('all', 0):.0f}",
        row.state,
    )


def named(row: Row) -> str:
    return row.repo + (f" `{row.folder}`" if row.folder else "")


def own_tests(row: Row) -> str:
    passed = list(row.tests_before.values()).count("passed")
    if not passed:
        return "none run" if row.tests_before else "none"
    return f"{passed - len(row.broken_tests)} of {passed}"


def told(row: Row) -> list[str]:
    failed = [name for name, ok in row.checks.items() if not ok]
    checks = [f"{len(row.checks) - len(failed)} of {len(row.checks)} checks"] if failed else []
    return [*checks, *row.reasons, *(f"FAULT: {fault}" for fault in row.faults)]
