"""The command that installs a project's dependencies, in the manner of its package manager."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

from packaging.requirements import Requirement

from chatkit_agent.errors import CannotInstall
from chatkit_agent.facts import Packaging

Command = tuple[str, ...]


def install_commands(
    packaging: Packaging, requirements: Sequence[str], python: str = "python"
) -> tuple[Command, ...]:
    """What installs `requirements` after they were declared in the project's dependency file."""
    names = [Requirement(requirement).name for requirement in requirements]
    pip = (python, "-m", "pip", "install")
    file = packaging.file
    if not file:
        return ((*pip, *requirements),)
    by_manager: dict[str, tuple[Command, ...]] = {
        "uv": (("uv", "sync"),),
        "poetry": (("poetry", "update", *names),),
        "pdm": (("pdm", "update", *names),),
        "pipenv": (("pipenv", "install"),),
        "conda": (("conda", "env", "update", "-f", file),),
        "pip-tools": (("pip-compile", file), (*pip, "-r", str(Path(file).with_suffix(".txt")))),
        "pip": ((*pip, "-r", file),),
    }
    return by_manager.get(packaging.manager, ((*pip, "-e", "."),))


def install(commands: Sequence[Command], folder: Path, progress: Callable[[str], None]) -> None:
    """Run the commands in the project's folder.

    Raises:
        CannotInstall: a command is missing or failed; the message holds its last lines.
    """
    for command in commands:
        progress(f"Running {' '.join(command)}")
        try:
            ran = subprocess.run(  # noqa: S603 - the user's own package manager
                command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
            )
        except OSError as problem:
            raise CannotInstall(f"`{command[0]}` could not be started: {problem}.") from problem
        if ran.returncode:
            tail = "\n".join(ran.stdout.splitlines()[-15:])
            raise CannotInstall(
                f"`{' '.join(command)}` failed; the code is in place. Mend this, then run it "
                f"again:\n{tail}"
            )
