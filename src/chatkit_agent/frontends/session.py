"""Session: in which folders agents may work, and what was planned for them."""

from __future__ import annotations

import os
from collections import OrderedDict
from collections.abc import Sequence
from pathlib import Path

from chatkit_agent.api import RequestedOptions, Running, environment_python
from chatkit_agent.errors import BadOption, PlanOutdated, Refused

MOST_PLANS = 64
LARGEST_FILE = 50_000_000
"""Bytes of a log or trace."""


class Plans:
    """What was planned: a path and a request by plan id, the newest only."""

    def __init__(self) -> None:
        self._made: OrderedDict[str, tuple[Path, RequestedOptions]] = OrderedDict()

    def remember(self, plan_id: str, path: Path, requested: RequestedOptions) -> None:
        self._made[plan_id] = (path, requested)
        self._made.move_to_end(plan_id)
        while len(self._made) > MOST_PLANS:
            self._made.popitem(last=False)

    def recall(self, plan_id: str) -> tuple[Path, RequestedOptions]:
        """What was planned under this id.

        Raises:
            PlanOutdated: nothing was, in this session.
        """
        if plan_id not in self._made:
            raise PlanOutdated(
                f"There is no plan {plan_id[:64]!r} in this session. Call plan_integration first "
                "and pass the plan_id that it gives."
            )
        return self._made[plan_id]


class Session:
    """Where tools may work: `roots`, a relative path begins at the first; and what was planned.

    `running` is how a person wants applications to be run, where a call does not say.
    """

    def __init__(self, roots: Sequence[Path], plans: Plans, running: Running | None = None) -> None:
        self.roots = tuple(root.resolve() for root in roots)
        self.plans = plans
        self.running = running or Running()

    def folder(self, path: str) -> Path:
        """The project's folder.

        Raises:
            BadOption: there is no such folder.
            Refused: it is outside of the roots, links included.
        """
        folder = self._inside(path)
        if not os.path.isdir(folder):
            raise BadOption(f"`{path}` is not a folder. Give the folder of the project.")
        return folder

    def file(self, path: str | None) -> Path | None:
        """A file inside the roots, links included.

        Raises:
            BadOption: there is no such file, or it is too large to be read.
            Refused: it is outside of the roots.
        """
        if path is None:
            return None
        file = self._inside(path)
        if not os.path.isfile(file):
            raise BadOption(f"`{path}` is not a file.")
        if file.stat().st_size > LARGEST_FILE:
            raise BadOption(f"`{path}` has more than {LARGEST_FILE:,} bytes. Give its end only.")
        return file

    def interpreter(self, path: str | None) -> Path | None:
        """A Python of an environment inside the roots, which may be a link to the machine's own.

        Raises:
            BadOption: it is no Python, such as a script.
            Refused: it is outside of the roots.
        """
        if path is None:
            return None
        self._require_plain(path)
        wanted = self._first_root() / path
        found = self._inside(str(wanted.parent)) / wanted.name
        return environment_python(found)

    def _inside(self, path: str) -> Path:
        self._require_plain(path)
        wanted = Path(os.path.realpath(self._first_root() / path))
        if not any(wanted.is_relative_to(root) for root in self.roots):
            allowed = ", ".join(f"`{root}`" for root in self.roots)
            raise Refused(
                f"`{path}` is outside of what may be touched here: {allowed}. "
                "Give a path inside, or start the server with --root FOLDER."
            )
        return wanted

    def _first_root(self) -> Path:
        if not self.roots:
            raise Refused("Nothing may be touched here. Open a folder, or pass --root FOLDER.")
        return self.roots[0]

    def _require_plain(self, path: str) -> None:
        if "\0" in path:
            raise BadOption("A path holds no NUL character. Give the folder of the project.")
