"""Which Python runs the project; the overlay is made by the real uv, from an index of this test."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
import uv

from chatkit_agent.errors import CannotBoot, PackagesConflict
from chatkit_agent.evidence.run.overlays import (
    CHAT_REQUIREMENTS,
    added_by,
    find_overlay,
    find_server,
    lacking_requirements,
    prepare_python,
)
from chatkit_agent.options.interpreters import find_interpreter
from chatkit_agent.project.facts import Auth, Chat, Declared, Lock, Packaging, Python
from chatkit_agent.project.read import Project

FASTAPI = Declared("fastapi", "fastapi", "Pipfile")
CHAT = {
    "openai-chatkit": "1.6.5",
    "openai-agents": "0.24.0",
    "mcp": "2.3.0",
    "asyncpg": "0.31.0",
    "pydantic-settings": "2.7.0",
    "pyjwt": "2.10.1",
    "python-dotenv": "1.1.0",
    "uvicorn": "0.35.0",
}


def project(root: Path, packaging: Packaging | None = None, requires: str | None = None) -> Project:
    root.mkdir(exist_ok=True)
    packaging = packaging or Packaging("none", None, "none")
    python = Python(requires, None)
    return Project(root, "shop", None, (), packaging, python, (), Auth(), (), Chat())


def environment(folder: Path, **packages: str) -> Path:
    """A real environment in which `packages` are registered as installed."""
    command = [uv.find_uv_bin(), "venv", "--quiet", "--python", sys.executable, str(folder)]
    subprocess.run(command, check=True)
    (site,) = folder.glob("lib/python*/site-packages")
    for name, version in packages.items():
        registered = site / f"{name}-{version}.dist-info"
        registered.mkdir()
        (registered / "METADATA").write_text(metadata(name.replace("_", "-"), version))
        (registered / "MANIFEST").write_text("")
        (registered / "INSTALLER").write_text("test")
    return folder


def metadata(name: str, version: str, *requires: str) -> str:
    lines = ["Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}"]
    return "\n".join([*lines, *(f"Requires-Dist: {each}" for each in requires)]) + "\n"


@pytest.fixture(autouse=True)
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An index with the chat's packages, and nothing of this machine in sight."""
    folder = tmp_path / "index"
    folder.mkdir()
    for name, version in {**CHAT, "fastapi": "0.115.0", "cryptography": "45.0.0"}.items():
        needs = ("pydantic>=2.10",) if name == "openai-agents" else ()
        wheel(folder, name, version, *needs)
    wheel(folder, "pydantic", "2.12.0")
    for variable in ("VIRTUAL_ENV", "CONDA_PREFIX"):
        monkeypatch.delenv(variable, raising=False)
    configuration = tmp_path / "uv.toml"
    configuration.write_text(f"no-index = true\nfind-links = ['{folder}']\n")
    monkeypatch.setenv("UV_CONFIG_FILE", str(configuration))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return folder


def wheel(folder: Path, name: str, version: str, *requires: str) -> None:
    stem = f"{name.replace('-', '_')}-{version}"
    with zipfile.ZipFile(folder / f"{stem}-py3-none-any.whl", "w") as archive:
        archive.writestr(f"{name.replace('-', '_')}/__init__.py", "")
        archive.writestr(f"{stem}.dist-info/METADATA", metadata(name, version, *requires))
        archive.writestr(f"{stem}.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\n")
        archive.writestr(f"{stem}.dist-info/RECORD", "")


def test_the_named_python_wins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    named = environment(tmp_path / "named", fastapi="0.110.0")
    active = environment(tmp_path / "active", fastapi="0.115.0")
    monkeypatch.setenv("VIRTUAL_ENV", str(active))
    shop = project(tmp_path / "shop")
    found = find_interpreter(shop, str(named / "bin" / "python"))
    assert found.packages == {"fastapi": "0.110.0"}
    assert find_interpreter(shop, str(named)).path == found.path
    assert find_interpreter(shop).packages == {"fastapi": "0.115.0"}


def test_an_active_environment_without_fastapi_is_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VIRTUAL_ENV", str(environment(tmp_path / "active")))
    shop = project(tmp_path / "shop")
    own = environment(shop.root / ".venv", fastapi="0.115.0")
    said: list[str] = []
    found = find_interpreter(shop, progress=said.append)
    assert found.path == own / "bin" / "python"
    assert any("Passing over" in message for message in said)


