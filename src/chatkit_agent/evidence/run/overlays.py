"""An overlay: what a project's environment lacks for the chat, in a folder beside it."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.metadata import distributions
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from chatkit_agent.errors import CannotBoot, PackagesConflict
from chatkit_agent.options.interpreters import (
    Interpreter,
    find_interpreter,
    is_installable,
    make_anew,
)
from chatkit_agent.options.requirements import REQUIREMENTS
from chatkit_agent.options.uv_process import cached, fill, install
from chatkit_agent.project.read import Project

# What the delivered code imports, and the server that runs it.
CHAT_REQUIREMENTS = (*REQUIREMENTS, "uvicorn>=0.20")
MOVED = "moved.txt"
SERVER = "uvicorn"

Progress = Callable[[str], None]


@dataclass(frozen=True)
class Overlay:
    """Packages for `sys.path`: after the environment's own, so that these win.

    Where installing the chat's requirements would replace something that is installed (`moved`,
    such as `websockets==17.4`), the overlay goes first instead. It holds the same versions of
    everything else.
    """

    path: Path
    moved: tuple[str, ...] = ()


def search_paths(overlay: Overlay | None) -> dict[str, list[str]]:
    """What goes before and after the environment's own packages, as a start script is told."""
    paths = [str(overlay.path)] if overlay else []
    goes_first = bool(overlay and overlay.moved)
    return {"before": paths if goes_first else [], "after": [] if goes_first else paths}


def prepare_python(
    project: Project,
    python: str | None = None,
    progress: Progress = lambda _: None,
    also: Sequence[str] = (),
) -> tuple[Interpreter, Overlay | None]:
    """The Python that runs `project`, and the overlay that it needs, `also` for chosen modules.

    Where something that the project declares itself would have to be replaced, only installing
    its dependencies anew can tell whether it may: that is done in the user's cache, with the same
    versions of everything that may stay.

    Raises:
        CannotBoot: no Python was found or made that has all that is needed.
    """
    interpreter = find_interpreter(project, python, progress)
    declared = project.packaging.declared
    try:
        return interpreter, find_overlay(interpreter, declared, progress, also)
    except PackagesConflict as conflict:
        if not is_installable(project):
            raise
        progress(f"{conflict.what} of your environment is in the way")
        try:
            made = make_anew(project, progress, interpreter, (*CHAT_REQUIREMENTS, *also))
        except CannotBoot as problem:
            raise conflict from problem
        why = f"{made.source}, as {conflict.what} is in the way in {interpreter.source}"
        return replace(made, source=why), find_overlay(made, declared, progress, also)


def find_overlay(
    interpreter: Interpreter,
    declared: Collection[str] = (),
    progress: Progress = lambda _: None,
    also: Sequence[str] = (),
) -> Overlay | None:
    """What `interpreter` lacks for the chat; None where nothing is missing.

    Raises:
        PackagesConflict: something `declared` by the project would have to be replaced.
    """
    lacking = lacking_requirements(interpreter.packages, also)
    if not lacking:
        return None
    pins = tuple(f"{name}=={version}" for name, version in sorted(interpreter.packages.items()))
    local = os.environ.get("UV_FIND_LINKS", "")
    folder = cached(
        "overlays", interpreter.path, interpreter.version, pins, lacking, declared, local
    )
    if not folder.is_dir():
        progress(f"Preparing {len(lacking)} packages beside your environment, which stays as it is")
        fill(folder, lambda partial: _fill(partial, interpreter, pins, lacking, declared))
    return Overlay(folder / "packages", tuple((folder / MOVED).read_text().split()))


def find_server(interpreter: Interpreter, progress: Progress = lambda _: None) -> Overlay | None:
    """uvicorn for an environment without one, which another server may run in earnest."""
    if interpreter.has(SERVER):
        return None
    pins = tuple(f"{name}=={version}" for name, version in sorted(interpreter.packages.items()))
    folder = cached("servers", interpreter.path, interpreter.version, pins)
    if not folder.is_dir():
        progress("Preparing uvicorn beside your environment, which has none")
        try:
            fill(folder, lambda partial: _fill(partial, interpreter, pins, (SERVER,), ()))
        except PackagesConflict:
            return None
    return Overlay(folder / "packages", tuple((folder / MOVED).read_text().split()))


def added_by(overlay: Overlay | None, interpreter: Interpreter) -> tuple[str, ...]:
    """What only the overlay has, such as `openai-chatkit 1.6.5`."""
    found = distributions(path=[str(overlay.path)]) if overlay else ()
    names = {one.metadata["Name"]: one.version for one in found}
    return tuple(
        f"{name} {version}" for name, version in sorted(names.items()) if not interpreter.has(name)
    )


def lacking_requirements(packages: Mapping[str, str], also: Sequence[str] = ()) -> tuple[str, ...]:
    """Those of the chat's requirements that the installed `packages` do not meet."""
    needed = dict.fromkeys((*CHAT_REQUIREMENTS, *also))
    return tuple(text for text in needed if not _is_met(Requirement(text), packages))


def _is_met(requirement: Requirement, packages: Mapping[str, str]) -> bool:
    version = packages.get(canonicalize_name(requirement.name))
    if version is None or not requirement.specifier.contains(version, prereleases=True):
        return False
    return "crypto" not in requirement.extras or "cryptography" in packages


def _fill(
    folder: Path,
    interpreter: Interpreter,
    pins: Collection[str],
    lacking: Collection[str],
    declared: Collection[str],
) -> None:
    """Install what is lacking; whatever nobody declared may move, one conflict after the other."""
    constraints = folder / "installed.txt"
    moved: list[str] = []
    while True:
        kept = [pin for pin in pins if pin not in moved]
        constraints.write_text("\n".join(kept))
        target = ("--target", str(folder / "packages"), "-c", str(constraints))
        try:
            install("--python", str(interpreter.path), *target, *lacking)
        except subprocess.CalledProcessError as error:
            in_the_way = _pins_named(error.stderr, kept)
            if not in_the_way or any(pin.partition("==")[0] in declared for pin in in_the_way):
                raise _conflict(error.stderr, in_the_way, interpreter) from error
            moved += in_the_way
        else:
            (folder / MOVED).write_text("\n".join(moved))
            return


def _pins_named(told: str, pins: Collection[str]) -> list[str]:
    return [pin for pin in pins if re.search(rf"(?<![\w.-]){re.escape(pin)}(?![\w.])", told)]


def _conflict(told: str, in_the_way: Collection[str], interpreter: Interpreter) -> PackagesConflict:
    what = ", ".join(f"`{pin}`" for pin in in_the_way) or "something"
    return PackagesConflict(
        f"The chat's packages do not go together with {what} in `{interpreter.path}`. Install a "
        "version that does, or name another environment with --python PATH. "
        f"uv says: {' '.join(told.split())}",
        what,
    )
