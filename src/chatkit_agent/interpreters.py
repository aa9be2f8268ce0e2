"""Which Python runs the project, and an overlay in the user's cache with what it lacks."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from importlib.metadata import distributions
from pathlib import Path

import platformdirs
import uv
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

from chatkit_agent.errors import CannotBoot, PackagesConflict
from chatkit_agent.project import Project
from chatkit_agent.requirements import REQUIREMENTS

OLDEST = (3, 10)
Progress = Callable[[str], None]

# What the delivered code imports, and the server that runs it.
CHAT_REQUIREMENTS = (*REQUIREMENTS, "uvicorn>=0.20")

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

    def has(self, name: str) -> bool:
        return canonicalize_name(name) in self.packages

    @property
    def version_text(self) -> str:
        return ".".join(map(str, self.version))


def prepare_python(
    project: Project, python: str | None = None, progress: Progress = lambda _: None
) -> tuple[Interpreter, Path | None]:
    """The Python that runs `project`, and the overlay that it needs.

    Where the chat's packages need another version of something that is installed, installing the
    project's declared dependencies anew would move it: that is done in the user's cache.

    Raises:
        CannotBoot: no Python was found or made that has all that is needed.
    """
    interpreter = find_interpreter(project, python, progress)
    try:
        return interpreter, find_overlay(interpreter, progress)
    except PackagesConflict as conflict:
        if not _is_installable(project):
            raise
        progress("They do not go together with what is installed there")
        made = _made_environment(project, progress, str(interpreter.path))
        why = f"{made.source}, as {conflict.what} is in the way in {interpreter.source}"
        return replace(made, source=why), find_overlay(made, progress)


def project_python(root: Path, python: str | None = None) -> Path | None:
    """The Python named, else that of the project's own environment; None where it has none."""
    if python is not None:
        return _named(python)
    return next((path for path, _ in _environments(root)), None)


def find_interpreter(
    project: Project, python: str | None = None, progress: Progress = lambda _: None
) -> Interpreter:
    """The Python that runs `project`: the one named, else the first environment with FastAPI.

    Raises:
        CannotBoot: none was found and none could be made.
    """
    if python is not None:
        return _new_enough(_probe(_named(python), "the Python that you named"))
    for path, source in _environments(project.root):
        interpreter = _probe(path, source)
        if interpreter.has("fastapi"):
            return _new_enough(interpreter)
        progress(f"Passing over {source}: FastAPI is not installed in it")
    return _new_enough(_made_environment(project, progress))


def find_overlay(interpreter: Interpreter, progress: Progress = lambda _: None) -> Path | None:
    """A folder with the packages of the chat that `interpreter` lacks; None where none is missing.

    Raises:
        PackagesConflict: the packages do not go together with what is installed.
    """
    lacking = lacking_requirements(interpreter.packages)
    if not lacking:
        return None
    pins = [f"{name}=={version}" for name, version in sorted(interpreter.packages.items())]
    folder = _cache("overlays") / _digest(interpreter.path, interpreter.version_text, pins, lacking)
    if not folder.is_dir():
        progress(f"Preparing {len(lacking)} packages beside your environment, which stays as it is")
        with tempfile.TemporaryDirectory(dir=folder.parent) as temporary:
            _fill_overlay(Path(temporary), interpreter, pins, lacking)
            _move(Path(temporary) / "packages", folder)
    return folder


def added_by(overlay: Path | None, interpreter: Interpreter) -> tuple[str, ...]:
    """What only the overlay has, such as `openai-chatkit 1.6.5`."""
    found = distributions(path=[str(overlay)]) if overlay else ()
    names = {one.metadata["Name"]: one.version for one in found}
    return tuple(
        f"{name} {version}" for name, version in sorted(names.items()) if not interpreter.has(name)
    )


def lacking_requirements(packages: Mapping[str, str]) -> tuple[str, ...]:
    """Those of the chat's requirements that the installed `packages` do not meet."""
    return tuple(text for text in CHAT_REQUIREMENTS if not _is_met(Requirement(text), packages))


def _is_met(requirement: Requirement, packages: Mapping[str, str]) -> bool:
    version = packages.get(canonicalize_name(requirement.name))
    if version is None or not requirement.specifier.contains(version, prereleases=True):
        return False
    return "crypto" not in requirement.extras or "cryptography" in packages


def _environments(root: Path) -> Iterator[tuple[Path, str]]:
    for variable in ("VIRTUAL_ENV", "CONDA_PREFIX"):
        active = os.environ.get(variable)
        if active and not _is_ours(Path(active)) and (found := _python_of(Path(active))):
            yield found, f"the active environment `{active}`"
    for folder in _up_to_repository(root):
        for name in (".venv", "venv", "env"):
            if found := _python_of(folder / name):
                yield found, f"the project's `{os.path.relpath(folder / name, root)}`"
    yield from _managed(root, "poetry.lock", ("poetry", "env", "info", "-p"))
    yield from _managed(root, "Pipfile", ("pipenv", "--venv"))


def _managed(root: Path, sign: str, command: tuple[str, ...]) -> Iterator[tuple[Path, str]]:
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
        if (environment / name).exists():
            return (environment / name).absolute()
    return None


