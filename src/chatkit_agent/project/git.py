"""Repository: which files of a project git knows, and which are not as the last commit has them."""

from __future__ import annotations

import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath

from chatkit_agent.errors import DirtyTree


def states(root: Path) -> Iterator[tuple[str, str]]:
    """git's two letters and the path of each file under `root` that differs from the last commit.

    Raises:
        DirtyTree: this is a repository, and git cannot say.
    """
    real = root.resolve()
    top = next((each for each in (real, *real.parents) if (each / ".git").exists()), None)
    if top is None:
        return
    command = ["git", "-C", str(real), "-c", "core.fsmonitor=false", "status", "--porcelain=v1"]
    command += ["-z", "--no-renames", "--untracked-files=all", "--", "."]
    try:
        done = subprocess.run(command, capture_output=True, check=True)  # noqa: S603
    except (OSError, subprocess.CalledProcessError) as error:
        said = getattr(error, "stderr", b"").decode(errors="replace").strip() or str(error)
        raise DirtyTree(
            f"git could not say whether `{top}` is clean: {said}. Correct that, "
            "or pass --allow-dirty."
        ) from error
    prefix = real.relative_to(top).as_posix()
    for entry in done.stdout.decode(errors="surrogateescape").split("\0")[:-1]:
        path = PurePosixPath(entry[3:])
        yield entry[:2], str(path.relative_to(prefix))


def tracked(root: Path, paths: Iterable[str]) -> frozenset[str]:
    """Those of some files that git has; none where it does not say."""
    asked = list(paths)
    command = ["git", "-C", str(root), "-c", "core.fsmonitor=false", "ls-files", "-z", "--", *asked]
    try:
        done = subprocess.run(command, capture_output=True, check=True)  # noqa: S603
    except (OSError, subprocess.CalledProcessError):
        return frozenset()
    known = done.stdout.decode(errors="surrogateescape").split("\0")
    return frozenset(asked).intersection(known)


def ignored(root: Path, paths: Iterable[str]) -> tuple[str, ...]:
    """Those of some files that git leaves out and does not have yet; none where it does not say."""
    asked = list(paths)
    command = ["git", "-C", str(root), "-c", "core.fsmonitor=false"]
    command += ["check-ignore", "-z", "--stdin"]
    given = "\0".join(asked).encode(errors="surrogateescape")
    try:
        done = subprocess.run(command, input=given, capture_output=True, check=False)  # noqa: S603
    except OSError:
        return ()
    found = set(done.stdout.decode(errors="surrogateescape").split("\0"))
    return tuple(each for each in asked if each in found)
