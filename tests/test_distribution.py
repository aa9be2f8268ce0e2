"""What is built holds all that is needed, and nothing else; it is the same from either form."""

from __future__ import annotations

import subprocess
import tarfile
import zipfile
from pathlib import Path

import pytest
import uv

ROOT = Path(__file__).resolve().parent.parent
READ_BY_PEOPLE = {"CHANGELOG.md", "LICENSE", "README.md", "pyproject.toml", "PKG-INFO"}
BY_HATCH = {".gitignore"}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("built")
    command = [uv.find_uv_bin(), "build", "-q", "-o", str(folder), str(ROOT)]
    subprocess.run(command, check=True, capture_output=True)
    return folder


def tracked(*folders: str) -> set[str]:
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", *folders]
    found = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return {path for path in found.strip("\0").split("\0") if (ROOT / path).is_file()}


def test_the_wheel_holds_the_package_and_the_plugin(built: Path) -> None:
    names = set(zipfile.ZipFile(next(built.glob("*.whl"))).namelist())
    code = {path.removeprefix("src/") for path in tracked("src")}
    plugin = {f"chatkit_agent/plugin_files/{path}" for path in tracked("skills", "agents")}
    assert {name for name in names if ".dist-info/" not in name} == code | plugin


def test_the_source_holds_what_the_wheel_is_made_of(built: Path) -> None:
    with tarfile.open(next(built.glob("*.tar.gz"))) as archive:
        members = [each.name.partition("/")[2] for each in archive if each.isfile()]
    assert set(members) - BY_HATCH == READ_BY_PEOPLE | tracked("src", "skills", "agents")


def test_nothing_built_is_large(built: Path) -> None:
    sizes = {path.suffix: path.stat().st_size for path in built.iterdir()}
    assert sizes[".whl"] < 2_000_000
    assert sizes[".gz"] < 2_000_000
