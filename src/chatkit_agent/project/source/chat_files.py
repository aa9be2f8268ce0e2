"""Which files of a project have to do with its chat."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from chatkit_agent.project.facts import App
from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.folders import is_side_file
from chatkit_agent.project.source.injection import injected_function
from chatkit_agent.project.source.sources import Sources

MOST_FILES = 80
SDK_IMPORT = re.compile(rb"(?m)^[ \t]*(?:from|import)[ \t]+(chatkit|agents|mcp)\b")
INNER_IMPORT = re.compile(r"(?m)^[ \t]+from[ \t]+(\.*)([\w.]*)[ \t]+import[ \t]+(.*)$")
NAME = re.compile(r"\w+")
ROUTED = re.compile(rb"[\"'][\w/{}-]*/chatkit/?[\"']")
HANDED = re.compile(rb"\.process\b")
GIVEN = re.compile(r"\bcurrent_user\s*=\s*([A-Za-z_][\w.]*)")
DEPENDED = re.compile(r"\b(?:Depends\(|Security\(|current_user\s*=)\s*([A-Za-z_][\w.]*)")


def imports_sdk(sources: Sources, file: str) -> bool:
    """Whether a file imports ChatKit, the Agents SDK or MCP, and not a module of that name here."""
    named = {found[1].decode() for found in SDK_IMPORT.finditer(sources.tree.read(file))}
    return any(sources.file_of(file, name) is None for name in named)


def chat_files(sources: Sources, app: App | None) -> tuple[str, ...]:
    """Those that import an SDK or have the route, two steps along their imports, and two back from
    where a request is handed to the chat.
    """
    root = f"{app.directory}/" if app and app.directory else ""
    speaking = {
        *sources.holding(b"chatkit"),
        *sources.mentioning(SDK_IMPORT.pattern, b"agents", b"mcp"),
    }
    own = [each for each in sorted(speaking) if each.startswith(root) and not is_side_file(each)]
    own = [each for each in own if imports_sdk(sources, each) or _has_route(sources, each)]
    fronts = {app.file, app.built_in} if app else set()
    own = [each for each in own if each in fronts or not _is_script(sources, each)]
    if not any(b"chatkit" in sources.tree.read(each) for each in own):
        return ()
    folders = {each.rpartition("/")[0] for each in own}
    beside = [each for each in sources.python if each.rpartition("/")[0] in folders]
    found = dict.fromkeys([*own, *([app.file, app.built_in] if app else ())])
    found.update(dict.fromkeys(each for each in beside if _is_near(sources, each)))
    edge = list(found)
    for _ in range(2):
        near = dict.fromkeys(target for file in edge for target in _targets(sources, file))
        edge = [each for each in near if each not in found and _is_near(sources, each)]
        found.update(dict.fromkeys(edge))
    near = dict.fromkeys([*own, *_importing(sources, own)])
    edge = [each for each in near if HANDED.search(sources.tree.read(each))]
    for _ in range(3):
        found.update(dict.fromkeys(each for each in edge if each.startswith(root)))
        edge = _importing(sources, edge)
    found.update(dict.fromkeys(_sign_ins(sources, own, app)))
    return tuple(found)[:MOST_FILES]


def _sign_ins(sources: Sources, own: Sequence[str], app: App | None) -> Iterator[str]:
    """Where the functions stand that say who is calling the chat."""
    fronts = {app.file, app.built_in} if app else set()
    for file in dict.fromkeys([*own, *sorted(fronts)]):
        pattern = GIVEN if file in fronts else DEPENDED
        for name in pattern.findall(sources.text(file)):
            inner = injected_function(sources, sources.resolve(file, name))
            if inner and not is_side_file(inner[0]):
                yield inner[0]


def _has_route(sources: Sources, file: str) -> bool:
    return ROUTED.search(sources.tree.read(file)) is not None


def _is_script(sources: Sources, file: str) -> bool:
    """Whether it is run by itself, once, and neither serves anything nor is imported."""
    content = sources.tree.read(file)
    if b"__main__" not in content or b"uvicorn" in content or b"FastAPI(" in content:
        return False
    stem = file.removesuffix(".py").rpartition("/")[2]
    imported = re.compile(rf"\b(?:from|import)\b[^\n]*\b{re.escape(stem)}\b".encode())
    others = (each for each in sources.holding(stem.encode()) if each != file)
    return not any(imported.search(sources.tree.read(each)) for each in others)


def _is_near(sources: Sources, file: str) -> bool:
    """The routes of the rest of the application have nothing to do with its chat."""
    is_aside = is_side_file(file) or _is_script(sources, file)
    return not is_aside and b"APIRouter(" not in sources.tree.read(file)


def _importing(sources: Sources, files: Sequence[str]) -> list[str]:
    """The files that import one of these; a package is imported by the name of its folder."""
    stems = {each.removesuffix("/__init__.py").rpartition("/")[2] for each in files}
    words = [each.removesuffix(".py").encode() for each in sorted(stems)]
    named = rb"\bimport\b[^\n(]*(?:\([^)]*)?\b(?:%s)\b|\bfrom\b[^\n]*\b(?:%s)\b[^\n]*\bimport\b"
    naming = sources.mentioning(named.replace(b"%s", b"|".join(words)), *words) if words else ()
    return [
        each
        for each in naming
        if not is_side_file(each) and not set(files).isdisjoint(_targets(sources, each))
    ]


def _targets(sources: Sources, file: str) -> Iterator[str]:
    imports = [each for each in sources.names(file).imports.values() if each.name != "*"]
    for dots, module, names in INNER_IMPORT.findall(sources.text(file)):
        imports += [syntax.Import(module, len(dots), name) for name in NAME.findall(names)]
    for what in imports:
        symbol = sources.imported(file, what)
        if symbol and symbol.path:
            yield symbol.path
