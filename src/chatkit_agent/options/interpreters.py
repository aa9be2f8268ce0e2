"""Which Python runs a project: the one named, its own, or one made from what it declares."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from packaging.utils import canonicalize_name

from chatkit_agent.errors import BadOption, CannotBoot
from chatkit_agent.options.inclusions import refuse_outside, widest_list
from chatkit_agent.options.python_choice import python_for
from chatkit_agent.options.uv_process import cached, fill, install, run_uv
from chatkit_agent.project.facts import Packaging
from chatkit_agent.project.read import Project
from chatkit_agent.project.scratch import copy_project

OLDEST = (3, 10)
BUILT = ("setup.py", "setup.cfg")
PYTHON = re.compile(r"(?:python|pypy)w?\d*(?:\.\d+)?t?(?:\.exe)?", re.IGNORECASE)
# ELF, Mach-O of each kind, and Windows: a script is what its repository says, and no interpreter.
PROGRAMS = (b"\x7fELF", b"\xcf\xfa\xed\xfe", b"\xfe\xed\xfa", b"\xca\xfe\xba\xbe", b"MZ")
Progress = Callable[[str], None]

# Runs on any Python 3, so that one that is too old can still say so.
PROBE = """
import json, sys
try:
    from importlib.metadata import distributions
except ImportError:
    distributions = list
packages = {}
for one in distributions():
    if one.metadata["Name"]:
        packages.setdefault(one.metadata["Name"], one.version)
print(json.dumps({"version": list(sys.version_info[:3]), "packages": packages}))
"""


@dataclass(frozen=True)
class Interpreter:
    """A Python and what is installed in it (normalised name to version)."""

    path: Path
    source: str
    version: tuple[int, ...]
    packages: Mapping[str, str]
    instead_of: Interpreter | None = None
    """The project's own, where the chat's packages do not go together with what is in it."""

    def has(self, name: str) -> bool:
        return canonicalize_name(name) in self.packages

    @property
    def version_text(self) -> str:
        return ".".join(map(str, self.version))


def project_python(root: Path, python: str | None = None) -> Path | None:
    """The Python named, else that of the project's own environment; None where it has none."""
    if python is not None:
        return _checked_python(python)
    return next((path for path, _ in _environments(root)), None)


def find_interpreter(
    project: Project,
    python: str | None = None,
    progress: Progress = lambda _: None,
    oldest: tuple[int, ...] = OLDEST,
) -> Interpreter:
    """The Python that runs `project`: the one named, else the first environment with FastAPI.

    Raises:
        CannotBoot: none was found and none could be made.
    """
    if python is not None:
        return _new_enough(_probe(_checked_python(python), "the Python that you named"), oldest)
    for path, source in _environments(project.root):
        interpreter = _probe(path, source)
        if interpreter.has("fastapi"):
            return _new_enough(interpreter, oldest)
        progress(f"Passing over {source}: FastAPI is not installed in it")
    return _new_enough(make_anew(project, progress), oldest)


def is_installable(project: Project) -> bool:
    return project.packaging.style not in ("conda", "pixi", "none")


def make_anew(
    project: Project,
    progress: Progress = lambda _: None,
    instead_of: Interpreter | None = None,
    beside: Sequence[str] = (),
) -> Interpreter:
    """An environment in the user's cache with what the project declares, in versions that run.

    These are those of its lock or of the environment `instead_of` which it is made, but for what
    has to move for the requirements `beside`.

    Raises:
        CannotBoot: nothing says what to install, or it cannot be installed.
    """
    declared = project.packaging.file
    if declared is None or not is_installable(project):
        raise CannotBoot(
            f"No environment of `{project.name}` was found, and none can be made from "
            f"{f'`{declared}`' if declared else 'its files: nothing declares its dependencies'}. "
            "Create it, or name its interpreter with --python PATH."
        )
    python = str(instead_of.path) if instead_of else python_for(project.python)
    file = Path(os.path.normpath(project.root / declared))
    if project.packaging.style == "requirements":
        file = widest_list(file)
        declared = os.path.relpath(file, project.root)
    wanted = _Wanted(
        source=file,
        # Of what has no `[project]`, a build would have to be made, which writes beside it.
        is_read=project.packaging.style not in ("poetry", "pipfile"),
        lines=(*_lines(project.packaging), *project.packaging.also),
        python=python,
        beside=tuple(beside),
        kept=tuple(sorted(instead_of.packages.items()))
        if instead_of
        else _locked_packages(project),
    )
    folder = cached("environments", wanted, wanted.source.read_bytes())
    if not folder.is_dir():
        progress(f"Making an environment from `{declared}` in your cache")
        fill(folder, lambda partial: _make(partial, wanted))
    path = _python_of(folder)
    assert path is not None
    source = f"`{declared}`" if project.lock is None else f"`{declared}` and `{project.lock.file}`"
    also = "".join(f", with `{each}`" for each in project.packaging.also)
    made = _probe(path, f"an environment made from {source}{also}")
    runs_on = project.python.runs_on
    if instead_of is None and runs_on and runs_on != ".".join(map(str, made.version[:2])):
        made = replace(made, source=f"{made.source}, and not on {runs_on}, which is not here")
    return replace(made, instead_of=instead_of)


