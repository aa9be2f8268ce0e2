"""A copy of a project to run in, so that the person's own files stay as they are."""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from dotenv import dotenv_values, set_key

from chatkit_agent.project.env_files import is_env_file

NOT_COPIED = frozenset(
    {
        ".git",
        ".hg",
        ".svn",
        "__pycache__",
        "node_modules",
        ".mypy_cache",
        ".pytest_cache",
        ".ruff_cache",
        ".tox",
        ".nox",
        ".hypothesis",
    }
)


def copy_project(root: Path, target: Path, files: Mapping[str, bytes | None]) -> Path:
    """The copy of `root` under `target`, at the depth that `root` has in its repository.

    `files` replaces single files by their content; None leaves a file out.
    """
    root = root.resolve()
    repository = repository_of(root)
    copy = target / root.relative_to(repository)
    shutil.copytree(root, copy, symlinks=True, ignore=_not_copied, dirs_exist_ok=True)
    _copy_env_files_above(root, repository, target)
    _take_in_links(copy, root)
    for path, content in files.items():
        _write(copy / path, content)
    return copy


def repository_of(root: Path) -> Path:
    """The folder of the git repository around `root`, or `root` itself."""
    for folder in (root, *root.parents):
        if (folder / ".git").exists():
            return folder
    return root


def env_files_of(copy: Path, top: Path) -> Iterator[Path]:
    """Every env file in the copy, and those above it up to `top`."""
    yield from sorted(filter(_is_env_file, copy.rglob("*[eE][nN][vV]*")))
    for folder in copy.parents if copy != top else ():
        yield from filter(_is_env_file, sorted(folder.iterdir()))
        if folder == top:
            return


def values_in(path: Path, *, interpolate: bool = True) -> dict[str, str]:
    """The variables of an env file; none of one that is no text, such as one that is encrypted."""
    encoding = encoding_of(path)
    if encoding is None:
        return {}
    found = dotenv_values(path, interpolate=interpolate, encoding=encoding)
    return {name: value or "" for name, value in found.items()}


def encoding_of(path: Path) -> str | None:
    """How a text is written: in UTF-8, in UTF-16 as Windows has it, or in a code page."""
    content = path.read_bytes()
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    if b"\0" in content:
        return None
    try:
        content.decode()
    except UnicodeDecodeError:
        return "latin-1"
    return "utf-8"


def point_env_files(files: Iterable[Path], variables: Mapping[str, str]) -> None:
    """Make each env file of the copy that has one of `variables` agree with it.

    An application may let its env file win over the environment, and what is checked must never
    reach the person's own database or model.
    """
    for path in files:
        for name in values_in(path).keys() & variables.keys():
            set_key(path, name, variables[name], encoding=encoding_of(path))


def _take_in_links(copy: Path, root: Path) -> None:
    """A link to a file outside of the copy becomes that file, so that nothing writes through it."""
    for path in [each for each in copy.rglob("*") if each.is_symlink()]:
        there = path.resolve()
        if there.is_relative_to(copy.resolve()) or not there.exists():
            continue
        if there.is_relative_to(root) and (copy / there.relative_to(root)).exists():
            path.unlink()
            path.symlink_to(copy / there.relative_to(root))
        elif there.is_file():
            path.unlink()
            shutil.copy2(there, path)


def _copy_env_files_above(root: Path, repository: Path, target: Path) -> None:
    if root == repository:
        return
    for folder in root.parents:
        place = target / folder.relative_to(repository)
        for path in filter(_is_env_file, folder.iterdir()):
            shutil.copy2(path, place / path.name)
        if folder == repository:
            return


def _is_env_file(path: Path) -> bool:
    # What a shell runs, such as `.envrc`, has the owner's secrets as well.
    is_one = is_env_file(path.name) or path.name.lower().startswith(".envrc")
    return is_one and path.is_file()


def _write(path: Path, content: bytes | None) -> None:
    if content is None:
        path.unlink(missing_ok=True)
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def _not_copied(folder: str, names: list[str]) -> set[str]:
    return {name for name in names if name in NOT_COPIED or not _is_copied(Path(folder, name))}


def _is_copied(path: Path) -> bool:
    if (path / "pyvenv.cfg").exists():
        return False
    mode = os.lstat(path).st_mode
    return stat.S_ISREG(mode) or stat.S_ISDIR(mode) or stat.S_ISLNK(mode)
