"""What the turn's benchmark found, as tables, plots and `docs/performance.md`."""

from __future__ import annotations

import os
import statistics
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from turn_load import Block
from turn_streams import Streams

DOCS = Path(__file__).resolve().parent.parent / "docs"
Measured = dict[tuple[str, int], list[Block]]
OURS, BARE, REFERENCE = "ours", "bare SDK", "reference"
# Of our processor time by theirs, and of our time to the first text, by users at once.
GOALS = {BARE: {1: 0.55, 32: 0.5, 128: 0.5}, REFERENCE: dict.fromkeys((1, 32, 128), 0.4)}
FIRST_TEXT = 0.5
EACH_STREAM, HEALTH = 150, 50
PACKAGES = ("openai", "openai-agents", "openai-chatkit", "pydantic", "mcp", "uvicorn", "fastapi")
TOP = """\
# What a turn costs

Written by `make bench`; do not edit. A turn here is one call of a tool, then 50 tokens, in a
conversation of which the model gets the latest 20 items, with nobody pausing. The delivered chat
verifies the user's token, holds the thread, stores everything in PostgreSQL, calls its tool by MCP
as the user and looks for secrets in what it answers. The bare SDK, as its samples use it, does
none of that: its store is in memory, its tools are functions. The model, the tools' server and the
database are processes of their own. Only the application's own processor time is counted, which a
busy machine stretches too; so blocks of turns alternate in one run, and a ratio is that of two
blocks which came one after the other.
"""
BUSY = """
**The machine was busy with other work**, so all figures are upper bounds. Waiting for a processor
is in each time, most of all in the first text's, which with us has more processes to wait for.
"""
STREAMS = """\
## Answers that are open at once

{count:,} people on one worker, each with an answer that goes on at a word every 5 seconds and with
a connection to the tools' server. An open answer takes **{each:.0f} KiB** (goal: at most {goal});
the bare SDK's, which has no such connection and stores nothing, {bare:.0f}.
While all are open, the health route, which asks the database and the tools' server, answers after
**{health:.0f} ms** at the median (goal: under {limit}).

![Memory by open streams](performance-memory.svg)
"""


@dataclass(frozen=True)
class Profile:
    """Processor ms of a turn, and the shares of what it is spent on."""

    cost: float
    kinds: Mapping[str, float]
    lines: Mapping[str, float]


Profiles = dict[str, Profile]


def names_in(measured: Measured) -> list[str]:
    return list(dict.fromkeys(name for name, _ in measured))


def users_in(measured: Measured) -> list[int]:
    return sorted({users for _, users in measured})


def ratios(measured: Measured, other: str, users: int, part: str) -> list[float]:
    """Ours by theirs, block by block."""
    pairs = zip(measured[OURS, users], measured[other, users], strict=True)
    return [getattr(ours, part) / getattr(theirs, part) for ours, theirs in pairs]


def spread(found: Iterable[float]) -> str:
    ordered = sorted(found)
    return f"{statistics.median(ordered):.2f} ({ordered[0]:.2f} to {ordered[-1]:.2f})"


def middle(blocks: Iterable[Block], part: str) -> float:
    return statistics.median(getattr(each, part) for each in blocks)


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> Iterator[str]:
    columns = list(head)
    yield f"| {' | '.join(columns)} |"
    yield f"|{'---|' + '---:|' * (len(columns) - 1)}"
    for row in rows:
        yield f"| {' | '.join(row)} |"


def compared(measured: Measured) -> Iterator[tuple[str, ...]]:
    for other in names_in(measured)[1:]:
        for users in users_in(measured):
            found, goal = ratios(measured, other, users, "cost"), GOALS[other][users]
            yield "processor time", other, f"{users}", spread(found), f"{goal}", _met(found, goal)
        first = ratios(measured, other, 1, "first")
        yield "first text", other, "1", spread(first), f"{FIRST_TEXT}", _met(first, FIRST_TEXT)


def _met(found: list[float], goal: float) -> str:
    over = statistics.median(found) - goal
    return "yes" if over <= 0 else f"no, by {over:.2f}"


def tables(measured: Measured, profiles: Profiles) -> Iterator[str]:
    names = names_in(measured)
    yield "\nProcessor ms of the application for a turn, and in brackets turns per second:\n"
    rows = (
        (
            f"{users} at once",
            *(
                f"{middle(measured[name, users], 'cost'):.1f} "
                f"({middle(measured[name, users], 'rate'):.0f})"
                for name in names
            ),
        )
        for users in users_in(measured)
    )
    yield from table(("", *names), rows)
    yield "\nMilliseconds until the first text is there:\n"
    rows = (
        (f"{users} at once", *(f"{middle(measured[name, users], 'first'):.0f}" for name in names))
        for users in users_in(measured)
    )
    yield from table(("", *names), rows)
    yield "\nOurs by theirs: the median of all rounds, with the lowest and the highest:\n"
    yield from table(("ours by", "theirs", "at once", "ratio", "goal", "met"), compared(measured))
    yield from where_time_goes(profiles)


