"""Environment files are loaded before the modules that read the environment."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from chatkit_agent.checks.check import PROJECT, Finding, check
from chatkit_agent.evidence.static import Evidence
from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.code import Call
from chatkit_agent.project.source.scope import Scope
from chatkit_agent.project.source.variables import Variable, variable_of
from chatkit_agent.project.source.walking import within_node

Read = tuple[Scope, cst.CSTNode]


@check("CK707", needs=PROJECT, symptoms=("unavailable", "does_not_start", "silent"))
def environment_loaded_first(evidence: Evidence) -> Iterator[Finding]:
    """A `load_dotenv()` below their import is too late."""
    chat = evidence.chat
    for call in chat.code.calls:
        if call.method != "load_dotenv" or not isinstance(call.scope.node, cst.Module):
            continue
        early = _above(evidence, call) or _early(evidence, call)
        if early:
            yield Finding(
                what="What stands in the environment file is not seen by a module that reads the "
                "environment when it is imported, because the file is loaded after that.",
                where=call.where,
                evidence=f"{chat.code.where(*early)} "
                f"(`{syntax.code(early[1])[:80]}`) runs at import, above `load_dotenv()`.",
                fix="Call `load_dotenv()` above the imports of the application's own modules.",
                cause="environment late",
            )


def _above(evidence: Evidence, loading: Call) -> Read | None:
    """Where the same module reads a variable of a file above the line that loads files."""
    code = evidence.chat.code
    known = {each.name for each in evidence.settings}
    for node in _run_at_import(loading.scope) if not loading.node.args else ():
        call = code.call_of(node)
        if call is not None and call.method == "load_dotenv":
            return None
        asked = variable_of(code, loading.scope, node)
        if asked is not None and asked.name in known:
            return loading.scope, node
    return None


def _run_at_import(module: Scope) -> Iterator[cst.Call | cst.Subscript]:
    """The calls and items of a module that are not in its functions, in order."""
    waiting: list[cst.CSTNode] = [module.node]
    while waiting:
        node = waiting.pop()
        if isinstance(node, cst.Call | cst.Subscript):
            yield node
        if not isinstance(node, cst.FunctionDef | cst.Lambda):
            waiting.extend(reversed(syntax.parts_of(node)))


def _early(evidence: Evidence, loading: Call) -> Read | None:
    """A call that reads the environment at the import of a module that is imported earlier."""
    sources = evidence.sources
    line = evidence.chat.code.line
    at = line(loading.scope.file, loading.node)
    names = sources.names(loading.scope.file).imports
    imported = _imported_above(loading.scope, at, evidence)
    waiting = [names[name] for name in imported if name in names]
    files = [(loading.scope.file, each) for each in waiting]
    seen: set[str] = set()
    while files:
        file, what = files.pop()
        symbol = sources.imported(file, what)
        if symbol is None or symbol.path is None or symbol.path in seen:
            continue
        seen.add(symbol.path)
        found = _first_read(evidence, symbol.path)
        if found:
            return found
        files += [(symbol.path, each) for each in sources.names(symbol.path).imports.values()]
    return None


def _imported_above(module: Scope, at: int, evidence: Evidence) -> list[str]:
    found = []
    for node in syntax.statements(module.node):
        if not isinstance(node, cst.Import | cst.ImportFrom):
            continue
        if evidence.chat.code.line(module.file, node) < at:
            line = cst.SimpleStatementLine([node])
            found += [name for name, _ in syntax.imports(cst.Module([line]))]
    return found


def _first_read(evidence: Evidence, file: str) -> Read | None:
    """Where a module reads the environment by itself, or makes settings, when it is imported."""
    code = evidence.chat.code
    loads = any(call.method == "load_dotenv" and call.scope.file == file for call in code.calls)
    module = next((each for each in code.modules if each.file == file), None)
    if module is None or loads:
        return None
    written = {each.target for each in within_node(module.node, cst.AssignTarget)}
    for node in _run_at_import(module):
        asked, call = variable_of(code, module, node), code.call_of(node)
        if node not in written and (
            _may_be_told(evidence, asked)
            if asked
            else call is not None and _makes_settings(evidence, call)
        ):
            return module, node
    return None


def _may_be_told(evidence: Evidence, asked: Variable) -> bool:
    """What has a default, and stands in no file, is not known to be missed."""
    return asked.default is None or asked.name in {each.name for each in evidence.settings}


def _makes_settings(evidence: Evidence, call: Call) -> bool:
    """`Settings()`, or a function that returns it, of a class that reads no file by itself."""
    code = evidence.chat.code
    blind = {each.name for each in evidence.project.settings if not each.reads_env_file}
    symbol = code.resolve(call.scope, call.written)
    if symbol and symbol.path and symbol.name in blind:
        return True
    function = code.scope_of(symbol)
    inside = (
        code.inside(function) if function and isinstance(function.node, cst.FunctionDef) else ()
    )
    return any(each.written in blind for each in inside)