def test_our_own_environment_is_not_the_projects(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VIRTUAL_ENV", sys.prefix)
    with pytest.raises(CannotBoot, match="nothing declares its dependencies"):
        find_interpreter(project(tmp_path / "shop"))


def test_the_environment_of_a_workspace_lies_above_the_project(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    environment(tmp_path / ".venv", fastapi="0.115.0")
    found = find_interpreter(project(tmp_path / "backend"))
    assert found.source == "the project's `../.venv`"


def test_poetry_is_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    theirs = environment(tmp_path / "theirs", fastapi="0.115.0")
    shop = project(tmp_path / "shop")
    (shop.root / "poetry.lock").write_text("")
    (tmp_path / "bin").mkdir()
    poetry = tmp_path / "bin" / "poetry"
    poetry.write_text(f'#!/bin/sh\n[ "$*" = "env info -p" ] && echo {theirs}\n')
    poetry.chmod(0o755)
    monkeypatch.setenv("PATH", f"{poetry.parent}:/usr/bin:/bin")
    assert find_interpreter(shop).path == theirs / "bin" / "python"


def test_one_is_made_where_there_is_none(tmp_path: Path) -> None:
    shop = project(tmp_path / "shop", Packaging("pip", "requirements.txt", "requirements"))
    (shop.root / "requirements.txt").write_bytes("fastapi==0.115.0\n".encode("utf-16"))
    said: list[str] = []
    found = find_interpreter(shop, progress=said.append)
    assert found.packages == {"fastapi": "0.115.0"}
    assert "Making an environment from `requirements.txt`" in said[0]
    said.clear()
    assert find_interpreter(shop, progress=said.append).path == found.path
    assert said == []
    assert [path.name for path in shop.root.iterdir()] == ["requirements.txt"]


def test_dependencies_that_cannot_be_installed(tmp_path: Path) -> None:
    shop = project(tmp_path / "shop", Packaging("pip", "requirements.txt", "requirements"))
    (shop.root / "requirements.txt").write_text("fastapi\nno-such-package\n")
    with pytest.raises(CannotBoot, match="no-such-package"):
        find_interpreter(shop)
    assert not list((tmp_path / "cache" / "chatkit-agent" / "environments").iterdir())


def test_a_python_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(CannotBoot, match="no Python at"):
        find_interpreter(project(tmp_path / "shop"), str(tmp_path / "nowhere"))


def test_something_that_is_no_python(tmp_path: Path) -> None:
    fake = tmp_path / "python"
    fake.write_text("#!/bin/sh\necho hello\n")
    fake.chmod(0o755)
    with pytest.raises(CannotBoot, match="does not run"):
        find_interpreter(project(tmp_path / "shop"), str(fake))


def test_a_python_that_is_too_old_is_told_so(tmp_path: Path) -> None:
    old = tmp_path / "python"
    old.write_text('#!/bin/sh\necho \'{"version": [3, 8, 18], "packages": {}}\'\n')
    old.chmod(0o755)
    with pytest.raises(CannotBoot, match=r"Python 3\.8\.18, and the chat needs 3\.10"):
        find_interpreter(project(tmp_path / "shop"), str(old))


def test_lacking() -> None:
    complete = {**CHAT, "cryptography": "45.0.0"}
    assert lacking_requirements(complete) == ()
    assert lacking_requirements({}) == CHAT_REQUIREMENTS
    assert lacking_requirements({**complete, "mcp": "1.10.0"}) == ("mcp>=1.21.2,<3",)
    assert lacking_requirements(CHAT) == ("pyjwt[crypto]>=2.10",)
    assert lacking_requirements(complete, ("boto3>=1.34",)) == ("boto3>=1.34",)


def test_nothing_is_added_where_nothing_is_missing(tmp_path: Path) -> None:
    packages = {name.replace("-", "_"): version for name, version in CHAT.items()}
    shop = project(tmp_path / "shop")
    environment(shop.root / ".venv", fastapi="0.115.0", cryptography="45.0.0", **packages)
    assert find_overlay(find_interpreter(shop)) is None


def test_the_overlay_keeps_to_what_is_installed(tmp_path: Path) -> None:
    shop = project(tmp_path / "shop")
    own = environment(shop.root / ".venv", fastapi="0.115.0", uvicorn="0.30.0")
    before = sorted(path for path in own.rglob("*") if "__pycache__" not in path.parts)
    interpreter = find_interpreter(shop)
    overlay = find_overlay(interpreter)
    assert overlay is not None
    added = added_by(overlay, interpreter)
    assert "openai-agents 0.24.0" in added
    assert not [name for name in added if name.startswith("uvicorn")]
    assert sorted(path for path in own.rglob("*") if "__pycache__" not in path.parts) == before
    assert find_overlay(interpreter) == overlay


def test_what_nobody_declared_may_be_replaced_and_the_overlay_goes_first(tmp_path: Path) -> None:
    shop = project(tmp_path / "shop")
    environment(shop.root / ".venv", fastapi="0.115.0", pydantic="1.10.2")
    interpreter = find_interpreter(shop)
    overlay = find_overlay(interpreter)
    assert overlay is not None
    assert overlay.moved == ("pydantic==1.10.2",)
    assert (overlay.path / "pydantic-2.12.0.dist-info").is_dir()
    assert find_overlay(interpreter) == overlay


def test_what_is_declared_and_stands_in_the_way_is_named(tmp_path: Path) -> None:
    shop = project(tmp_path / "shop")
    environment(shop.root / ".venv", fastapi="0.115.0", pydantic="1.10.2")
    with pytest.raises(PackagesConflict, match=r"do not go together with `pydantic==1\.10\.2`"):
        find_overlay(find_interpreter(shop), declared=("pydantic",))
    overlays = tmp_path / "cache" / "chatkit-agent" / "overlays"
    assert not list(overlays.iterdir())


def test_a_package_that_is_not_to_be_had_is_told(tmp_path: Path, index: Path) -> None:
    next(index.glob("asyncpg-*")).unlink()
    shop = project(tmp_path / "shop")
    environment(shop.root / ".venv", fastapi="0.115.0")
    with pytest.raises(PackagesConflict, match="asyncpg was not found"):
        find_overlay(find_interpreter(shop))


def test_a_server_is_lent_where_the_environment_has_none(tmp_path: Path, index: Path) -> None:
    here = environment(tmp_path / "here", fastapi="0.63.0")
    python = find_interpreter(project(tmp_path / "p"), str(here / "bin/python"))
    told: list[str] = []
    server = find_server(python, told.append)
    assert server is not None
    assert [each.partition(" ")[0] for each in added_by(server, python)] == ["uvicorn"]
    assert len(told) == 1
    assert "uvicorn" not in python.packages
    served = environment(tmp_path / "served", fastapi="0.63.0", uvicorn="0.13.0")
    assert (
        find_server(find_interpreter(project(tmp_path / "p"), str(served / "bin/python"))) is None
    )
    next(index.glob("uvicorn-*")).unlink()
    other = environment(tmp_path / "other", fastapi="0.64.0")
    assert find_server(find_interpreter(project(tmp_path / "p"), str(other / "bin/python"))) is None


def test_two_runs_at_once_share_one_overlay(tmp_path: Path) -> None:
    shop = project(tmp_path / "shop")
    environment(shop.root / ".venv", fastapi="0.115.0")
    interpreter = find_interpreter(shop)
    with ThreadPoolExecutor() as pool:
        first, second = pool.map(find_overlay, [interpreter, interpreter])
    assert first is not None
    assert first == second
    assert (first.path / "mcp").is_dir()
    assert list(first.path.parent.parent.iterdir()) == [first.path.parent]


def test_the_python_that_runs_us_is_taken_where_the_project_allows_it(tmp_path: Path) -> None:
    shop = project(tmp_path / "shop", Packaging("pip", "requirements.txt", "requirements"))
    (shop.root / "requirements.txt").write_text("fastapi\n")
    assert find_interpreter(shop).version == sys.version_info[:3]


def test_a_python_that_is_not_on_this_machine(tmp_path: Path) -> None:
    packaging = Packaging("pip", "requirements.txt", "requirements")
    shop = project(tmp_path / "shop", packaging, requires="==3.28.*")
    (shop.root / "requirements.txt").write_text("fastapi\n")
    with pytest.raises(CannotBoot, match=r"asks for Python `==3\.28\.\*`"):
        find_interpreter(shop)


def test_what_is_declared_is_installed_anew_where_it_may_move(tmp_path: Path) -> None:
    packaging = Packaging("pip", "requirements.txt", "requirements", ("fastapi", "pydantic"))
    shop = project(tmp_path / "shop", packaging)
    (shop.root / "requirements.txt").write_text("fastapi\npydantic>=1\n")
    own = environment(shop.root / ".venv", fastapi="0.115.0", pydantic="1.10.2")
    made, overlay = prepare_python(shop)
    assert made.path != own / "bin" / "python"
    assert "`pydantic==1.10.2` is in the way" in made.source
    assert made.packages["pydantic"] == "2.12.0"
    assert "openai-agents 0.24.0" in added_by(overlay, made)


def test_what_is_locked_is_installed(tmp_path: Path, index: Path) -> None:
    wheel(index, "fastapi", "0.110.0")
    packaging = Packaging("pipenv", "Pipfile", "pipfile", ("fastapi",), (FASTAPI,))
    lock = Lock("Pipfile.lock", (("fastapi", "0.110.0"), ("nowhere", "1")))
    shop = replace(project(tmp_path / "shop", packaging), lock=lock)
    (shop.root / "Pipfile").write_text('[packages]\nfastapi = "*"\n')
    made = find_interpreter(shop)
    assert made.packages == {"fastapi": "0.110.0"}
    assert made.source == "an environment made from `Pipfile` and `Pipfile.lock`"


def test_nothing_is_built_in_the_folder_of_a_poetry_project(tmp_path: Path, index: Path) -> None:
    """Where it has no build system, setuptools would leave `UNKNOWN.egg-info` there."""
    wheel(index, "fastapi", "0.110.0")
    packaging = Packaging("poetry", "pyproject.toml", "poetry", ("fastapi",), (FASTAPI,))
    shop = project(tmp_path / "shop", packaging)
    text = '[tool.poetry]\npackage-mode = false\n\n[tool.poetry.dependencies]\nfastapi = "*"\n'
    (shop.root / "pyproject.toml").write_text(text)
    before = sorted(shop.root.iterdir())
    assert find_interpreter(shop).packages["fastapi"]
    assert sorted(shop.root.iterdir()) == before


BACKEND = """
from pathlib import Path

def prepare_metadata_for_build_wheel(folder, settings=None):
    Path("left.txt").touch()
    Path(folder, "shop-1.dist-info").mkdir()
    text = "Metadata-Version: 2.1\\nName: shop\\nVersion: 1\\nRequires-Dist: fastapi\\n"
    Path(folder, "shop-1.dist-info", "METADATA").write_text(text)
    return "shop-1.dist-info"
"""


def test_what_a_build_leaves_is_not_left_in_the_folder_of_the_project(tmp_path: Path) -> None:
    shop = project(tmp_path / "shop", Packaging("setuptools", "setup.py", "setup.py"))
    (shop.root / "setup.py").touch()
    (shop.root / "backend.py").write_text(BACKEND)
    system = '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'
    (shop.root / "pyproject.toml").write_text(system)
    before = sorted(shop.root.iterdir())
    assert "fastapi" in find_interpreter(shop).packages
    assert sorted(shop.root.iterdir()) == before


def test_only_what_is_in_the_way_moves(tmp_path: Path, index: Path) -> None:
    for version in ("1", "2"):
        wheel(index, "markup", version)
    declared = ("fastapi", "pydantic", "markup")
    packaging = Packaging("pip", "requirements.txt", "requirements", declared)
    shop = project(tmp_path / "shop", packaging)
    (shop.root / "requirements.txt").write_text("fastapi\npydantic>=1\nmarkup\n")
    environment(shop.root / ".venv", fastapi="0.115.0", pydantic="1.10.2", markup="1")
    made, _ = prepare_python(shop)
    assert (made.packages["markup"], made.packages["pydantic"]) == ("1", "2.12.0")
    assert made.instead_of is not None
    assert made.instead_of.packages["pydantic"] == "1.10.2"


def test_what_is_declared_and_may_not_move_is_told(tmp_path: Path) -> None:
    packaging = Packaging("pip", "requirements.txt", "requirements", ("fastapi", "pydantic"))
    shop = project(tmp_path / "shop", packaging)
    (shop.root / "requirements.txt").write_text("fastapi\npydantic<2\n")
    wheel(tmp_path / "index", "pydantic", "1.10.2")
    environment(shop.root / ".venv", fastapi="0.115.0", pydantic="1.10.2")
    with pytest.raises(PackagesConflict, match=r"pydantic==1\.10\.2"):
        prepare_python(shop)
