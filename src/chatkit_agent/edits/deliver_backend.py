"""Deliver the chat's backend: the reference modules, byte for byte but for the names it goes by."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from importlib.metadata import version
from pathlib import Path

from chatkit_agent.edits.deliver_service import sign_in_settings
from chatkit_agent.errors import CannotEdit
from chatkit_agent.options.features import (
    MODULES,
    TOOL_CREDENTIALS,
    Feature,
    chosen_modules,
    tool_routes,
)
from chatkit_agent.options.options import Options
from chatkit_agent.options.page_constants import page_html, page_js
from chatkit_agent.options.places import OWN_PACKAGE, PACKAGES
from chatkit_agent.options.runtime_package import runtime_files, without_runtime
from chatkit_agent.project.read import Project
from chatkit_agent.project.tree import Tree

REFERENCE = Path(__file__).parent.parent / "reference"
PAGE = "chatkit_page"
SIGN_IN = ("services/current_user.py", "chatkit_runtime/jwt.py")
# What `chatkit_server.py` imports of the runtime in any case.
ALWAYS = {
    "mcp": ("UserMCPServer",),
    "resources": ("Resources",),
    "routes": ("bearer_token", "chatkit_routes", "id_of"),
    "tool_log": ("Context",),
    "turn": ("TurnServer",),
}
# What the reference itself is made of.
DELIVERED_AS = (TOOL_CREDENTIALS,)
ROUTES = '    # "GET" is every route that reads; one that writes by name: "POST /orders/{id}".\n'
DISTRIBUTION = "chatkit-agent"
HOME = b'"""The ChatKit chat: where conversations are stored, and what answers them."""\n'


def deliver_backend(project: Project, options: Options, tree: Tree) -> Tree:
    new: dict[str, bytes] = {}
    for path, content in _contents(project, options):
        if not tree.exists(path):
            new[path] = content
        elif not project.chat.applied and tree.read(path) != content:
            raise CannotEdit(f"`{path}` is there already.", f"Move or rename `{path}`.")
    return tree.with_contents(new) if new else tree


def _contents(project: Project, options: Options) -> Iterator[tuple[str, bytes]]:
    home = "" if options.home == "." else f"{options.home}/"
    if options.is_sidecar or options.home.rpartition("/")[2] == OWN_PACKAGE:
        yield f"{home}__init__.py", HOME
    chosen = chosen_modules(options.features, options.token, options.tools)
    left_out = [file for each in MODULES if each not in chosen for file in each.files]
    if not options.verifies_tokens:
        left_out += SIGN_IN
    packages = [each for each in PACKAGES if each != PAGE or options.page != "none"]
    files = {
        path: _content_of(path, content, project, options)
        for package in packages
        for path, content in _files(REFERENCE / package, package)
        if path not in left_out
    }
    if options.runtime == "package":
        files = without_runtime(files)
    else:
        files |= runtime_files(files, version(DISTRIBUTION))
    for path, content in files.items():
        yield home + path, content


def _files(folder: Path, prefix: str) -> Iterator[tuple[str, bytes]]:
    for each in sorted(folder.iterdir()):
        path = f"{prefix}/{each.name}"
        if each.is_file():
            yield path, each.read_bytes()
        elif each.name != "__pycache__":
            yield from _files(each, path)


def _content_of(path: str, content: bytes, project: Project, options: Options) -> bytes:
    if path == "chatkit_store/config.py":
        return _with_constants(content, options)
    if path == "services/chatkit_server.py":
        chosen = chosen_modules(options.features, options.token, options.tools)
        return _with_features(content, chosen, tool_routes(options.tools))
    if path == SIGN_IN[0] and options.tokens and not options.is_sidecar:
        return sign_in_settings(content, options.tokens)
    if path == f"{PAGE}/page.html":
        return page_html(content, project, options)
    if path == f"{PAGE}/page.js":
        return page_js(content, project, options)
    return content


def _with_features(content: bytes, chosen: Sequence[Feature], routes: Sequence[str]) -> bytes:
    """The application's server and its tools, made of the runtime and of what was asked for."""
    text = content.decode()
    for old, new in zip(_parts(DELIVERED_AS), _parts(chosen, routes), strict=True):
        assert text.count(old) == 1, f"chatkit_server.py has no {old}"
        text = text.replace(old, new)
    return text.encode()


def _parts(features: Sequence[Feature], routes: Sequence[str] = ()) -> Iterator[str]:
    """What in `chatkit_server.py` depends on features: imports, two classes' bases, routes."""
    servers = {each.server: each.name for each in features if each.server}
    tools = {each.tools: each.name for each in features if each.tools}
    imports = {module: [*names] for module, names in ALWAYS.items()}
    for name, module in sorted({**servers, **tools}.items()):
        imports.setdefault(module, []).append(name)
    yield "".join(
        f"from ..chatkit_runtime.{module} import {', '.join(names)}\n"
        for module, names in sorted(imports.items())
    )
    yield f"class Tools({', '.join(tools or ['UserMCPServer'])}):\n"
    yield f"class ChatServer({', '.join(servers or ['TurnServer'])}):\n"
    written = [f'        "{route}",\n' for route in routes]
    lines = [ROUTES, "    routes = (\n", *written, "    )\n"] if routes else []
    yield "".join(["    token_goes = MCP_TOKEN\n", *lines])


def _with_constants(content: bytes, options: Options) -> bytes:
    constants = {
        "APP_NAME": options.app_name,
        "ENV_PREFIX": options.env_prefix,
        "SCHEMA": options.schema,
        "MCP_TOKEN": options.token,
    }
    text = content.decode()
    for name, value in constants.items():
        line = f"{name} = {json.dumps(value, ensure_ascii=False)}"
        text, found = re.subn(
            rf'^{name} = "[^"\n]*"', line.replace("\\", r"\\"), text, flags=re.MULTILINE
        )
        assert found == 1, f"config.py has no line for {name}"
    return text.encode()
