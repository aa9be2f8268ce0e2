"""Playbook: what is known of one kind of task, before a project is looked at."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Code:
    """A part of a delivered file, by the name of what is in it: a class, method or statement."""

    path: str
    symbol: str
    why: str


@dataclass(frozen=True)
class Recipe:
    """A change of one's own files, by its title in `recipes.md`; each is carried out in a test."""

    title: str


@dataclass(frozen=True)
class Sample:
    """Code for a file that is not delivered, such as a proxy's."""

    path: str
    language: str
    text: str
    why: str


@dataclass(frozen=True)
class Command:
    """A command that runs as it is printed, in the folder of the project, and what to expect."""

    command: str
    expect: str


@dataclass(frozen=True)
class Setting:
    """A variable that only some set, without its prefix."""

    name: str
    purpose: str
    example: str = ""


@dataclass(frozen=True)
class Playbook:
    """An answer in the making.

    `words` are weighed in `recognition`; `facts` name what of the project matters (`situation`),
    `files` those that `--full` shows whole, and `variables` endings of what the plan names.
    `advice.filling` puts the project's own names in the place of such as `{path}`.
    """

    name: str
    title: str
    invocation: str
    words: tuple[str, ...]
    pattern: str
    files: tuple[str, ...] = ()
    facts: tuple[str, ...] = ("chat",)
    code: tuple[Code | Recipe | Sample, ...] = ()
    variables: tuple[str, ...] = ()
    settings: tuple[Setting, ...] = ()
    do: tuple[Command, ...] = ()
    test: tuple[Command, ...] = ()
    also: tuple[str, ...] = field(default=())


def terms(text: str) -> tuple[str, ...]:
    """Words and groups of words, as they are written with commas between."""
    return tuple(each.strip() for each in text.split(","))


VERIFY = Command(
    "chatkit-agent verify .",
    "Each check with `ok`: it boots a copy beside a database, a model and tools of its own.",
)
DEV = Command(
    "chatkit-agent dev .",
    "Runs it with all that it needs, and shows in a console what the model was sent.",
)
