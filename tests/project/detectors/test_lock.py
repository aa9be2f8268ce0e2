"""Lock: the versions in each kind of lock file, and which lock is the project's."""

from __future__ import annotations

import pytest

from chatkit_agent.project.detectors.lock import find_lock
from chatkit_agent.project.facts import Packaging
from tests.project.detectors.conftest import MakeSources

UV = """version = 1

[[package]]
name = "FastAPI"
version = "0.115.12"
source = { registry = "https://example.invalid/simple" }
dependencies = [
    { name = "pydantic" },
]

[[package]]
name = "numpy"
version = "1.26.4"
source = { registry = "https://example.invalid/simple" }
resolution-markers = ["python_full_version < '3.12'"]

[[package]]
name = "numpy"
version = "2.1.0"
source = { registry = "https://example.invalid/simple" }

[[package]]
name = "shop"
version = "0.1"
source = { editable = "." }

[[package]]
name = "tool"
version = "3"
source = { git = "https://example.invalid/tool?rev=1" }
"""
PYLOCK = """lock-version = "1.0"

[[packages]]
name = "fastapi"
version = "0.110.0"
wheels = [{ name = "fastapi-0.110.0-py3-none-any.whl" }]

[[packages]]
name = "tool"
version = "3"
vcs = { type = "git", url = "https://example.invalid/tool" }

[[packages]]
name = "shop"
version = "0.1"

[packages.directory]
path = "."
"""
POETRY = """
[[package]]
name = "fastapi"
version = "0.110.0"
description = "name = version"
files = [
    {file = "fastapi-0.110.0.tar.gz", hash = "sha256:00"},
]

[[package]]
name = "tool"
version = "3"

[package.source]
type = "git"
url = "https://example.invalid/tool"
"""
PDM = """
[[package]]
name = "fastapi"
version = "0.111.0"
requires_python = ">=3.8"

[[package]]
name = "tool"
version = "3"
git = "https://example.invalid/tool"
"""
PIPFILE = """{"default": {
    "fastapi": {"hashes": ["sha256:00"], "index": "pypi", "version": "==0.112.0"},
    "tool": {"git": "https://example.invalid/tool", "ref": "1"}
}, "develop": {}}"""
CONDA_LOCK = """\
version: 1
package:
- name: fastapi
  version: 0.113.0
  manager: conda
  platform: linux-64
- name: uvicorn
  version: '0.30'
  manager: pip
"""
PIXI = """version: 6
packages:
- conda: https://example.invalid/noarch/uvicorn-0.30.1-pyh31011fe_0.conda
  sha256: 00
- pypi: https://example.invalid/fastapi-0.113.0-py3-none-any.whl
  name: fastapi
  version: 0.113.0
"""
PIPTOOLS = "# pip-compile requirements.in\nfastapi==0.114.0\n    # via -r requirements.in\n"
PYPROJECT = Packaging("uv", "pyproject.toml", "pep621")


@pytest.mark.parametrize(
    ("name", "text", "versions"),
    [
        ("uv.lock", UV, {"fastapi": "0.115.12", "numpy": "2.1.0"}),
        ("uv.lock", UV.replace("\n", "\r\n"), {"fastapi": "0.115.12", "numpy": "2.1.0"}),
        ("poetry.lock", POETRY, {"fastapi": "0.110.0"}),
        ("pdm.lock", PDM, {"fastapi": "0.111.0"}),
        ("Pipfile.lock", PIPFILE, {"fastapi": "0.112.0"}),
        ("conda-lock.yml", CONDA_LOCK, {"fastapi": "0.113.0", "uvicorn": "0.30"}),
        ("pixi.lock", PIXI, {"fastapi": "0.113.0", "uvicorn": "0.30.1"}),
        ("uv.lock", "this is no lock", {}),
    ],
)
def test_the_versions_in_a_lock(
    sources: MakeSources, name: str, text: str, versions: dict[str, str]
) -> None:
    lock = find_lock(sources({name: text}), PYPROJECT)
    assert lock is not None
    assert (lock.file, dict(lock.versions)) == (name, versions)


def test_a_list_that_is_compiled_is_a_lock(sources: MakeSources) -> None:
    made = sources({"requirements.in": "fastapi\n", "requirements.txt": PIPTOOLS})
    command = ("pip-compile", "requirements.in", "-o", "requirements.txt")
    listed = Packaging("pip-tools", "requirements.in", "requirements", compiler=command)
    lock = find_lock(made, listed)
    assert lock is not None
    assert dict(lock.versions) == {"fastapi": "0.114.0"}


@pytest.mark.parametrize(
    ("lock", "file", "found"),
    [
        ("uv.lock", "packages/api/pyproject.toml", "uv.lock"),
        ("packages/api/uv.lock", "packages/api/pyproject.toml", "packages/api/uv.lock"),
        ("poetry.lock", "packages/api/pyproject.toml", None),
        ("packages/other/uv.lock", "packages/api/pyproject.toml", None),
    ],
)
def test_which_lock_is_meant(sources: MakeSources, lock: str, file: str, found: str | None) -> None:
    seen = find_lock(sources({lock: UV, file: ""}), Packaging("uv", file, "pep621"))
    assert (seen.file if seen else None) == found


def test_nothing_that_is_locked(sources: MakeSources) -> None:
    listed = Packaging("pip", "requirements.txt", "requirements")
    assert find_lock(sources({"requirements.txt": "fastapi\n", "uv.lock": UV}), listed) is None


@pytest.mark.parametrize(
    "name", ["a\n-r /etc/passwd\nb", "a --index-url=http://x", "../x", "x @ file:///srv/x", "-e ."]
)
def test_a_name_is_a_name_and_no_line_for_an_installer(sources: MakeSources, name: str) -> None:
    text = UV.replace("FastAPI", name)
    lock = find_lock(sources({"uv.lock": text}), Packaging("uv", "pyproject.toml", "pyproject"))
    assert lock is not None
    assert [each for each, _ in lock.versions] == ["numpy"]


def test_a_lock_of_no_manager(sources: MakeSources) -> None:
    made = sources({"pyproject.toml": "[project]\nname = 'shop'\n", "pylock.toml": PYLOCK})
    found = find_lock(made, PYPROJECT)
    assert found is not None
    assert (found.file, found.versions) == ("pylock.toml", (("fastapi", "0.110.0"),))
