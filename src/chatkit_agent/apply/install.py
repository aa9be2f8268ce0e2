"""The command that installs a project's dependencies, in the manner of its package manager."""

from __future__ import annotations

import shlex
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

from packaging.requirements import Requirement
from uv import find_uv_bin

from chatkit_agent.errors import CannotInstall
from chatkit_agent.options.interpreters import project_python
from chatkit_agent.options.requirements import REQUIREMENTS
from chatkit_agent.plan.plan import Plan
from chatkit_agent.project.facts import Packaging

Command = tuple[str, ...]
OWN_ENVIRONMENTS = {"uv", "poetry", "pdm", "pipenv", "pixi", "conda"}
"""Managers that know, or make, the environment that they install into."""


def install(plan: Plan, python: Path | None, progress: Callable[[str], None]) -> None:
    """Install what the plan declared, into the project's own environment.

    Raises:
        CannotInstall: there is no such environment, or a command failed.
    """
    project = plan.project
    if plan.options.is_sidecar:
        _install_service(project.root / plan.options.service_folder, progress)
        return
    if project.packaging.is_above and plan.dependencies:
        raise CannotInstall(
            f"`{project.packaging.file}` is above the folder that you gave, so nothing was added "
            f"to it. Add there what the plan lists, then: {' && '.join(printed_commands(plan))}"
        )
    found = ""
    if project.packaging.manager not in OWN_ENVIRONMENTS:
        found = str(_environment(project.root, python))
    wanted = plan.dependencies or REQUIREMENTS
    commands = install_commands(project.packaging, wanted, found, is_locked=_is_locked(plan))
    run([_with_uv(each, found) for each in commands], project.root, progress)


def _with_uv(command: Command, python: str) -> Command:
    """The same by uv, where the environment has no pip: those that uv makes have none."""
    pip = (python, "-m", "pip", "install")
    if command[: len(pip)] != pip or _has_pip(python):
        return command
    return (find_uv_bin(), "pip", "install", "--python", python, *command[len(pip) :])


def _has_pip(python: str) -> bool:
    asked = [python, "-m", "pip", "--version"]
    return subprocess.run(asked, capture_output=True, check=False).returncode == 0  # noqa: S603


def _install_service(folder: Path, progress: Callable[[str], None]) -> None:
    """An environment of its own, in the folder of the service."""
    uv = find_uv_bin()
    made = (uv, "venv", "--quiet", "--allow-existing", "--python", ">=3.10", ".venv")
    filled = (uv, "pip", "install", "--quiet", "--python", ".venv", "-r", "pyproject.toml")
    run((made, filled), folder, progress)


def _environment(root: Path, python: Path | None) -> Path:
    found = project_python(root, str(python) if python else None)
    if found is None:
        raise CannotInstall(
            "The project has no environment to install into. Create one, such as with "
            "`python -m venv .venv`, or name its interpreter with --python PATH."
        )
    return found


def printed_commands(plan: Plan) -> list[str]:
    """What installs into the application's own environment, as a person types it."""
    wanted = plan.dependencies or REQUIREMENTS
    commands = install_commands(plan.project.packaging, wanted, is_locked=_is_locked(plan))
    pip = ("python", "-m", "pip", "install")
    has_none = lacks_pip(plan.project.root / ".venv")
    return [
        shlex.join(("uv", "pip", "install", *each[len(pip) :]))
        if has_none and each[: len(pip)] == pip
        else shlex.join(each)
        for each in commands
    ]


def lacks_pip(environment: Path) -> bool:
    """Whether it is one as uv makes them, which is seen without running anything of it."""
    places = ("lib/python*/site-packages/pip", "Lib/site-packages/pip")
    has_pip = any(True for each in places for _ in environment.glob(each))
    return (environment / "pyvenv.cfg").is_file() and not has_pip


def _is_locked(plan: Plan) -> bool:
    return plan.project.lock is not None


def install_commands(
    packaging: Packaging,
    requirements: Sequence[str],
    python: str = "python",
    *,
    is_locked: bool = False,
) -> tuple[Command, ...]:
    """What installs `requirements` after they were declared in the project's dependency file.

    Where a lock is there, nothing else of it moves.
    """
    names = [Requirement(requirement).name for requirement in requirements]
    pip = (python, "-m", "pip", "install")
    file = packaging.file
    if file is None:
        return ((*pip, *requirements),)
    folder, name = str(Path(file).parent), _extra_or_group(packaging)
    compiler = packaging.compiler or ("pip-compile", file)
    lock = packaging.compiler[-1] if packaging.compiler else str(Path(file).with_suffix(".txt"))
    by_manager: dict[str, tuple[Command, ...]] = {
        "uv": (("uv", "sync", *_elsewhere("--project", folder), *_option(packaging, "uv")),),
        "poetry": (("poetry", *_elsewhere("--directory", folder), "update", *names),),
        "pdm": (("pdm", "update", *_elsewhere("-p", folder), *_option(packaging, "pdm"), *names),),
        # `install` would lock everything anew.
        "pipenv": (("pipenv", "upgrade", *requirements), ("pipenv", "sync"))
        if is_locked
        else (("pipenv", "install"),),
        "pixi": (("pixi", "install", *_elsewhere("--manifest-path", folder)),),
        "conda": (("conda", "env", "update", "-f", file),),
        "pip-tools": (compiler, (*pip, "-r", lock)),
    }
    if packaging.style == "requirements" and packaging.manager != "pip-tools":
        return ((*pip, "-r", file),)
    if packaging.table[:2] == ("tool", "hatch"):
        # Any command in an environment brings it up to what it declares.
        return (("hatch", "-e", name, "run", "python", "--version"),)
    if packaging.table[:1] == ("dependency-groups",) and packaging.manager not in by_manager:
        return ((*pip, "--group", name),)
    extra = f"[{name}]" if name else ""
    here = f"./{folder}" if folder != "." else folder
    return by_manager.get(packaging.manager, ((*pip, "-e", f"{here}{extra}"),))


def _extra_or_group(packaging: Packaging) -> str:
    """The extra, group or environment that is installed beside what everybody gets."""
    places = {
        "optional-dependencies": packaging.table[2:3],
        "dependency-groups": packaging.table[1:2],
        "hatch": packaging.table[3:4],
    }
    return next((each[0] for key, each in places.items() if key in packaging.table and each), "")


def _elsewhere(option: str, folder: str) -> tuple[str, ...]:
    return () if folder == "." else (option, folder)


def _option(packaging: Packaging, manager: str) -> tuple[str, ...]:
    name = _extra_or_group(packaging)
    if not name:
        return ()
    if manager == "pdm":
        return ("-G", name)
    return ("--extra" if "optional-dependencies" in packaging.table else "--group", name)


def run(commands: Sequence[Command], folder: Path, progress: Callable[[str], None]) -> None:
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
                f"`{' '.join(command)}` failed; the code is in place. Fix this, then run it "
                f"again:\n{tail}"
            )
