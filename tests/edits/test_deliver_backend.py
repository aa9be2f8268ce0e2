"""The reference arrives byte for byte, but for the four names that are the project's own."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

import pytest

from chatkit_agent.edits.deliver_backend import REFERENCE, SIGN_IN, deliver_backend
from chatkit_agent.errors import BadOption, CannotEdit
from chatkit_agent.options.features import (
    FEATURES,
    MODULES,
    ROUTE_TOOLS,
    TOKEN_IN_PROMPT,
    TOOL_CREDENTIALS,
    Feature,
)
from chatkit_agent.options.runtime_package import runtime_files_here

if TYPE_CHECKING:
    from conftest import Run

    from chatkit_agent.project.tree import Tree

SIGNED_IN = {
    "app/__init__.py": "",
    "app/main.py": """from fastapi import Depends, FastAPI
from fastapi.security import OAuth2PasswordBearer
from pydantic import BaseModel

app = FastAPI()


class User(BaseModel):
    id: int


def get_current_user(token: str = Depends(OAuth2PasswordBearer(tokenUrl="token"))) -> User:
    return User(id=1)


@app.get("/me")
def me(user: User = Depends(get_current_user)) -> User:
    return user
""",
}
MAIN = {"app/__init__.py": "", "app/main.py": "from fastapi import FastAPI\n\napp = FastAPI()\n"}
OPTIONAL = {file for extra in MODULES if extra is not TOOL_CREDENTIALS for file in extra.files}
RENDERED = ("chatkit_store/config.py", "chatkit_page/page.html", "chatkit_page/page.js")
BESIDE = ("chatkit_runtime/SHA256SUMS", "chatkit_runtime/README.md", "chatkit_runtime/VERSION")
FILES = sorted(
    str(path.relative_to(REFERENCE))
    for package in ("chatkit_page", "chatkit_runtime", "chatkit_store", "services")
    for path in (REFERENCE / package).rglob("*")
    if path.is_file() and path.suffix != ".pyc"
    if str(path.relative_to(REFERENCE)) not in OPTIONAL
)
ARRIVING = sorted([*FILES, *BESIDE])


def test_every_file_arrives_as_it_is(run: Run) -> None:
    edited = run(deliver_backend, MAIN)
    assert edited.changed == [f"app/{path}" for path in ARRIVING]
    for path in FILES:
        if path not in RENDERED:
            assert edited.after.read(f"app/{path}") == (REFERENCE / path).read_bytes()


@pytest.mark.parametrize("extra", FEATURES, ids=lambda extra: extra.name)
def test_an_extra_arrives_where_it_is_asked_for(extra: Feature, run: Run) -> None:
    edited = run(deliver_backend, MAIN, features=(extra.name,))
    added = set(edited.changed) - {f"app/{path}" for path in ARRIVING}
    assert added == {f"app/{file}" for file in extra.files}
    for file in extra.files:
        assert edited.after.read(f"app/{file}") == (REFERENCE / file).read_bytes()


def test_the_chat_is_made_of_what_was_asked_for(run: Run) -> None:
    edited = run(deliver_backend, MAIN, features=tuple(feature.name for feature in FEATURES))
    text = edited.text("app/services/chatkit_server.py")
    servers = [feature.server for feature in FEATURES if feature.server]
    assert f"class ChatServer({', '.join(servers)}):" in text
    assert "class Tools(AskingMCPServer, HiddenCredentials):" in text
    for feature in (*FEATURES, TOOL_CREDENTIALS):
        names = sorted(name for name in (feature.server, feature.tools) if name)
        line = f"from ..chatkit_runtime.{feature.name} import {', '.join(names)}\n"
        assert (line in text) is bool(names)
    compile(text, "chatkit_server.py", "exec")


@pytest.mark.parametrize(
    ("token", "module", "tools", "chat"),
    [
        ("header", None, "UserMCPServer", "TurnServer"),
        ("argument", TOOL_CREDENTIALS, "HiddenCredentials", "TurnServer"),
        ("prompt", TOKEN_IN_PROMPT, "UserMCPServer", "TokenInPrompt"),
    ],
)
def test_only_the_chosen_way_of_the_token_arrives(
    token: str, module: Feature | None, tools: str, chat: str, run: Run
) -> None:
    edited = run(deliver_backend, MAIN, token=token)
    arrived = set(edited.changed) & {
        f"app/{file}" for each in (TOOL_CREDENTIALS, TOKEN_IN_PROMPT) for file in each.files
    }
    assert arrived == {f"app/{file}" for file in (module.files if module else ())}
    text = edited.text("app/services/chatkit_server.py")
    assert f"class Tools({tools}):" in text
    assert f"class ChatServer({chat}):" in text
    for name in (tools, chat):
        assert re.search(rf"^from \.\.chatkit_runtime\.\w+ import {name}$", text, re.MULTILINE)


@pytest.mark.parametrize(
    ("tools", "routes", "bases"),
    [
        ("routes", ["GET"], "RouteTools, HiddenCredentials"),
        (
            "routes: GET , POST  /tasks/{id}",
            ["GET", "POST /tasks/{id}"],
            "AskingMCPServer, RouteTools, HiddenCredentials",
        ),
    ],
)
def test_routes_are_the_tools_where_they_are_asked_for(
    tools: str, routes: list[str], bases: str, run: Run
) -> None:
    edited = run(deliver_backend, MAIN, tools=tools)
    text = edited.text("app/services/chatkit_server.py")
    assert f"class Tools({bases}):" in text
    given = re.search(r"^    routes = (\(\n(?: {8}.*\n)+    \))$", text, re.MULTILINE)
    assert given is not None
    assert text[: given.start()].splitlines()[-1].startswith('    # "GET" is every')
    assert list(ast.literal_eval(given[1])) == routes
    assert set(ROUTE_TOOLS.files) <= {path.removeprefix("app/") for path in edited.changed}


def test_a_sidecar_has_no_routes_to_call(run: Run) -> None:
    with pytest.raises(BadOption, match="in its own process"):
        run(deliver_backend, MAIN, tools="routes", mode="sidecar")


@pytest.mark.parametrize(
    "tools", ["", "rest", "mcp:GET", "routes:", "routes:GET /a b", 'routes:GET /"', "routes:get"]
)
def test_what_is_no_list_of_routes_is_refused(tools: str, run: Run) -> None:
    with pytest.raises(BadOption, match="--tools"):
        run(deliver_backend, MAIN, tools=tools)


def test_the_configuration_differs_in_four_lines(run: Run) -> None:
    edited = run(deliver_backend, MAIN, env_prefix="SHOP", schema="talk", token="argument")
    old = (REFERENCE / "chatkit_store/config.py").read_text().splitlines()
    new = edited.text("app/chatkit_store/config.py").splitlines()
    assert len(old) == len(new)
    changed = [line for line, was in zip(new, old, strict=True) if line != was]
    assert [line.partition("  # ")[0] for line in changed[1:]] == [
        'ENV_PREFIX = "SHOP_CHATKIT_"',
        'SCHEMA = "talk"',
        'MCP_TOKEN = "argument"',
    ]


@pytest.mark.parametrize("name", ['Ada\'s "shop"', "back\\slash \\g<0>", "Caf\xe9 \U0001f680"])
def test_any_name_of_an_application_is_a_string(name: str, run: Run) -> None:
    project = f"[project]\nname = '''{name}'''\ndependencies = ['fastapi']\n"
    edited = run(deliver_backend, {**MAIN, "pyproject.toml": project})
    tree = ast.parse(edited.text("app/chatkit_store/config.py"))
    values = {
        node.targets[0].id: node.value.value
        for node in tree.body
        if isinstance(node, ast.Assign)
        and isinstance(node.targets[0], ast.Name)
        and isinstance(node.value, ast.Constant)
    }
    assert values["APP_NAME"] == name


def test_a_flat_application_gets_one_package(run: Run) -> None:
    edited = run(deliver_backend, {"main.py": MAIN["app/main.py"]})
    assert edited.changed == sorted(
        ["chatkit_backend/__init__.py", *(f"chatkit_backend/{path}" for path in ARRIVING)]
    )


@pytest.mark.parametrize(
    "taken", ["services/mail.py", "services.py", "chatkit_store.py", "chatkit_runtime.py"]
)
def test_a_taken_name_moves_all_into_one_package(taken: str, run: Run) -> None:
    edited = run(deliver_backend, {**MAIN, f"app/{taken}": ""})
    assert all(path.startswith("app/chatkit_backend/") for path in edited.changed)
    assert edited.options.home_package == "app.chatkit_backend"


def test_a_file_in_the_way_is_blocked(run: Run) -> None:
    edited = run(deliver_backend, MAIN)
    tree = edited.before.write("app/services/chat_agent.py", b"mine\n")
    with pytest.raises(CannotEdit, match=r"chat_agent\.py` is there already"):
        deliver_backend(edited.project, edited.options, tree)


def test_who_signs_in_elsewhere_gets_no_sign_in_of_ours(run: Run) -> None:
    edited = run(deliver_backend, SIGNED_IN)
    assert edited.options.auth == "existing"
    assert set(edited.changed) == {f"app/{path}" for path in ARRIVING if path not in SIGN_IN}
    imported = re.findall(
        r"^from \.(\w+) import", _python(edited.after, edited.changed), re.MULTILINE
    )
    assert imported
    assert not {"current_user", "jwt"} & set(imported)


def not_whole(tree: Tree) -> list[str]:
    return [path for path, is_whole in runtime_files_here(tree, "app").items() if not is_whole]


def test_the_machinery_says_what_each_file_is_for_and_by_which_checksum(run: Run) -> None:
    edited = run(deliver_backend, SIGNED_IN)
    readme = edited.text("app/chatkit_runtime/README.md")
    rows = dict(re.findall(r"^\| `(\S+)` \| (.*) \|$", readme, re.MULTILINE))
    yours = [path for path in edited.changed if YOURS.search(path)]
    beside = {f"app/{path}" for path in BESIDE}
    assert {f"app/{path}" for path in rows} == set(edited.changed) - set(yours) - beside
    assert all(rows.values())
    assert not_whole(edited.after) == []
    changed = edited.after.write("app/chatkit_runtime/turn.py", b"mine\n")
    assert not_whole(changed) == ["app/chatkit_runtime/turn.py"]
    turn = edited.after.read("app/chatkit_runtime/turn.py")
    windows = edited.after.write("app/chatkit_runtime/turn.py", turn.replace(b"\n", b"\r\n"))
    assert not_whole(windows) == []


YOURS = re.compile(r"(^|/)(services/\w+\.py|chatkit_store/(config|context)\.py|chatkit_page/.+)$")


@pytest.mark.parametrize("files", [MAIN, SIGNED_IN], ids=["our sign-in", "theirs"])
def test_what_is_the_users_is_at_most_250_lines(files: dict[str, str], run: Run) -> None:
    edited = run(deliver_backend, files)
    mine = [path for path in edited.changed if YOURS.search(path)]
    yours = [path for path in mine if "/chatkit_page/" not in path]
    assert len(yours) >= 6
    assert sum(len(edited.text(path).splitlines()) for path in yours) <= 250


def test_the_runtime_imports_nothing_of_the_users() -> None:
    paths = [*REFERENCE.glob("chatkit_runtime/*.py"), *REFERENCE.glob("chatkit_store/*.py")]
    for path in paths:
        if YOURS.search(path.as_posix()) is None:
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.ImportFrom):
                    names = {(node.module or ""), *(alias.name for alias in node.names)}
                    words = {word for name in names for word in name.split(".")}
                    assert not words & {"services", "config", "context"}, path


def _python(tree: Tree, paths: list[str]) -> str:
    return "\n".join(tree.read(path).decode() for path in paths if path.endswith(".py"))
