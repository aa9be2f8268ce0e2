"""What can be held of macOS and Windows without running them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import uv

ROOT = Path(__file__).resolve().parents[1]
POSIX_ONLY = ("fcntl", "grp", "pty", "pwd", "resource", "termios", "tty")
IMPORTS = """
import builtins, importlib, pkgutil, sys
usual = builtins.__import__
def without(name, globals=None, *rest, **named):
    asks = (globals or {{}}).get("__name__", "")
    if asks.startswith("chatkit_agent") and name in {names!r}:
        raise ImportError(name)
    return usual(name, globals, *rest, **named)
builtins.__import__ = without
import chatkit_agent
for module in pkgutil.walk_packages(chatkit_agent.__path__, "chatkit_agent."):
    if not module.name.endswith(("__main__", "boot_script", "reference.main")):
        importlib.import_module(module.name)
"""


def test_nothing_of_posix_alone_is_imported() -> None:
    """On Windows these modules are not there; importing ours must not ask for them."""
    script = IMPORTS.format(names=POSIX_ONLY)
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", script], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_no_path_of_the_package_is_refused_by_windows() -> None:
    refused = set('<>:"|?*\\')
    ports = {f"{kind}{number}" for kind in ("com", "lpt") for number in range(10)}
    reserved = {"aux", "con", "nul", "prn", *ports}
    for path in (ROOT / "src").rglob("*"):
        assert not refused & set(path.name), path
        assert path.stem.lower() not in reserved, path


@pytest.mark.parametrize(
    "system", ["x86_64-pc-windows-msvc", "aarch64-apple-darwin", "x86_64-apple-darwin"]
)
def test_every_dependency_has_a_wheel_there(system: str) -> None:
    wanted = ["--extra", "assistant", "--extra", "reference", "--python-version", "3.12"]
    command = [uv.find_uv_bin(), "pip", "compile", "-q", *wanted, "--only-binary", ":all:"]
    done = subprocess.run(
        [*command, "--python-platform", system, ROOT / "pyproject.toml"],
        capture_output=True,
        text=True,
        check=False,
    )
    if "failed to fetch" in done.stderr.lower() or "connect" in done.stderr.lower():
        pytest.skip("the package index cannot be reached")
    assert done.returncode == 0, done.stderr
