"""Imports that end a start: of a module that is not there, or of a name that it does not bind."""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache
from pathlib import PurePosixPath

from chatkit_agent.project.source.folders import upwards, within
from chatkit_agent.project.source.loading import loaded_with
from chatkit_agent.project.source.sources import Sources

# What binds names of a module that no statement says.
OPEN = re.compile(r"__getattr__|globals\(|locals\(|vars\(|exec\(|sys\.modules|setattr\(")
ALIKE = 0.75
# No Python, or what is nested deeper than the parser follows.
UNPARSED = (SyntaxError, ValueError, RecursionError, MemoryError)


@dataclass(frozen=True)
class BrokenImport:
    """`written` is empty where the file itself is no Python; `fix` is an instruction."""

    where: str
    written: str
    why: str
    fix: str = "Import what is there, or put back what is missing."


def broken_imports(
    sources: Sources, start: str, aside: Collection[str] = ()
) -> Iterator[BrokenImport]:
    """Those that run when the module in `start` is imported, under no condition and in no `try`.

    A module that is not there is told where one of a like name, or the same one elsewhere, is: a
    build may make others. `aside` are files in which other names are meant.
    """
    files = sorted(each for each in loaded_with(sources, start) if "{" not in each)  # a template's
    for path in files:
        module = _parse(sources, path)
        if isinstance(module, SyntaxError):
            yield BrokenImport(f"{path}:{module.lineno or 1}", "", module.msg, "Correct that line.")
        if not isinstance(module, ast.Module):
            continue
        found = [each for each in module.body if isinstance(each, ast.ImportFrom)]
        is_in_package = any(each.level for each in found)
        for node in found:
            written = f"from {'.' * node.level}{node.module or ''} import"
            why = _why_broken(sources, path, node, is_in_package)
            if why := why or _elsewhere(sources, path, node):
                yield BrokenImport(f"{path}:{node.lineno}", f"{written} ...", *why)
                continue
            if sources.file_of(path, node.module or "", node.level) in aside:
                continue
            for why in _absent_names(sources, path, node, start):
                yield BrokenImport(f"{path}:{node.lineno}", f"{written} ...", *why)


def _parse(sources: Sources, path: str) -> ast.Module | SyntaxError | None:
    """What is wrong where no parser can read it; None where only this one cannot."""
    sources.module(path)
    try:
        return ast.parse(sources.text(path))
    except SyntaxError as error:
        return error if path in sources.unreadable else None
    except UNPARSED:
        return None


def _why_broken(
    sources: Sources, path: str, node: ast.ImportFrom, is_in_package: bool
) -> tuple[str, ...]:
    module, level = node.module or "", node.level
    target = sources.file_of(path, module, level)
    if target is None and level and module:
        folders = upwards(path)
        if level > len(folders):
            return ()
        return _absent_module(sources, within(folders[level - 1], module.replace(".", "/")))
    head = module.partition(".")[0]
    package = sources.file_of(path, head) if target is None and not level else None
    if package is not None and package.endswith("__init__.py"):
        root = _root_of(package, head)
        return _absent_module(sources, within(root, module.replace(".", "/")))
    if target is None or level or not is_in_package:
        return ()
    root = _root_of(target, module)
    is_below = root and path.startswith(f"{root}/") and sources.is_python(f"{root}/__init__.py")
    # With other names an installed library is meant.
    is_meant = {each.name for each in node.names} <= {*(_bound_in(sources, target) or ())}
    is_set = sources.mentioning(rb"sys\.path|PYTHONPATH", b"path", b"PYTHONPATH")
    if not is_below or not is_meant or is_set:
        return ()
    package = root.replace("/", ".")
    told = f"`{module}` is `{package}.{module}` here, as `{package}` is a package"
    return (told, f"Write `from .{module} import` or `from {package}.{module} import`.")