@dataclass(frozen=True)
class _Wanted:
    """What an environment is made of. `lines` are requirements beside those in the file `source`,
    where that `is_read` by pip, `kept` the versions that stay where nothing is in the way."""

    source: Path
    python: str
    is_read: bool = True
    lines: tuple[str, ...] = ()
    beside: tuple[str, ...] = ()
    kept: tuple[tuple[str, str], ...] = ()


def _lines(packaging: Packaging) -> tuple[str, ...]:
    """What pip does not read from the file itself: a group, say, or a Pipfile."""
    if packaging.style == "requirements":
        return ()
    asked = (
        each.text
        for each in packaging.requirements
        if not each.limits_only and not each.of_another_index
    )
    return tuple(dict.fromkeys(text for text in asked if text))


def _locked_packages(project: Project) -> tuple[tuple[str, str], ...]:
    return project.lock.versions if project.lock else ()


def make_for(declared: Path, progress: Progress = lambda _: None) -> Interpreter:
    """An environment in the user's cache with what a service's own file declares.

    Raises:
        CannotBoot: it is missing, or what it declares cannot be installed.
    """
    try:
        content = declared.read_bytes()
    except OSError as error:
        raise CannotBoot(
            f"`{declared}`, which says what the chat needs, cannot be read: {error.strerror}. "
            "Run `chatkit-agent add` first."
        ) from error
    folder = cached("services", content, sys.executable)
    if not folder.is_dir():
        progress(f"Making an environment from `{declared.parent.name}/{declared.name}`")
        fill(folder, lambda partial: _make(partial, _Wanted(declared, sys.executable)))
    path = _python_of(folder)
    assert path is not None
    return _probe(path, f"an environment made from `{declared.parent.name}/{declared.name}`")


def _environments(root: Path) -> Iterator[tuple[Path, str]]:
    for variable in ("VIRTUAL_ENV", "CONDA_PREFIX"):
        active = os.environ.get(variable)
        if active and not _is_ours(Path(active)) and (found := _python_of(Path(active))):
            yield found, f"the active environment `{active}`"
    for folder in _up_to_repository(root):
        for name in (".venv", "venv", "env", ".pixi/envs/default"):
            if found := _python_of(folder / name):
                yield found, f"the project's `{os.path.relpath(folder / name, root)}`"
    yield from _tool_environments(root, "poetry.lock", ("poetry", "env", "info", "-p"))
    yield from _tool_environments(root, "Pipfile", ("pipenv", "--venv"))


def _tool_environments(
    root: Path, sign: str, command: tuple[str, ...]
) -> Iterator[tuple[Path, str]]:
    if not (root / sign).exists() or shutil.which(command[0]) is None:
        return
    # The manager would take our own environment for the project's if it saw it as active.
    environment = {key: value for key, value in os.environ.items() if key != "VIRTUAL_ENV"}
    done = subprocess.run(  # noqa: S603 - the project's own package manager
        command, cwd=root, env=environment, capture_output=True, text=True
    )
    answer = done.stdout.strip()
    if done.returncode == 0 and answer and (found := _python_of(Path(answer))):
        yield found, f"the {command[0]} environment `{answer}`"


def _up_to_repository(root: Path) -> Iterator[Path]:
    for folder in (root, *root.parents):
        yield folder
        if (folder / ".git").exists():
            return
        if not any((parent / ".git").exists() for parent in folder.parents):
            return


def _is_ours(environment: Path) -> bool:
    return environment.resolve() == Path(sys.prefix).resolve()


def _python_of(environment: Path) -> Path | None:
    for name in ("bin/python", "Scripts/python.exe"):
        path = (environment / name).absolute()
        if path.exists() and is_interpreter(path):
            return path
    return None


def is_in_environment(path: Path) -> bool:
    """Whether a Python lies in a virtual or conda environment."""
    folders = (path.parent.parent, path.parent)
    return any((each / sign).exists() for each in folders for sign in ("pyvenv.cfg", "conda-meta"))


def is_interpreter(path: Path) -> bool:
    """Whether a file is a Python by its name and its content; nothing of it is run to see that."""
    try:
        real = path.resolve(strict=True)
        with real.open("rb") as file:
            start = file.read(4)
    except (OSError, RuntimeError):
        return False
    return all(PYTHON.fullmatch(each.name) for each in (path, real)) and start.startswith(PROGRAMS)


