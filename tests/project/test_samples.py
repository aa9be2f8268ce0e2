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
    built_in: str
    packaging: tuple[str, str | None]
    route: str | None
    """None where only libraries of its own run it, as `test_sidecar` does."""
    kind: str = "module"
    made_by: str | None = None
    variable: str = "app"
    directory: str = ""
    requires: str | None = None
    declares_fastapi: bool = True


EXPECTED = {
    "namespace_package": Expected(
        "acme.orders.main:app",
        "acme/orders/main.py",
        ("pip", "requirements.txt"),
        "/orders/{number}",
    ),
    "guarded_else": Expected("main:app", "main.py", ("pip", "requirements.txt"), "/letters"),
    "wired_last": Expected(
        "stock.application:app",
        "stock/application.py",
        ("pip", "requirements.txt"),
        "/stock/{piece}",
        kind="called_factory",
        made_by="create_app",
    ),
    "setup_py": Expected(
        "parcels.main:application",
        "parcels/main.py",
        ("setuptools", "setup.py"),
        "/parcels/{number}",
        variable="application",
        requires=">=3.10",
    ),
    "computed_setup": Expected(
        "meters:app",
        "meters.py",
        ("setuptools", "setup.py"),
        "/meters",
        requires=">=3.10",
        declares_fastapi=False,
    ),
    "conda_pip": Expected(
        "weather:app", "weather.py", ("conda", "environment.yml"), "/forecast", requires="==3.11.*"
    ),
    "hatch_env": Expected(
        "library.app:app",
        "library/app.py",
        ("hatch", "pyproject.toml"),
        "/books",
        requires=">=3.10",
    ),
    "poetry_project": Expected("board:app", "board.py", ("poetry", "pyproject.toml"), "/notes"),
    "poetry_group": Expected(
        "tickets:app", "tickets.py", ("poetry", "pyproject.toml"), "/tickets", requires=">=3.10,<4"
    ),
    "module_level": Expected(
        "app.main:app", "app/main.py", ("uv", "pyproject.toml"), "/notes", requires=">=3.10"
    ),
    "factory_called": Expected(
        "shop.main:app",
        "shop/main.py",
        ("setuptools", "pyproject.toml"),
        "/orders",
        kind="called_factory",
        made_by="create_app",
        requires=">=3.10,<4",
    ),
    "factory_only": Expected(
        "library.factory:build",
        "library/factory.py",
        ("pip", "requirements.txt"),
        "/books",
        kind="factory",
        made_by="build",
        variable="api",
    ),
    "src_layout": Expected(
        "weather.main:app",
        "src/weather/main.py",
        ("hatch", "pyproject.toml"),
        "/today",
        directory="src",
        requires=">=3.10",
    ),
    "flat_file": Expected("main:app", "main.py", ("none", None), "/add", declares_fastapi=False),
    "subclass": Expected(
        "service.main:application",
        "service/main.py",
        ("setuptools", "setup.cfg"),
        "/parcels",
        kind="subclass",
        variable="application",
        requires=">=3.10",
    ),
    "reexport_package": Expected(
        "planner:app",
        "planner/server.py",
        ("pip", "requirements.txt"),
        "/days",
        kind="reexport",
        requires="==3.12.*",
    ),
    "two_apps_hinted": Expected(
        "kitchen:app", "kitchen.py", ("pip", "requirements.txt"), "/stock", requires="==3.11.*"
    ),
    "monorepo_backend": Expected(
        "app.main:app",
        "backend/app/main.py",
        ("pip", "backend/pyproject.toml"),
        "/beds",
        directory="backend",
        requires=">=3.10",
    ),
    "crlf_tabs": Expected("app:app", "app.py", ("pip", "requirements.txt"), "/home"),
    "settings_forbid": Expected(
        "api.main:app", "api/main.py", ("pdm", "pyproject.toml"), "/greet", requires=">=3.10"
    ),
    "requirements_utf16": Expected("main:app", "main.py", ("pip", "requirements.txt"), "/ping"),
    "poetry_classic": Expected(
        "billing.main:app",
        "billing/main.py",
        ("poetry", "pyproject.toml"),
        "/invoices/",
        requires=">=3.10,<4",
    ),
    "existing_services": Expected(
        "app.main:app", "app/main.py", ("pip", "requirements/base.txt"), "/invite"
    ),
    "oauth_user": Expected("app.main:app", "app/main.py", ("pip-tools", "requirements.in"), "/me"),
    "middleware_tokens": Expected("main:app", "main.py", ("pip", "requirements.txt"), "/boats"),
    "method_sign_in": Expected(
        "app.main:app", "app/main.py", ("pip", "requirements.txt"), "/loans"
    ),
    "api_key": Expected("depot.main:app", "depot/main.py", ("pip", "requirements.txt"), "/parcels"),
    "remote_keys": Expected(
        "parcels.main:app", "parcels/main.py", ("pip", "requirements.txt"), "/parcels"
    ),
    "mounted_spa": Expected(
        "app.main:app", "app/main.py", ("pipenv", "Pipfile"), "/api/version", requires="==3.11.*"
    ),
    "jose_pydantic1": Expected(
        "members.main:app", "members/main.py", ("pip", "requirements.txt"), None
    ),
    "old_pins": Expected(
        "main:app", "main.py", ("pip", "pyproject.toml"), "/tides", requires=">=3.8"
    ),
    "front_end_aside": Expected(
        "garden.main:app", "garden/main.py", ("pip", "requirements.txt"), "/beds"
    ),
    "object_method": Expected(
        "stock.app:app",
        "stock/server.py",
        ("pip", "requirements.txt"),
        "/shelves",
        kind="called_factory",
        made_by="Server.__init__",
        variable="self._app",
    ),
    "factory_at_once": Expected(
        "tides:create",
        "tides.py",
        ("pip", "requirements.txt"),
        "/tides",
        kind="factory",
        made_by="create",
        variable="",
    ),
    "wrapped": Expected(
        "main:app", "main.py", ("pip", "requirements.txt"), "/", kind="wrapped", variable="api"
    ),
    "locked_paths": Expected(
        "vault.main:app", "vault/main.py", ("pip", "requirements.txt"), "/doors"
    ),
    "gated_everywhere": Expected(
        "api.main:app", "api/main.py", ("pip", "requirements.txt"), "/rates"
    ),
    "factory_annotated": Expected(
        "survey:create_app",
        "survey/__init__.py",
        ("pip", "requirements.txt"),
        "/questions",
        kind="factory",
        made_by="create_app",
        requires="==3.12.*",
    ),
    "own_agents": Expected(
        "desk.service:app",
        "src/desk/service.py",
        ("pip", "pyproject.toml"),
        "/agents",
        directory="src",
        requires=">=3.10.1,<4,!=3.13.0",
    ),
    "pixi_env": Expected(
        "ferry:app", "ferry.py", ("pixi", "pixi.toml"), "/crossings", requires=">=3.11"
    ),
    "uv_locked": Expected(
        "ledger.main:app", "ledger/main.py", ("uv", "pyproject.toml"), "/entries", requires=">=3.10"
    ),
    "pdm_generics": Expected(
        "lending:app", "lending.py", ("pdm", "pyproject.toml"), None, requires=">=3.12"
    ),
    "uv_workspace": Expected(
        "api.main:app",
        "services/api/api/main.py",
        ("uv", "services/api/pyproject.toml"),
        None,
        directory="services/api",
        requires=">=3.10",
    ),
    "pins_above": Expected(
        "app.main:app",
        "backend/app/main.py",
        ("pip", "pyproject.toml"),
        "/berths",
        directory="backend",
        requires=">=3.10",
    ),
    "untagged_ids": Expected(
        "app.main:app", "app/main.py", ("conda", "environment.yml"), "/items", requires="==3.11.*"
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
