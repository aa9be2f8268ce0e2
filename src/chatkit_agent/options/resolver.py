"""Resolution: whether what the chat needs goes together with what the project pins."""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from time import monotonic

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

from chatkit_agent.options.features import feature_requirements
from chatkit_agent.options.requirements import requirements
from chatkit_agent.options.uv_process import run_uv
from chatkit_agent.project.facts import Declared
from chatkit_agent.project.read import Project
from chatkit_agent.project.source.python_ranges import PYTHONS, allows
from chatkit_agent.project.tree import Tree

PLACES = "package registry|provided package locations"
MISSING = re.compile(rf"(?:Because |and |, )([\w.-]+) was not found in the (?:{PLACES})")
UNBUILT = re.compile(r"Wheels are required for `([\w.-]+)`")
DEPENDS = re.compile(
    r"(?P<by>[\w.-]+)(?:\[[\w,]+\])?[<>=!~\w.,*]* depends? on "
    r"(?P<name>[\w.-]+)(?:\{[^}]*\})?(?P<versions>[<>=!~][\w.*<>=!~,]*)"
)
PINNED = re.compile(r"^([\w.-]+)==([^\s;]+)(?:.*# via (.*))?", re.MULTILINE)
NO_SOLUTION = "No solution found"
NOT_IN_CACHE = "the network was disabled"
OFFLINE = ("Failed to fetch", "error sending request", "dns error", "network connectivity")


@dataclass(frozen=True)
class Resolution:
    """The resolver's answer for one Python. `ok` is None where it could not be asked.

    `obstacle` names, in a sentence, what the project pins and the chat cannot live with; `reason`
    says why there is no answer. `unasked` are packages of the project that no public index gives
    without building them, so that nobody knows what they need.
    """

    ok: bool | None
    obstacle: str | None = None
    reason: str | None = None
    python: str | None = None
    unasked: tuple[str, ...] = ()
    moved: tuple[str, ...] = ()
    """What of the project's lock moves for the chat at most, with both versions."""


def resolve(
    project: Project,
    features: Sequence[str] = (),
    *,
    verifies_tokens: bool | None = None,
    seconds: float = 20,
) -> Resolution:
    """Ask uv whether the chat's requirements resolve beside the project's own; writes nothing.

    `verifies_tokens` is whether the chat signs its users in itself; None: as `--auth auto` would.
    """
    if verifies_tokens is None:
        verifies_tokens = project.auth.best is None
    python = python_of(project)
    if python is None:
        return Resolution(False, too_old(project))
    if not project.packaging.requirements:
        return Resolution(True, python=python)
    ours = requirements(verifies_tokens=verifies_tokens, also=feature_requirements(features))
    theirs = tuple(each for each in project.packaging.requirements if each.text)
    locked = project.lock.versions if project.lock else ()
    asked = _Question(python, ours, theirs, monotonic() + seconds, locked)
    answer = _resolution(asked, seconds)
    unknown = {each.name for each in project.packaging.requirements if not each.text}
    return replace(answer, python=python, unasked=tuple(sorted({*answer.unasked, *unknown})))


def python_of(project: Project) -> str | None:
    """The Python to ask for: that of the project's environment, else the oldest it allows.

    None where the project allows none that the chat runs on.
    """
    allowed = [each for each in PYTHONS if allows(project.python.requires, each)]
    inside = _environment_python(project.root)
    own = f"{sys.version_info.major}.{sys.version_info.minor}"
    if inside in allowed:
        return inside
    if project.python.requires is None and own in allowed:
        return own
    return next(iter(allowed), None)


def _environment_python(root: Path) -> str | None:
    for name in (".venv", "venv"):
        config, tree = f"{name}/pyvenv.cfg", Tree(root)
        if tree.exists(config):
            text = tree.read(config).decode(errors="replace")
            found = re.search(r"^version(?:_info)?\s*=\s*(\d+\.\d+)", text, re.MULTILINE)
            return found[1] if found else None
    return None


def too_old(project: Project) -> str:
    declared = project.python
    return f"Python `{declared.requires}` in `{declared.source}`; the chat needs 3.10 or newer"


