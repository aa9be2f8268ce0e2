"""What was asked for and what the project says become one decided whole, or a clear refusal."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from chatkit_agent.apply.apply import apply
from chatkit_agent.apply.update import update
from chatkit_agent.errors import BadOption, NoApplication, Refused, SeveralApplications
from chatkit_agent.options.options import Options, RequestedOptions, choose
from chatkit_agent.options.resolver import Resolution
from chatkit_agent.plan.plan import make_plan
from chatkit_agent.project.read import read_project

PROJECTS = Path(__file__).parents[1] / "projects"
APP = "from fastapi import FastAPI\n\napp = FastAPI()\n"


def chosen(root: Path, files: Mapping[str, str] | None = None, **asked: Any) -> Options:
    for path, text in (files or {"app/__init__.py": "", "app/main.py": APP}).items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    return choose(read_project(root), RequestedOptions(**asked))


@pytest.mark.parametrize(
    "asked", ["TASKFLOW", "taskflow", "TASKFLOW_CHATKIT", "TASKFLOW_CHATKIT_", "TASKFLOW_"]
)
def test_an_environment_prefix_ends_the_same_however_it_is_asked_for(
    asked: str, tmp_path: Path
) -> None:
    assert chosen(tmp_path, env_prefix=asked).env_prefix == "TASKFLOW_CHATKIT_"


@pytest.mark.parametrize(
    ("name", "prefix", "schema"),
    [
        ("taskflow", "TASKFLOW_CHATKIT_", "taskflow_chat"),
        ("My-Shop.api", "MY_SHOP_API_CHATKIT_", "my_shop_api_chat"),
        ("2fast", "APP_2FAST_CHATKIT_", "app_2fast_chat"),
        ("x" * 80, f"{'X' * 80}_CHATKIT_", f"{'x' * 58}_chat"),
    ],
)
def test_names_come_from_the_project(name: str, prefix: str, schema: str, tmp_path: Path) -> None:
    project = f'[project]\nname = "{name}"\ndependencies = ["fastapi"]\n'
    files = {"app/__init__.py": "", "app/main.py": APP, "pyproject.toml": project}
    options = chosen(tmp_path, files)
    assert (options.env_prefix, options.schema) == (prefix, schema)
    assert len(options.schema) <= 63


@pytest.mark.parametrize(
    "asked",
    [
        {"schema": "Chat"},
        {"schema": "chat; drop schema public"},
        {"schema": "pg_chat"},
        {"schema": ""},
        {"schema": "x" * 64},
        {"path": "chatkit"},
        {"path": "/"},
        {"path": "/chatkit/"},
        {"path": "/{thread}"},
        {"path": '/"quoted"'},
        {"path": "/chat\n"},
        {"mcp_url": "ftp://tools.example.com"},
        {"mcp_url": "tools.example.com/mcp"},
        {"mcp_url": "https://ada:secret@tools.example.com/mcp"},
        {"env_prefix": "2FAST"},
        {"env_prefix": "A-B"},
        {"auth": "existing"},
    ],
)
def test_an_option_that_cannot_be_used_is_named(asked: dict[str, str], tmp_path: Path) -> None:
    option = next(iter(asked)).replace("_", "-")
    with pytest.raises(BadOption, match=f"--{option}") as caught:
        chosen(tmp_path, None, **asked)
    assert "secret" not in str(caught.value)


def test_sign_in_is_the_applications_own_where_it_has_one() -> None:
    options = choose(read_project(PROJECTS / "oauth_user"), RequestedOptions())
    assert options.auth == "existing"
    assert options.user is not None
    assert choose(read_project(PROJECTS / "oauth_user"), RequestedOptions(auth="jwt")).user is None


def test_sign_in_is_by_token_where_the_application_has_none(tmp_path: Path) -> None:
    assert (chosen(tmp_path).auth, chosen(tmp_path).user) == ("jwt", None)


@pytest.mark.parametrize(
    ("files", "home", "package"),
    [
        ({"app/__init__.py": "", "app/main.py": APP}, "app", "app"),
        ({"main.py": APP}, "chatkit_backend", "chatkit_backend"),
        ({"src/shop/__init__.py": "", "src/shop/main.py": APP}, "src/shop", "shop"),
        ({"shop/__init__.py": APP}, "shop", "shop"),
        (
            {"app/__init__.py": "", "app/main.py": APP, "app/services/__init__.py": ""},
            "app/chatkit_backend",
            "app.chatkit_backend",
        ),
        (
            {"app/__init__.py": "", "app/main.py": APP, "app/chatkit_store.py": ""},
            "app/chatkit_backend",
            "app.chatkit_backend",
        ),
    ],
)
def test_home_is_the_applications_package(
    files: dict[str, str], home: str, package: str, tmp_path: Path
) -> None:
    options = chosen(tmp_path, files)
    assert (options.home, options.home_package) == (home, package)


def test_no_home_is_taken_from_somebody(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="chatkit_backend"):
        chosen(tmp_path, {"main.py": APP, "chatkit_backend/mine.py": ""})


def test_no_application_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NoApplication, match="--app"):
        chosen(tmp_path, {"main.py": "print('no web here')\n"})


def test_a_file_that_cannot_be_parsed_may_be_why_there_is_none(tmp_path: Path) -> None:
    with pytest.raises(NoApplication, match=r"Not read: main\.py: this is not valid Python"):
        chosen(tmp_path, {"main.py": APP + "<<<<<<< HEAD\n"})


def test_several_applications_are_listed_with_their_reasons() -> None:
    project = read_project(PROJECTS / "two_apps")
    with pytest.raises(SeveralApplications) as caught:
        choose(project, RequestedOptions())
    for each in project.candidates:
        assert f"`{each.ref}`" in str(caught.value)
    ref = project.candidates[-1].ref
    assert choose(project, RequestedOptions(app=ref)).app.ref == ref
    with pytest.raises(NoApplication, match="`other:app`"):
        choose(project, RequestedOptions(app="other:app"))


def test_a_project_is_not_changed_by_choosing(tmp_path: Path) -> None:
    root = Path(shutil.copytree(PROJECTS / "module_level", tmp_path / "copy"))
    before = sorted(root.rglob("*"))
    choose(read_project(root), RequestedOptions())
    assert sorted(root.rglob("*")) == before


def test_an_unknown_module_is_named_with_those_that_there_are(tmp_path: Path) -> None:
    with pytest.raises(BadOption, match=r"--with magic: .* There are retention"):
        chosen(tmp_path, features=("retention", "magic"))


def test_modules_are_kept_by_what_comes_later(tmp_path: Path) -> None:
    root = Path(shutil.copytree(PROJECTS / "module_level", tmp_path / "copy"))
    apply(make_plan(read_project(root), RequestedOptions(features=("retention", "retention"))))
    assert choose(read_project(root), RequestedOptions()).features == ("retention",)
    assert choose(read_project(root), RequestedOptions(features=("retention",))).features == (
        "retention",
    )
    assert not make_plan(read_project(root)).changes
    assert update(root, allow_dirty=True).changed == ()


def test_code_for_pydantic_1_keeps_the_chat_out_though_nothing_is_pinned(tmp_path: Path) -> None:
    files = {
        "main.py": APP,
        "config.py": "from pydantic import BaseSettings\n",
        "requirements.txt": "fastapi\n",
    }
    options = chosen(tmp_path, files)
    assert options.is_sidecar
    assert (options.obstacle or "").startswith("`config.py` uses `pydantic.BaseSettings`")
    assert not chosen(tmp_path, files, mode="in-process").is_sidecar


@pytest.mark.parametrize(
    ("files", "folder"),
    [
        ({"src/agents/__init__.py": "", "src/main.py": APP}, "src/agents/__init__.py"),
        ({"agents.py": "", "main.py": APP}, "agents.py"),
        ({"chatkit/__init__.py": "", "main.py": APP}, "chatkit/__init__.py"),
        ({"mcp/tools.py": "", "main.py": f"from mcp.tools import x\n{APP}"}, "folder `mcp`"),
        ({"app/agents.py": "", "app/main.py": f"from . import agents\n{APP}"}, None),
        ({"agents/data.json": "{}", "main.py": APP}, None),
    ],
)
def test_own_modules_with_the_names_of_libraries_keep_the_chat_out_at_once(
    files: dict[str, str], folder: str | None, tmp_path: Path
) -> None:
    for resolution in (None, Resolution(True), Resolution(None, reason="no index")):
        chosen(tmp_path, files)
        options = choose(read_project(tmp_path), RequestedOptions(), resolution)
        assert options.is_sidecar == bool(folder)
        assert (folder or "") in (options.obstacle or "")


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("def make(settings):\n    return FastAPI()\n", "`make` in `main.py` makes .*'settings'"),
        ("def main():\n    app = FastAPI()\n    run(app)\n", "`main` in `main.py` makes one and"),
    ],
)
def test_an_application_that_no_name_leads_to_is_told(
    source: str, said: str, tmp_path: Path
) -> None:
    with pytest.raises(NoApplication, match=f"{said}.*--app MODULE:NAME"):
        chosen(tmp_path, {"main.py": f"from fastapi import FastAPI\n{source}"})


def test_applications_of_one_name_are_told_apart_by_their_folders(tmp_path: Path) -> None:
    files = {"services/a/main.py": APP, "services/b/main.py": APP}
    with pytest.raises(SeveralApplications, match="Give the folder") as told:
        chosen(tmp_path, files)
    assert "`main:app` in `services/a`" in str(told.value)
