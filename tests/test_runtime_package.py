"""A chat whose machinery is the wheel `chatkit-agent-runtime`, made from the same source."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import tomlkit
import uv
from packaging.requirements import Requirement

from chatkit_agent.apply.update import update
from chatkit_agent.options.requirements import REQUIREMENTS
from chatkit_agent.options.runtime_package import PACKAGE, REQUIREMENT

from .checking import add, checked, failed
from .test_both_targets import outcome

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "src/chatkit_agent/reference"
PROJECTS = ROOT / "tests/projects"


# The tests ask for modules by the names that they have where the machinery is in the project.
AS_IN_A_PROJECT = f"""\
import importlib, pkgutil, sys
import {PACKAGE}.{{name}} as real
{{own}}
for each in pkgutil.iter_modules(real.__path__):
    found = importlib.import_module(real.__name__ + "." + each.name)
    sys.modules[__name__ + "." + each.name] = found
sys.modules[__name__] = real
"""
OWN = "from . import config, context\nreal.config, real.context = config, context"


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheels")
    command = [uv.find_uv_bin(), "build", "-q", "--wheel", "-o", str(folder), str(SOURCE)]
    subprocess.run(command, check=True)
    return folder


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    root = Path(shutil.copytree(PROJECTS / "factory_called", tmp_path / "shop"))
    return add(root, runtime="package")


def test_only_what_is_yours_arrives_and_the_dependency_is_declared(shop: Path) -> None:
    delivered = [path for path in (shop / "shop").rglob("*") if path.is_file()]
    names = {str(path.relative_to(shop / "shop")) for path in delivered}
    assert not any(name.startswith("chatkit_runtime/") for name in names)
    assert "chatkit_store/postgres_store.py" not in names
    assert {"chatkit_store/config.py", "services/chat_agent.py", "chatkit_page/page.js"} <= names
    assert REQUIREMENT in (shop / "pyproject.toml").read_text()


def test_every_check_passes(shop: Path, wheels: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UV_FIND_LINKS", str(wheels))
    assert failed(checked(shop)) == []


def test_it_passes_the_tests_of_the_delivered_code(tmp_path: Path, wheels: Path) -> None:
    (wheel,) = wheels.glob("*.whl")
    shutil.unpack_archive(wheel, tmp_path / "site", "zip")
    root = Path(shutil.copytree(PROJECTS / "existing_services", tmp_path / "project"))
    add(root, runtime="package", schema="app_chat")
    home = root / "app/chatkit_backend"
    for name, own in (("chatkit_runtime", ""), ("chatkit_store", OWN)):
        (home / name).mkdir(exist_ok=True)
        (home / name / "__init__.py").write_text(AS_IN_A_PROJECT.format(name=name, own=own))
    done = outcome(Path(sys.executable), "app.chatkit_backend", root, tmp_path / "site")
    assert done.returncode == 0, done.stdout

    store = tmp_path / "site" / PACKAGE / "chatkit_store/postgres_store.py"
    store.write_text(store.read_text() + "\nraise RuntimeError('this package is broken')\n")
    done = outcome(Path(sys.executable), "app.chatkit_backend", root, tmp_path / "site")
    assert done.returncode != 0, "it was not the package that passed"


def test_without_the_package_it_is_named(shop: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", "import shop.services.chatkit_server"],
        cwd=shop,
        env={**os.environ, "PYTHONPATH": str(shop)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert f"No module named '{PACKAGE}'" in done.stderr


def test_the_wheel_asks_for_what_the_chat_needs() -> None:
    project = tomlkit.parse((SOURCE / "pyproject.toml").read_text()).unwrap()["project"]
    asked = {str(Requirement(each)) for each in project["dependencies"]}
    assert {str(Requirement(each)) for each in REQUIREMENTS} <= asked
    whole = tomlkit.parse((ROOT / "pyproject.toml").read_text()).unwrap()["project"]
    assert project["version"] == whole["version"]
    assert project["version"] in Requirement(REQUIREMENT).specifier


def test_the_machinery_can_be_taken_out_in_place_and_put_back(tmp_path: Path) -> None:
    root = add(Path(shutil.copytree(PROJECTS / "factory_called", tmp_path / "shop")))
    vendored = {path: path.read_bytes() for path in (root / "shop").rglob("*") if path.is_file()}
    taken_out = update(root, {"runtime": "package"}, allow_dirty=True)
    assert "shop/chatkit_runtime/turn.py" in taken_out.removed
    assert "shop/services/chat_agent.py" in taken_out.changed
    assert not (root / "shop/chatkit_runtime").exists()
    update(root, {"runtime": "vendored"}, allow_dirty=True)
    assert vendored == {
        path: path.read_bytes() for path in (root / "shop").rglob("*") if path.is_file()
    }
