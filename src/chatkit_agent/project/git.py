"""git: which files of a project it knows, and which are not as the last commit has them.

A repository's own configuration can name programs, and git would run them: none of them is run.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path, PurePosixPath

from chatkit_agent.errors import DirtyTree

# Where a person keeps what git shall do everywhere; all else in the environment is of one command.
KEPT_VARIABLES = frozenset({"GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM", "GIT_CONFIG_NOSYSTEM"})
QUIET = {
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_ALLOW_PROTOCOL": "none",
    "GIT_PAGER": "cat",
    # Which a configuration may send into any file.
    "GIT_TRACE2": "0",
    "GIT_TRACE2_EVENT": "0",
    "GIT_TRACE2_PERF": "0",
    "GIT_ASKPASS": "",
    "SSH_ASKPASS": "",
    "LC_ALL": "C",
}
OFF = {
    "core.fsmonitor": "false",
    "core.hooksPath": os.devnull,
    "core.untrackedCache": "false",
    "core.pager": "cat",
    "core.sshCommand": "false",
    "credential.helper": "",
    "diff.external": "",
    "status.submoduleSummary": "false",
    "submodule.recurse": "false",
    "protocol.allow": "never",
}
SECONDS = 30
"""A pipe in the place of a file would hold it for ever."""
FILTERS = r"^filter\..*\.(clean|smudge|process|required)$"


class _Unsaid(Exception):
    """git is not there, or does not answer."""


def states(root: Path) -> Iterator[tuple[str, str]]:
    """git's two letters and the path of each file under `root` that differs from the last commit.

    Raises:
        DirtyTree: this is a repository, and git cannot say.
    """
    real = root.resolve()
    top = _top(real)
    if top is None:
        return
    command = ("status", "--porcelain=v1", "-z", "--no-renames", "--untracked-files=all")
    try:
        said = _status_of(top, *command, "--ignore-submodules=all", "--", ".", folder=real)
    except _Unsaid as error:
        raise DirtyTree(
            f"git could not say whether `{top}` is clean: {error}. Correct that, "
            "or pass --allow-dirty."
        ) from error
    prefix = real.relative_to(top).as_posix()
    for entry in said.split("\0")[:-1]:
        path = PurePosixPath(entry[3:])
        yield entry[:2], str(path.relative_to(prefix))


def tracked(root: Path, paths: Iterable[str]) -> frozenset[str]:
    """Those of some files that git has; none where it does not say."""
    return _those(root, paths, _ls_files)


def ignored(root: Path, paths: Iterable[str]) -> tuple[str, ...]:
    """Those of some files that git leaves out and does not have yet; none where it does not say."""
    asked = list(paths)
    found = _those(root, asked, _check_ignore)
    return tuple(each for each in asked if each in found)


def _ls_files(top: Path, asked: list[str]) -> str:
    return _status_of(top, "--literal-pathspecs", "ls-files", "-z", "--", *asked)


def _check_ignore(top: Path, asked: list[str]) -> str:
    # It takes whole paths, and lists with NUL from its input alone. With `./`, `:!x` is a path.
    given = "\0".join(f"./{each}" for each in asked)
    said = _status_of(top, "check-ignore", "-z", "--stdin", given=given)
    return "\0".join(each.removeprefix("./") for each in said.split("\0"))


def _those(
    root: Path, paths: Iterable[str], ask: Callable[[Path, list[str]], str]
) -> frozenset[str]:
    real, asked = root.resolve(), [each for each in paths if not each.startswith("..")]
    top = _top(real)
    if top is None or not asked:
        return frozenset()
    literal = [_in(top, real / each) for each in asked]
    try:
        known = set(ask(top, literal).split("\0"))
    except _Unsaid:
        return frozenset()
    return frozenset(each for each, path in zip(asked, literal, strict=True) if path in known)


def _top(real: Path) -> Path | None:
    return next((each for each in (real, *real.parents) if (each / ".git").exists()), None)


def _in(top: Path, path: Path) -> str:
    return path.relative_to(top).as_posix()


def _status_of(top: Path, *command: str, folder: Path | None = None, given: str = "") -> str:
    """What git says of the work tree at `top`, with everything off that could run a program."""
    settings = {**OFF, **_filters_off(top)}
    return _output_of(top, settings, *command, folder=folder, given=given)


def _filters_off(top: Path) -> Mapping[str, str]:
    """Settings that put an empty command in place of each filter that is configured."""
    listed = _output_of(top, OFF, "config", "-z", "--name-only", "--get-regexp", FILTERS)
    names = filter(None, listed.split("\0"))
    return {name: "false" if name.endswith(".required") else "" for name in names}


def _output_of(
    top: Path,
    settings: Mapping[str, str],
    *command: str,
    folder: Path | None = None,
    given: str = "",
) -> str:
    git = shutil.which("git")
    if git is None or Path(git).resolve().is_relative_to(top):
        raise _Unsaid("there is no git on this machine")
    environment = {name: value for name, value in os.environ.items() if _is_kept(name)}
    environment |= {**QUIET, **_as_variables(settings)}
    places = (f"--git-dir={top / '.git'}", f"--work-tree={top}")
    try:
        done = subprocess.run(  # noqa: S603 - git, from the person's own path
            [os.path.abspath(git), "--no-pager", *places, *command],
            cwd=folder or top,
            env=environment,
            input=given.encode(errors="surrogateescape"),
            capture_output=True,
            check=False,
            timeout=SECONDS,
        )
    except subprocess.TimeoutExpired as error:
        raise _Unsaid(f"it did not answer within {SECONDS} seconds") from error
    except OSError as error:
        raise _Unsaid(str(error)) from error
    # 1 is the answer that nothing was found.
    if done.returncode not in (0, 1):
        raise _Unsaid(done.stderr.decode(errors="replace").strip() or f"status {done.returncode}")
    return done.stdout.decode(errors="surrogateescape")


def _is_kept(name: str) -> bool:
    return not name.upper().startswith("GIT_") or name in KEPT_VARIABLES


def _as_variables(settings: Mapping[str, str]) -> dict[str, str]:
    """Settings as git takes them from its environment, whatever is in a name."""
    found = {"GIT_CONFIG_COUNT": str(len(settings))}
    for number, (name, value) in enumerate(settings.items()):
        found |= {f"GIT_CONFIG_KEY_{number}": name, f"GIT_CONFIG_VALUE_{number}": value}
    return found
