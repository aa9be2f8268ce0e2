"""The sample projects are read as what they are, which Python confirms by importing them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from chatkit_agent.project.facts import App
from chatkit_agent.project.read import read_project

PROJECTS = Path(__file__).parents[1] / "projects"
IMPORT = """
import json, sys
from uvicorn.importer import import_from_string

ref, is_factory = sys.argv[1:]
app = import_from_string(ref)
app = app() if is_factory == "factory" else app
app = app.app if is_factory == "wrapped" else app
print(json.dumps(sorted(app.openapi()["paths"])))
"""


@dataclass(frozen=True)
class Expected:
    ref: str
    kind: str
    built_in: str
    made_by: str | None
    packaging: tuple[str, str | None]
    route: str | None
    """None where only libraries of its own run it, as `test_sidecar` does."""
    variable: str = "app"
    directory: str = ""
    requires: str | None = None
    declares_fastapi: bool = True


EXPECTED = {
    "namespace_package": Expected(
        "acme.orders.main:app",
        "module",
        "acme/orders/main.py",
        None,
        ("pip", "requirements.txt"),
        "/orders/{number}",
    ),
    "guarded_else": Expected(
        "main:app", "module", "main.py", None, ("pip", "requirements.txt"), "/letters"
    ),
    "wired_last": Expected(
        "stock.application:app",
        "called_factory",
        "stock/application.py",
        "create_app",
        ("pip", "requirements.txt"),
        "/stock/{piece}",
    ),
    "setup_py": Expected(
        "parcels.main:application",
        "module",
        "parcels/main.py",
        None,
        ("setuptools", "setup.py"),
        "/parcels/{number}",
        variable="application",
        requires=">=3.10",
    ),
    "computed_setup": Expected(
        "meters:app",
        "module",
        "meters.py",
        None,
        ("setuptools", "setup.py"),
        "/meters",
        requires=">=3.10",
        declares_fastapi=False,
    ),
    "conda_pip": Expected(
        "weather:app",
        "module",
        "weather.py",
        None,
        ("conda", "environment.yml"),
        "/forecast",
        requires="==3.11.*",
    ),
    "hatch_env": Expected(
        "library.app:app",
        "module",
        "library/app.py",
        None,
        ("hatch", "pyproject.toml"),
        "/books",
        requires=">=3.10",
    ),
    "poetry_project": Expected(
        "board:app", "module", "board.py", None, ("poetry", "pyproject.toml"), "/notes"
    ),
    "poetry_group": Expected(
        "tickets:app",
        "module",
        "tickets.py",
        None,
        ("poetry", "pyproject.toml"),
        "/tickets",
        requires=">=3.10,<4",
    ),
    "module_level": Expected(
        "app.main:app",
        "module",
        "app/main.py",
        None,
        ("uv", "pyproject.toml"),
        "/notes",
        requires=">=3.10",
    ),
    "factory_called": Expected(
        "shop.main:app",
        "called_factory",
        "shop/main.py",
        "create_app",
        ("setuptools", "pyproject.toml"),
        "/orders",
        requires=">=3.10,<4",
    ),
    "factory_only": Expected(
        "library.factory:build",
        "factory",
        "library/factory.py",
        "build",
        ("pip", "requirements.txt"),
        "/books",
        variable="api",
    ),
    "src_layout": Expected(
        "weather.main:app",
        "module",
        "src/weather/main.py",
        None,
        ("hatch", "pyproject.toml"),
        "/today",
        directory="src",
        requires=">=3.10",
    ),
    "flat_file": Expected(
        "main:app", "module", "main.py", None, ("none", None), "/add", declares_fastapi=False
    ),
    "subclass": Expected(
        "service.main:application",
        "subclass",
        "service/main.py",
        None,
        ("setuptools", "setup.cfg"),
        "/parcels",
        variable="application",
        requires=">=3.10",
    ),
    "reexport_package": Expected(
        "planner:app",
        "reexport",
        "planner/server.py",
        None,
        ("pip", "requirements.txt"),
        "/days",
        requires="==3.12.*",
    ),
    "two_apps_hinted": Expected(
        "kitchen:app",
        "module",
        "kitchen.py",
        None,
        ("pip", "requirements.txt"),
        "/stock",
        requires="==3.11.*",
    ),
    "monorepo_backend": Expected(
        "app.main:app",
        "module",
        "backend/app/main.py",
        None,
        ("pip", "backend/pyproject.toml"),
        "/beds",
        directory="backend",
        requires=">=3.10",
    ),
    "crlf_tabs": Expected(
        "app:app", "module", "app.py", None, ("pip", "requirements.txt"), "/home"
    ),
    "settings_forbid": Expected(
        "api.main:app",
        "module",
        "api/main.py",
        None,
        ("pdm", "pyproject.toml"),
        "/greet",
        requires=">=3.10",
    ),
    "requirements_utf16": Expected(
        "main:app", "module", "main.py", None, ("pip", "requirements.txt"), "/ping"
    ),
    "poetry_classic": Expected(
        "billing.main:app",
        "module",
        "billing/main.py",
        None,
        ("poetry", "pyproject.toml"),
        "/invoices/",
        requires=">=3.10,<4",
    ),
    "existing_services": Expected(
        "app.main:app", "module", "app/main.py", None, ("pip", "requirements/base.txt"), "/invite"
    ),
    "oauth_user": Expected(
        "app.main:app", "module", "app/main.py", None, ("pip-tools", "requirements.in"), "/me"
    ),
    "middleware_tokens": Expected(
        "main:app", "module", "main.py", None, ("pip", "requirements.txt"), "/boats"
    ),
    "method_sign_in": Expected(
        "app.main:app", "module", "app/main.py", None, ("pip", "requirements.txt"), "/loans"
    ),
    "api_key": Expected(
        "depot.main:app", "module", "depot/main.py", None, ("pip", "requirements.txt"), "/parcels"
    ),
    "remote_keys": Expected(
        "parcels.main:app",
        "module",
        "parcels/main.py",
        None,
        ("pip", "requirements.txt"),
        "/parcels",
    ),
    "mounted_spa": Expected(
        "app.main:app",
        "module",
        "app/main.py",
        None,
        ("pipenv", "Pipfile"),
        "/api/version",
        requires="==3.11.*",
    ),
    "jose_pydantic1": Expected(
        "members.main:app", "module", "members/main.py", None, ("pip", "requirements.txt"), None
    ),
    "old_pins": Expected(
        "main:app", "module", "main.py", None, ("pip", "pyproject.toml"), "/tides", requires=">=3.8"
    ),
    "front_end_aside": Expected(
        "garden.main:app", "module", "garden/main.py", None, ("pip", "requirements.txt"), "/beds"
    ),
    "object_method": Expected(
        "stock.app:app",
        "called_factory",
        "stock/server.py",
        "Server.__init__",
        ("pip", "requirements.txt"),
        "/shelves",
        variable="self._app",
    ),
    "factory_at_once": Expected(
        "tides:create",
        "factory",
        "tides.py",
        "create",
        ("pip", "requirements.txt"),
        "/tides",
        variable="",
    ),
    "wrapped": Expected(
        "main:app", "wrapped", "main.py", None, ("pip", "requirements.txt"), "/", variable="api"
    ),
    "locked_paths": Expected(
        "vault.main:app", "module", "vault/main.py", None, ("pip", "requirements.txt"), "/doors"
    ),
    "gated_everywhere": Expected(
        "api.main:app", "module", "api/main.py", None, ("pip", "requirements.txt"), "/rates"
    ),
    "factory_annotated": Expected(
        "survey:create_app",
        "factory",
        "survey/__init__.py",
        "create_app",
        ("pip", "requirements.txt"),
        "/questions",
        requires="==3.12.*",
    ),
    "own_agents": Expected(
        "desk.service:app",
        "module",
        "src/desk/service.py",
        None,
        ("pip", "pyproject.toml"),
        "/agents",
        directory="src",
        requires=">=3.10.1,<4,!=3.13.0",
    ),
    "pixi_env": Expected(
        "ferry:app",
        "module",
        "ferry.py",
        None,
        ("pixi", "pixi.toml"),
        "/crossings",
        requires=">=3.11",
    ),
    "uv_locked": Expected(
        "ledger.main:app",
        "module",
        "ledger/main.py",
        None,
        ("uv", "pyproject.toml"),
        "/entries",
        requires=">=3.10",
    ),
    "pdm_generics": Expected(
        "lending:app",
        "module",
        "lending.py",
        None,
        ("pdm", "pyproject.toml"),
        None,
        requires=">=3.12",
    ),
    "uv_workspace": Expected(
        "api.main:app",
        "module",
        "services/api/api/main.py",
        None,
        ("uv", "services/api/pyproject.toml"),
        None,
        directory="services/api",
        requires=">=3.10",
    ),
    "pins_above": Expected(
        "app.main:app",
        "module",
        "backend/app/main.py",
        None,
        ("pip", "pyproject.toml"),
        "/berths",
        directory="backend",
        requires=">=3.10",
    ),
    "untagged_ids": Expected(
        "app.main:app",
        "module",
        "app/main.py",
        None,
        ("conda", "environment.yml"),
        "/items",
        requires="==3.11.*",
    ),
}


def routes(root: Path, app: App) -> list[str]:
    """What the application serves when Python imports it as the fact says."""
    found = subprocess.run(
        [sys.executable, "-c", IMPORT, app.ref, app.kind],
        cwd=root / app.working_directory,
        env={**os.environ, "PYTHONPATH": str(root / app.directory), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert found.returncode == 0, found.stderr
    paths: list[str] = json.loads(found.stdout)
    return paths


@pytest.mark.parametrize("name", EXPECTED)
def test_a_sample_is_what_it_is(name: str) -> None:
    expected, project = EXPECTED[name], read_project(PROJECTS / name)
    app = project.app
    assert app is not None
    assert (app.ref, app.kind, app.directory) == (expected.ref, expected.kind, expected.directory)
    assert (app.built_in, app.function) == (expected.built_in, expected.made_by)
    assert app.variable == expected.variable
    assert (project.packaging.manager, project.packaging.file) == expected.packaging
    assert ("fastapi" in project.packaging.declared) == expected.declares_fastapi
    assert project.python.requires == expected.requires
    assert project.unreadable == ()
    if expected.route is not None:
        assert expected.route in routes(project.root, app)


def test_every_sample_is_read() -> None:
    names = {each.name for each in PROJECTS.iterdir() if each.is_dir()}
    assert names - {"__pycache__"} == {*EXPECTED, "two_apps"}


def test_two_applications_without_a_hint_are_not_chosen_between() -> None:
    project = read_project(PROJECTS / "two_apps")
    assert project.app is None
    assert [app.ref for app in project.candidates] == ["kitchen:app", "public:app"]
    assert all(routes(project.root, app) for app in project.candidates)


def test_one_of_two_applications_can_be_asked_for() -> None:
    project = read_project(PROJECTS / "two_apps", app="public:app")
    assert project.app is not None
    assert project.app.ref == "public:app"
    assert len(project.candidates) == 2


def test_the_folder_of_the_backend_reads_like_the_whole_repository() -> None:
    project = read_project(PROJECTS / "monorepo_backend" / "backend")
    assert project.app is not None
    assert (project.app.ref, project.app.directory) == ("app.main:app", "")
    assert [each.path for each in project.env_files] == ["../.env"]