def _elsewhere(sources: Sources, path: str, node: ast.ImportFrom) -> tuple[str, ...]:
    """Where a package of the project has no such module, and one other file has all the names."""
    module = node.module or ""
    package, _, last = module.rpartition(".")
    root = sources.file_of(path, package, node.level) if package or node.level else None
    if not module or sources.file_of(path, module, node.level) or root is None:
        return ()
    folder = root.removesuffix("/__init__.py")
    if not root.endswith("__init__.py") or any(
        each.startswith((f"{folder}/{last}/", f"{folder}/{last}.")) for each in sources.tree.paths
    ):
        return ()
    names = [each.name for each in node.names]
    beside = (each for each in sources.python if each.startswith(f"{folder}/"))
    found = [e for e in beside if "*" not in names and {*names} <= {*_made_in(sources, e)}]
    if len(found) != 1:
        return ()
    said = " and ".join(f"`{each}`" for each in names)
    return (f"there is no `{folder}/{last}.py`, and {said} stand in `{found[0]}`",)


def _made_in(sources: Sources, file: str) -> Iterator[str]:
    """The classes and functions that a file defines at its top."""
    module = _parse(sources, file)
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    body = module.body if isinstance(module, ast.Module) else ()
    return (each.name for each in body if isinstance(each, kinds))


def _absent_module(sources: Sources, stem: str) -> tuple[str, ...]:
    if any(each.startswith((f"{stem}/", f"{stem}.")) for each in sources.tree.paths):
        return ()
    *above, last = stem.split("/")
    outer = "/".join(above)
    if not any(each.startswith(f"{outer}/") for each in sources.python) and above:
        return _absent_module(sources, outer)
    beside = {
        PurePosixPath(each.removeprefix(f"{outer}/")).parts[0].removesuffix(".py")
        for each in sources.python
        if not outer or each.startswith(f"{outer}/")
    }
    near = [] if last.startswith("_") else get_close_matches(last, beside, 1, ALIKE)
    if near:
        return (f"there is no `{stem}`; `{near[0]}` is", f"Import from `{near[0]}`.")
    tail = f"{'/'.join(stem.split('/')[-2:])}.py"
    if any(tail in sources.text(each) for each in sources.tree.glob("SHA256SUMS")):
        told = f"`{stem}.py` was delivered with the chat, and is gone"
        return (told, "Put it back, from version control or from a fresh `add` elsewhere.")
    moved = next((each for each in sources.python if each.endswith(f"/{tail}")), None)
    return (f"there is no `{stem}.py`; `{moved}` is",) if moved else ()


def _absent_names(
    sources: Sources, path: str, node: ast.ImportFrom, start: str
) -> Iterator[tuple[str, str]]:
    module = node.module or ""
    target = sources.file_of(path, module, node.level)
    bound = _bound_in(sources, target) if target else None
    if target is None or bound is None:
        return
    # Elsewhere an installed library of that name may be meant.
    roots = ("", sources.package_root(start), sources.import_root(start))
    if not node.level and _root_of(target, module) not in roots:
        return
    for each in node.names:
        inner = ".".join(filter(None, (node.module, each.name)))
        is_known = each.name in bound or each.name.startswith("__") or each.name == "*"
        if is_known or sources.file_of(path, inner, node.level):
            continue
        near = get_close_matches(each.name, bound, 1, ALIKE)
        # A package may have parts that a build makes.
        if near or not target.endswith("__init__.py"):
            told = f"; `{near[0]}` is" if near else ""
            fix = f"Import `{near[0]}`." if near else BrokenImport.fix
            yield f"`{target}` has no `{each.name}`{told}", fix


def _bound_in(sources: Sources, file: str) -> Sequence[str] | None:
    """Every name that may be bound at the top of a module; None where that cannot be told."""
    text = sources.text(file)
    if not text or OPEN.search(text):
        return None
    return _names_bound(text)


@lru_cache(maxsize=512)
def _names_bound(text: str) -> Sequence[str] | None:
    try:
        module = ast.parse(text)
    except UNPARSED:
        return None
    names = list[str]()
    for node in ast.walk(module):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.append(node.id)
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            names.append(node.name)
        elif isinstance(node, ast.Global):
            names += node.names
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            if any(each.name == "*" for each in node.names):
                return None
            names += [each.asname or each.name.partition(".")[0] for each in node.names]
    return names


def _root_of(file: str, module: str) -> str:
    """The folder from which `module` is this file."""
    stem = file.removesuffix(".py").removesuffix("/__init__")
    return stem.removesuffix(module.replace(".", "/")).rstrip("/")