@dataclass(frozen=True)
class _Question:
    python: str
    ours: tuple[str, ...]
    theirs: tuple[Declared, ...]
    until: float
    locked: tuple[tuple[str, str], ...] = ()
    """The versions that stay where they can."""
    left_out: frozenset[str] = field(default=frozenset())
    """Packages that no index gives, wherever they are asked for."""

    def loosened(self, pins: Iterable[Declared]) -> _Question:
        """The same, with any version of these packages allowed."""
        names = {each.name for each in pins}
        theirs = (
            replace(each, text=_without_bound(each.text or "")) if each.name in names else each
            for each in self.theirs
        )
        return replace(self, theirs=tuple(theirs))

    def screened(self) -> _Question:
        """Only what the chat and FastAPI bring, within all of the project's limits: a quick one."""
        theirs = (replace(each, limits_only=each.name != "fastapi") for each in self.theirs)
        return replace(self, theirs=tuple(theirs))

    def answer(self) -> _Answer:
        """What uv says to it.

        A release stays what it is, so that the answer may come from what uv has in its cache: only
        where that does not do is the index asked, which takes most of the time.
        """
        known = self._answer("--offline")
        error = known.error
        is_known = error is None or (UNBUILT.search(error) and NOT_IN_CACHE not in error)
        return known if is_known else self._answer()

    def _answer(self, *options: str) -> _Answer:
        with tempfile.TemporaryDirectory() as folder:
            limits, gone, found = (
                Path(folder, f"{name}.txt") for name in ("limits", "gone", "all")
            )
            # Else uv takes the settings of a folder above, into which anybody may write.
            Path(folder, "uv.toml").touch()
            limits.write_text("\n".join(_texts(self.theirs, limits_only=True)))
            gone.write_text("\n".join(f"{name} ; sys_platform == 'none'" for name in self.left_out))
            # What stands in the file that uv writes is what it prefers.
            found.write_text("".join(f"{name}=={version}\n" for name, version in self.locked))
            wanted = [*self.ours, *_texts(self.theirs, limits_only=False)]
            try:
                run_uv(
                    *("pip", "compile", "-", "--quiet", "--no-header", *options),
                    "--annotation-style=line",
                    # Nothing is built: that would run the code of what is built.
                    *("--no-build", "--python-version", self.python, "--python", sys.executable),
                    *("--constraint", str(limits), "--override", str(gone), "-o", str(found)),
                    cwd=Path(folder),
                    stdin="\n".join(wanted),
                    seconds=max(self.until - monotonic(), 0.001),
                    environment={"UV_HTTP_TIMEOUT": "10", "UV_HTTP_RETRIES": "1"},
                )
            except subprocess.CalledProcessError as error:
                return _Answer(str(error.stderr))
            return _Answer(None, tuple(PINNED.findall(found.read_text())))


@dataclass(frozen=True)
class _Answer:
    """What uv says against a question (None: it resolves), and the versions that it finds.

    Each has its name, and the names of those that need it.
    """

    error: str | None
    versions: tuple[tuple[str, str, str], ...] = ()


def _texts(declared: Iterable[Declared], *, limits_only: bool) -> Iterator[str]:
    for each in declared:
        if each.text and (each.limits_only or each.of_another_index) is limits_only:
            yield each.text


def _without_bound(text: str) -> str:
    requirement = Requirement(text)
    requirement.specifier = SpecifierSet()
    return str(requirement)


def _resolution(asked: _Question, seconds: float) -> Resolution:
    """The answer to all of it; where there is none, that to what the chat itself brings."""
    versions: tuple[tuple[str, str, str], ...] = ()
    try:
        # What a resolver finds no way through can take it minutes; half of the time is for that.
        asked, answer = _question_and_answer(replace(asked, until=asked.until - seconds / 2))
        error, versions = answer.error, answer.versions
    except subprocess.TimeoutExpired:
        error = f"the resolver had no answer after {seconds:g} seconds"
    asked = replace(asked, until=monotonic() + seconds / 2)
    unasked = tuple(asked.left_out)
    if error is None:
        return Resolution(True, unasked=unasked, moved=_moves(asked, versions))
    if any(sign in error for sign in OFFLINE):
        return Resolution(None, reason=f"the package index was not reached: {_first(error)}")
    with suppress(subprocess.TimeoutExpired):
        for question in (asked.screened(), asked):
            if sentences := _obstacles(*_asked_for_error(question)):
                return Resolution(False, "; and ".join(sentences), unasked=unasked)
        _, alone = _asked_for_error(replace(asked, ours=()))
        pins = _named_in(error, asked.theirs)
        if alone is None and pins and NO_SOLUTION in error:
            return Resolution(False, _together(pins, error), unasked=unasked)
        if alone is not None:
            error = f"the project's own dependencies do not resolve for Python {asked.python}"
            error += f": {_first(alone)}"
    return Resolution(None, reason=_first(error), unasked=unasked)


def _question_and_answer(question: _Question) -> tuple[_Question, _Answer]:
    """What uv says to it, once the packages that no index gives are left out."""
    while (answer := question.answer()).error is not None:
        absent = {*MISSING.findall(answer.error), *UNBUILT.findall(answer.error)}
        absent -= {*question.left_out, *map(_name, question.ours)}
        if not absent:
            break
        question = replace(question, left_out=question.left_out | absent)
    return question, answer


