"""uv, as its wheel brings it, and the user's cache of folders that it fills."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import lru_cache
from pathlib import Path

import platformdirs
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
    names: list[str] = []
    # Another user's may be closed to this one.
    with suppress(OSError):
        names = sorted(path.name for path in versions.glob("3.*"))
    return {"PYENV_VERSION": ":".join(reversed(names))} if names else {}


def clean_cache() -> tuple[Path, int]:
    """Remove all of it; the folder, and how many bytes were in it."""
    folder = platformdirs.user_cache_path("chatkit-agent")
    size = sum(path.lstat().st_size for path in folder.rglob("*") if not path.is_dir())
    shutil.rmtree(folder, ignore_errors=True)
    return folder, size


def cached(kind: str, *key: object) -> Path:
    """Where the folder of this `kind` for this `key` is, or will be."""
    folder = platformdirs.user_cache_path("chatkit-agent") / kind
    folder.mkdir(parents=True, exist_ok=True)
    return folder / hashlib.sha256(repr(key).encode()).hexdigest()[:20]


def fill(folder: Path, make: Callable[[Path], None]) -> None:
    """Let `make` fill an empty folder, which then becomes `folder`."""
    partial = Path(tempfile.mkdtemp(dir=folder.parent))
    try:
        make(partial)
        partial.rename(folder)
    except OSError:
        # Another run has filled the same folder meanwhile; anything else is a real failure.
        if not folder.is_dir():
            raise
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def install(*arguments: str, cwd: Path | None = None) -> None:
    """`uv pip install`.

    Raises:
        CalledProcessError: it did not work; `stderr` says why.
    """
    run_uv("pip", "install", "--quiet", "--compile-bytecode", *arguments, cwd=cwd)
