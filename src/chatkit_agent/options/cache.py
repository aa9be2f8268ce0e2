"""The user's cache: folders that uv fills, each made once and whole, and shared by later runs."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

import platformdirs

from chatkit_agent.options.uv_process import run_uv


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
