"""The command that installs more of this tool fits the way in which it was installed."""

from __future__ import annotations

import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import uv

from chatkit_agent.frontends import own_installation

ROOT = Path(__file__).resolve().parents[2]
ASKS = (
    "from chatkit_agent.frontends.own_installation import install_command as c; "
    "print(c('assistant'))"
)


@pytest.mark.parametrize(
    ("prefix", "command"),
    [
        ("/home/ann/.cache/uv/archive-v0/x1", "uvx --from {} chatkit-agent"),
        ("/home/ann/.local/share/uv/tools/chatkit-agent", "uv tool install --force {}"),
        ("/home/ann/.local/pipx/venvs/chatkit-agent", "pipx install --force {}"),
    ],
)
def test_tools_are_installed_as_tools(
    prefix: str, command: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "prefix", prefix)
    monkeypatch.setattr(own_installation, "_origin", dict)
    assert own_installation.install_command("assistant") == command.format(
        "'chatkit-agent[assistant]'"
    )


@pytest.mark.parametrize(
    ("receipt", "command"),
    [("uv-receipt.toml", "uv tool install"), ("pipx_metadata.json", "pipx install")],
)
def test_tools_are_known_wherever_they_are(
    receipt: str, command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / receipt).touch()
    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    assert own_installation.install_command("assistant").startswith(f"{command} --force ")


def test_the_version_names_the_environment() -> None:
    text = own_installation.version_text()
    assert text.startswith("chatkit-agent 0.")
    assert sys.executable in text


@pytest.mark.parametrize("seed", [["--seed"], []], ids=["pip", "no pip"])
def test_the_command_works_as_printed(seed: list[str], tmp_path: Path) -> None:
    """A wheel from a folder with a space, in an environment with and without pip."""
    wheels = tmp_path / "my wheels"
    run(uv.find_uv_bin(), "build", "--wheel", "-q", "-o", wheels, ROOT)
    wheel = next(wheels.glob("*.whl"))
    python = tmp_path / "env" / "bin" / "python"
    run(uv.find_uv_bin(), "venv", "-q", *seed, tmp_path / "env")
    run(uv.find_uv_bin(), "pip", "install", "-q", "--no-deps", "--python", python, wheel)
    words = shlex.split(run(python, "-c", ASKS))
    assert words[-1] == f"{wheel}[assistant]"
    assert ("-m" in words) == bool(seed)
    words[:1] = [uv.find_uv_bin()] if words[0] == "uv" else words[:1]
    assert "would install" in _dry(words).lower()


def run(*command: object) -> str:
    words = [str(each) for each in command]
    return subprocess.run(words, check=True, capture_output=True, text=True).stdout


def _dry(words: list[str]) -> str:
    command = [*words, "--dry-run"]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return done.stdout + done.stderr
