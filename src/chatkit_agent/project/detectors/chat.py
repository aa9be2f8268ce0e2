"""Chat: whether a ChatKit chat is here already, ours or somebody else's."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from chatkit_agent.project.facts import App, Chat, Packaging
from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.route_marks import POSTING
from chatkit_agent.project.source.sources import Sources
from chatkit_agent.project.source.walking import last_name, within_node

MANIFEST = ".chatkit-agent/manifest.json"
BASES = {
    "chatkit.server.ChatKitServer": "ChatKitServer subclass",
    "chatkit.store.Store": "Store subclass",
}
SIGN = rb"\bclass\s+\w+\(|/chatkit/?[\"']"


def find_chat(sources: Sources, app: App | None, packaging: Packaging) -> Chat:
    root = f"{app.directory}/" if app and app.directory else ""
    mentioning = sources.mentioning(SIGN, b"chatkit", aside=False)
    files = [each for each in mentioning if each.startswith(root)]
    signs = [sign for file in files for sign in _signs(sources, file)]
    # Without any code it is only a package that is there for what is to come.
    if signs and "openai-chatkit" in packaging.declared:
        signs.append(f"openai-chatkit declared in {packaging.file}")
    return Chat(applied=sources.tree.exists(MANIFEST), signs=tuple(dict.fromkeys(signs)))


def _signs(sources: Sources, file: str) -> Iterator[str]:
    for node in within_node(sources.module(file), cst.ClassDef, cst.Call):
        if isinstance(node, cst.ClassDef):
            for base in syntax.bases(node):
                symbol = sources.resolve(file, base)
                if symbol and symbol.package_name in BASES:
                    yield f"{BASES[symbol.name]} in {file}"
        elif isinstance(node, cst.Call) and _is_route(node):
            yield f"route /chatkit in {file}"


def _is_route(call: cst.Call) -> bool:
    operation = last_name(call.func)
    path = syntax.text(syntax.argument(call, "path", 0)) or ""
    return operation in POSTING and path.rstrip("/").endswith("/chatkit")