def where_time_goes(profiles: Profiles) -> Iterator[str]:
    yield "\n## Where the time goes\n"
    yield "Ms of a turn of one user, by the stack at each ms of processor time:\n"
    kinds = sorted(profiles[OURS].kinds, key=lambda kind: -profiles[OURS].kinds[kind])
    kinds += [kind for kind in profiles[BARE].kinds if kind not in kinds]
    rows = (
        (kind, *(f"{each.kinds.get(kind, 0) * each.cost:.1f}" for each in profiles.values()))
        for kind in kinds
    )
    together = ("together", *(f"{each.cost:.1f}" for each in profiles.values()))
    yield from table(("what is done", *profiles), (*rows, together))


def machine() -> str:
    packages = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    load = os.getloadavg()[1]
    busy = BUSY if load > (os.cpu_count() or 1) else ""
    return (
        f"\nMeasured with {os.cpu_count()} cores, load average {load:.0f}, "
        f"Python {sys.version.split()[0]}, {packages}.\n{busy}"
    )


def streams_text(streams: Mapping[str, Streams]) -> str:
    ours = streams[OURS]
    count = max(ours.sizes)
    return STREAMS.format(
        count=count,
        each=ours.each,
        goal=EACH_STREAM,
        bare=streams[BARE].each,
        health=statistics.median(ours.health[count]),
        limit=HEALTH,
    )


def text_of(measured: Measured, profiles: Profiles, streams: Mapping[str, Streams]) -> str:
    parts = [TOP, machine(), *(f"{line}\n" for line in tables(measured, profiles))]
    parts.insert(2, "\n![Milliseconds by people at once](performance-latency.svg)\n")
    if streams:
        parts += ["\n", streams_text(streams)]
    return "".join(parts)


def write(measured: Measured, profiles: Profiles, streams: Mapping[str, Streams]) -> None:
    (DOCS / "performance.md").write_text(text_of(measured, profiles, streams), encoding="utf-8")
    import matplotlib as plotting

    plotting.use("svg")
    plotting.rcParams.update({"svg.fonttype": "none", "svg.hashsalt": "turn", "font.size": 9})
    _plot_latency(measured)
    if streams:
        _plot_memory(streams[OURS])


def _plot_latency(measured: Measured) -> None:
    from matplotlib import pyplot

    figure, (left, right) = pyplot.subplots(1, 2, figsize=(7.5, 2.8), layout="constrained")
    users = users_in(measured)
    for name in names_in(measured):
        first = [middle(measured[name, each], "first") for each in users]
        cost = [middle(measured[name, each], "cost") for each in users]
        left.plot(range(len(users)), first, marker="o", label=name)
        right.plot(range(len(users)), cost, marker="o", label=name)
    left.set(title="First text after (ms)", yscale="log", xlabel="people at once")
    right.set(title="Processor ms of a turn", ylim=0, xlabel="people at once")
    for axes in (left, right):
        axes.set_xticks(range(len(users)), [str(each) for each in users])
        axes.grid(alpha=0.3)
    right.legend(frameon=False)
    figure.savefig(DOCS / "performance-latency.svg", metadata={"Date": None})


def _plot_memory(streams: Streams) -> None:
    from matplotlib import pyplot

    figure, (left, right) = pyplot.subplots(1, 2, figsize=(7.5, 2.8), layout="constrained")
    left.plot(list(streams.sizes), list(streams.sizes.values()), marker="o")
    left.set(title="MiB of the process", ylim=0, xlabel="open streams")
    middles = [statistics.median(each) for each in streams.health.values()]
    late = [statistics.quantiles(each, n=20)[-1] for each in streams.health.values()]
    right.plot(list(streams.health), middles, marker="o", label="median")
    right.plot(list(streams.health), late, marker="o", label="95th percentile")
    right.set(title="Health answers after (ms)", ylim=0, xlabel="open streams")
    right.legend(frameon=False)
    for axes in (left, right):
        axes.grid(alpha=0.3)
    figure.savefig(DOCS / "performance-memory.svg", metadata={"Date": None})


def print_all(measured: Measured, profiles: Profiles, streams: Mapping[str, Streams]) -> None:
    print("\n".join(tables(measured, profiles)))
    for name, profile in profiles.items():
        for line, share in profile.lines.items():
            print(f"  {name}: {share * profile.cost:5.2f} ms {line}")
    if streams:
        print(streams_text(streams))