def _asked_for_error(question: _Question) -> tuple[_Question, str | None]:
    asked, answer = _question_and_answer(question)
    return asked, answer.error


def _moves(asked: _Question, found: Iterable[tuple[str, str, str]]) -> tuple[str, ...]:
    """What the chat needs in another version than is locked, at most.

    A locked release that would have to be built differs here, and may stay where it is installed.
    """
    now: dict[str, str] = {canonicalize_name(name): version for name, version, _ in found}
    needed_by: dict[str, set[str]] = {
        canonicalize_name(name): {*map(_name, via.split(", "))} for name, _, via in found
    }
    moved = {name for name, version in asked.locked if now.get(name, version) != version}
    needed = {_name(each) for each in asked.ours}
    while more := _beside(needed, needed_by, moved) - needed:
        needed |= more
    return tuple(
        f"{name} {version} -> {now[name]}"
        for name, version in asked.locked
        if name in needed & moved
    )


def _beside(needed: set[str], needed_by: Mapping[str, set[str]], moved: set[str]) -> set[str]:
    """What these need, and what needs of them what moves, and so has to move along."""
    below = {each for each, by in needed_by.items() if by & needed}
    above = {by for each in needed & moved for by in needed_by.get(each, ())}
    return below | (above & moved)


def _obstacles(asked: _Question, error: str | None) -> list[str]:
    """What is in the way, one sentence for each pin that cannot be there beside the chat."""
    found: dict[Declared, str] = {}
    with suppress(subprocess.TimeoutExpired):
        while error and (pins := [e for e in _named_in(error, asked.theirs) if e not in found]):
            blocking = _blocking(asked, pins)
            if not blocking:
                break
            found |= blocking
            _, error = _asked_for_error(asked.loosened(found))
    return list(found.values())


def _blocking(asked: _Question, pins: Sequence[Declared]) -> dict[Declared, str]:
    """Those of the pins that the chat cannot live with, whatever else is declared."""
    questions = [replace(asked, theirs=(replace(pin, limits_only=False),)) for pin in pins]
    with ThreadPoolExecutor(len(pins)) as pool:
        errors = [error for _, error in pool.map(_asked_for_error, questions)]
    return {
        pin: _sentence(asked, pin, error)
        for pin, error in zip(pins, errors, strict=True)
        if error and _ours_in(error, asked)
    }


def _ours_in(error: str, asked: _Question) -> list[str]:
    return [each for each in asked.ours if _place(error, _name(each)) >= 0]


def _together(pins: Iterable[Declared], error: str) -> str:
    named = " and ".join(f"`{pin.text}` in `{pin.file}`" for pin in pins)
    return f"{named} together; {_first(error)}"


def _named_in(error: str, theirs: Iterable[Declared]) -> list[Declared]:
    """Those with a limit that the error speaks of; what it concludes with stands last."""
    bounded = [each for each in theirs if each.text and Requirement(each.text).specifier]
    found = {each: _place(error, each.name) for each in bounded}
    return sorted((each for each in bounded if found[each] >= 0), key=lambda each: -found[each])


def _place(error: str, name: str) -> int:
    pattern = rf"(?<![\w.-]){re.escape(name)}(?![\w-])"
    return max((found.start() for found in re.finditer(pattern, error, re.IGNORECASE)), default=-1)


def _sentence(asked: _Question, pin: Declared, said: str) -> str:
    where = f"`{pin.text}` in `{pin.file}`"
    ours = _ours_in(said, asked)
    named = {_name(each): each for each in ours}
    if pin.name in named:
        return f"{where}; the chat needs `{named[pin.name]}`"
    needs: dict[str, str] = {
        canonicalize_name(name): f"`{name}{versions.strip('.,')}`"
        for by, name, versions in DEPENDS.findall(said)
        if canonicalize_name(by) != pin.name
    }
    if pin.name in needs:
        return f"{where}; the chat needs {needs[pin.name]}"
    other = [*needs.values(), *(f"`{each}`" for each in ours)][0]
    return f"{where}; it does not go together with {other} that the chat needs"


def _name(requirement: str) -> str:
    found = re.match(r"[\w.-]+", requirement)
    return canonicalize_name(found[0]) if found else ""


def _first(error: str) -> str:
    """uv's words on one line, without its hints."""
    said = error.partition("\n\nhint:")[0].removeprefix("error:").replace("cause:", "")
    return " ".join(said.replace(f"{NO_SOLUTION} when resolving dependencies", "").split())[:400]
