"""uv, as its wheel brings it, in a process of its own."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

import uv


def run_uv(
    *arguments: str,
    cwd: Path | None = None,
    stdin: str | None = None,
    seconds: float | None = None,
    environment: Mapping[str, str] | None = None,
) -> str:
    """What uv prints.

    Raises:
        CalledProcessError: it did not work; `stderr` says why.
        TimeoutExpired: it took longer than `seconds`.
    """
    ours = {"NO_COLOR": "1", "UV_PYTHON_DOWNLOADS": "never", **_every_pyenv()}
    # A coding agent starts us with few variables: trust what the machine trusts, as pip does.
    inherited = {"UV_NATIVE_TLS": "true", **os.environ}
    if cwd is not None and "UV_CACHE_DIR" not in os.environ:
        inherited["UV_CACHE_DIR"] = _cache_folder()
    done = subprocess.run(  # noqa: S603 - uv, as its wheel brings it
        [uv.find_uv_bin(), *arguments],
        cwd=cwd,
        env={**inherited, **ours, **(environment or {})},
        check=True,
        capture_output=True,
        text=True,
        input=stdin,
        timeout=seconds,
    )
    return done.stdout


@lru_cache(maxsize=1)
def _cache_folder() -> str:
    # `cache-dir` of a project is often a folder of it, where nothing may be written.
    asked = [uv.find_uv_bin(), "cache", "dir"]
    done = subprocess.run(  # noqa: S603 - uv, as its wheel brings it
        asked, cwd=Path.cwd().anchor, check=True, capture_output=True, text=True
    )
    return done.stdout.strip()


def _every_pyenv() -> dict[str, str]:
    # pyenv's commands fail for every version that is not selected, and uv gives up at the first.
    versions = Path(os.environ.get("PYENV_ROOT", "~/.pyenv"), "versions").expanduser()
    names = sorted(path.name for path in versions.glob("3.*"))
    return {"PYENV_VERSION": ":".join(reversed(names))} if names else {}