def environment_python(path: Path) -> Path:
    """The Python of an environment that somebody else than the person at the terminal names.

    Raises:
        BadOption: it is no such Python, but a script for instance. It was not run.
    """
    if not is_interpreter(path) or not is_in_environment(path):
        raise BadOption(
            f"`{path.name}` is not the interpreter of a Python environment, so it was not run. "
            "Give one such as `.venv/bin/python`."
        )
    return path


def _checked_python(python: str) -> Path:
    path = Path(python).expanduser()
    found = _python_of(path) if path.is_dir() else shutil.which(str(path))
    if found is None:
        raise CannotBoot(f"There is no Python at `{python}`. Name another with --python PATH.")
    return Path(found).absolute()


def _probe(path: Path, source: str) -> Interpreter:
    try:
        done = subprocess.run(  # noqa: S603 - the project's own Python
            [path, "-I", "-c", PROBE], capture_output=True, text=True, check=True, timeout=60
        )
        seen = json.loads(done.stdout)
    except (OSError, subprocess.SubprocessError, ValueError) as error:
        told = (getattr(error, "stderr", "") or str(error)).strip()
        raise CannotBoot(
            f"{source} has a Python that does not run (`{path}`): {told[-400:]} "
            "Name another with --python PATH."
        ) from error
    packages = {str(canonicalize_name(name)): seen["packages"][name] for name in seen["packages"]}
    return Interpreter(path, source, tuple(seen["version"]), packages)


def _new_enough(interpreter: Interpreter, oldest: tuple[int, ...]) -> Interpreter:
    if interpreter.version < oldest:
        raise CannotBoot(
            f"{interpreter.source} has Python {interpreter.version_text}, and the chat needs "
            f"{'.'.join(map(str, oldest))} or newer. Name another with --python PATH."
        )
    if not interpreter.has("fastapi"):
        raise CannotBoot(
            f"FastAPI is not installed in `{interpreter.path}` ({interpreter.source}). Install "
            "your project's dependencies there, or name its interpreter with --python PATH."
        )
    return interpreter


def _make(partial: Path, wanted: _Wanted) -> None:
    refuse_outside(wanted.source)
    with tempfile.TemporaryDirectory() as folder:
        _fill(partial, _apart(wanted, Path(folder)))


def _apart(wanted: _Wanted, folder: Path) -> _Wanted:
    """In a copy, where what is declared is built to be read: that leaves files in its folder."""
    if wanted.source.name not in BUILT:
        return wanted
    copy = copy_project(wanted.source.parent, folder, {})
    return replace(wanted, source=copy / wanted.source.name)


def _fill(partial: Path, wanted: _Wanted) -> None:
    declared, python = wanted.source, ("--python", str(partial))
    try:
        run_uv(
            *("venv", "-q", "--relocatable", "--clear", "--python", wanted.python, "."), cwd=partial
        )
        files = _requirement_files(partial, wanted)
        limits = _limits(partial, wanted, files)
        named = [argument for file in files for argument in ("-r", str(file))]
        install(*python, *named, *limits, cwd=declared.parent)
    except subprocess.CalledProcessError as error:
        raise CannotBoot(
            f"The dependencies in `{declared.name}` could not be installed for Python "
            f"`{wanted.python}`. Create the project's environment, or name one with --python PATH."
            f"\n{error.stderr}"
        ) from error


def _requirement_files(folder: Path, wanted: _Wanted) -> list[Path]:
    files = [_readable_requirements(wanted.source, folder)] if wanted.is_read else []
    if wanted.lines:
        files.append(folder / "lines.txt")
        files[-1].write_text("\n".join(wanted.lines))
    return files


def _limits(folder: Path, wanted: _Wanted, files: Sequence[Path]) -> tuple[str, ...]:
    """The versions of all that is asked for: those that are kept, but for what has to move.

    uv takes what stands in the file that it writes for what is preferred.
    """
    if not wanted.kept and not wanted.beside:
        return ()
    limits, beside = folder / "limits.txt", folder / "beside.txt"
    limits.write_text("".join(f"{name}=={version}\n" for name, version in wanted.kept))
    beside.write_text("\n".join(wanted.beside))
    run_uv(
        *("pip", "compile", "--quiet", "--no-header", "--no-annotate", "--python", str(folder)),
        *(*map(str, files), str(beside), "-o", str(limits)),
        cwd=wanted.source.parent,
    )
    return ("-c", str(limits))


def _readable_requirements(declared: Path, folder: Path) -> Path:
    # uv reads UTF-8 only; Windows shells write requirements as UTF-16.
    content = declared.read_bytes()
    if not content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return declared
    copy = folder / declared.name
    copy.write_text(content.decode("utf-16"), encoding="utf-8")
    return copy
