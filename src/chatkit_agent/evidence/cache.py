"""The user's cache: folders that uv fills, each made once and whole, and shared by later runs."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

import platformdirs
import uv


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


def run_uv(*arguments: str, cwd: Path | None = None) -> None:
    ours = {"NO_COLOR": "1", "UV_PYTHON_DOWNLOADS": "never"}
    # A coding agent starts us with few variables: trust what the machine trusts, as pip does.
    environment = {"UV_NATIVE_TLS": "true", **os.environ, **ours, **_every_pyenv()}
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
    names = sorted(path.name for path in versions.glob("3.*"))
    return {"PYENV_VERSION": ":".join(reversed(names))} if names else {}