def _named(python: str) -> Path:
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


def _new_enough(interpreter: Interpreter) -> Interpreter:
    if interpreter.version < OLDEST:
        raise CannotBoot(
            f"{interpreter.source} has Python {interpreter.version_text}, and the chat needs "
            f"{'.'.join(map(str, OLDEST))} or newer. Name another with --python PATH."
        )
    if not interpreter.has("fastapi"):
        raise CannotBoot(
            f"FastAPI is not installed in `{interpreter.path}` ({interpreter.source}). Install "
            "your project's dependencies there, or name its interpreter with --python PATH."
        )
    return interpreter


def _is_installable(project: Project) -> bool:
    return project.packaging.style not in ("pipfile", "conda", "none")


def _made_environment(
    project: Project, progress: Progress, python: str | None = None
) -> Interpreter:
    declared = project.packaging.file
    if declared is None or not _is_installable(project):
        raise CannotBoot(
            f"No environment of `{project.name}` was found, and none can be made from "
            f"{f'`{declared}`' if declared else 'its files: nothing declares its dependencies'}. "
            "Create it, or name its interpreter with --python PATH."
        )
    wanted = python or _python_for(project.python.requires)
    content = (project.root / declared).read_bytes()
    folder = _cache("environments") / _digest(project.root, declared, content, wanted)
    if not folder.is_dir():
        progress(f"Making an environment from `{declared}` in your cache")
        _make_environment(folder, project.root / declared, wanted)
    path = _python_of(folder)
    assert path is not None
    return _probe(path, f"an environment made from `{declared}`")


def _python_for(requires: str | None) -> str:
    """The Python that runs us where the project allows it, else what it asks for."""
    ours = ".".join(map(str, sys.version_info[:3]))
    return sys.executable if requires is None or ours in SpecifierSet(requires) else requires


def _make_environment(folder: Path, declared: Path, wanted: str) -> None:
    partial = Path(tempfile.mkdtemp(dir=folder.parent))
    try:
        _uv("venv", "-q", "--relocatable", "--clear", "--python", wanted, ".", cwd=partial)
        requirements = _readable_requirements(declared, partial)
        _install("--python", str(partial), "-r", str(requirements), cwd=declared.parent)
        _move(partial, folder)
    except subprocess.CalledProcessError as error:
        raise CannotBoot(
            f"The dependencies in `{declared.name}` could not be installed for Python `{wanted}`. "
            f"Create the project's environment, or name one with --python PATH.\n{error.stderr}"
        ) from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _readable_requirements(declared: Path, folder: Path) -> Path:
    # uv reads UTF-8 only; Windows shells write requirements as UTF-16.
    content = declared.read_bytes()
    if not content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return declared
    copy = folder / declared.name
    copy.write_text(content.decode("utf-16"), encoding="utf-8")
    return copy


def _fill_overlay(
    folder: Path, interpreter: Interpreter, pins: Iterable[str], lacking: Iterable[str]
) -> None:
    constraints = folder / "installed.txt"
    constraints.write_text("\n".join(pins))
    python, target = str(interpreter.path), str(folder / "packages")
    try:
        _install("--python", python, "--target", target, "-c", str(constraints), *lacking)
    except subprocess.CalledProcessError as error:
        raise _conflict(error.stderr, pins, interpreter) from error


def _conflict(told: str, pins: Iterable[str], interpreter: Interpreter) -> PackagesConflict:
    words = " ".join(told.split())
    in_the_way = [pin for pin in pins if re.search(rf"{re.escape(pin)}(?![\w.])", words)]
    what = ", ".join(f"`{pin}`" for pin in in_the_way) or "something"
    return PackagesConflict(
        f"The chat's packages do not go together with {what} in `{interpreter.path}`. Install a "
        f"version that does, or name another environment with --python PATH. uv says: {words}",
        what,
    )


def _install(*arguments: str, cwd: Path | None = None) -> None:
    _uv("pip", "install", "--quiet", "--compile-bytecode", *arguments, cwd=cwd)


def _uv(*arguments: str, cwd: Path | None = None) -> None:
    environment = {**os.environ, "NO_COLOR": "1", "UV_PYTHON_DOWNLOADS": "never", **_every_pyenv()}
    subprocess.run(  # noqa: S603 - uv, as its wheel brings it
        [uv.find_uv_bin(), *arguments],
        cwd=cwd,
        env=environment,
        check=True,
        capture_output=True,
        text=True,
    )


def _every_pyenv() -> dict[str, str]:
    # pyenv's commands fail for every version that is not selected, and uv gives up at the first.
    versions = Path(os.environ.get("PYENV_ROOT", "~/.pyenv"), "versions").expanduser()
    names = sorted(path.name for path in versions.glob("3.*")) if versions.is_dir() else []
    return {"PYENV_VERSION": ":".join(reversed(names))} if names else {}


def _move(source: Path, target: Path) -> None:
    try:
        source.rename(target)
    except OSError:
        # Another run has filled the same folder meanwhile; anything else is a real failure.
        if not target.is_dir():
            raise


def _cache(name: str) -> Path:
    folder = platformdirs.user_cache_path("chatkit-agent") / name
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _digest(*parts: object) -> str:
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:20]
