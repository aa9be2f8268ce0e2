"""App: which FastAPI application a project is, how it is made, and where it is started."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, replace
from pathlib import PurePosixPath

import libcst as cst

from chatkit_agent.errors import NoApplication
from chatkit_agent.project.facts import App, Hint
from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.folders import is_side_file, upwards
from chatkit_agent.project.source.made import Holder, Made
from chatkit_agent.project.source.objects import ENTRY_FILES, NAMED_IN_CODE, ObjectSearch
from chatkit_agent.project.source.sources import Sources, Symbol

Group = tuple[Holder, ...]
"""Several names of one and the same application, the best first."""

MOUNT = re.compile(
    r"\.mount\(\s*(?:path\s*=\s*)?[^,()]+,\s*(?:app\s*=\s*)?([A-Za-z_][\w.]*)\s*[,)]"
)
OTHERS = re.compile(
    r"(?:flask|django|quart|sanic|aiohttp|litestar|starlette|bottle|falcon|tornado|dash|celery|typer"
    r"|click|blacksheep|robyn|connexion|socketio|fastmcp|mcp|gradio|streamlit|os|environ)\b"
)
ENTRY_RANK = {"main": 0, "asgi": 0, "app": 1, "server": 1, "application": 1, "api": 1, "wsgi": 1}
HOW = {
    "module": "`FastAPI(...)` at module level",
    "subclass": "a subclass of FastAPI at module level",
    "called_factory": "made by a call of `{function}`",
    "factory": "`{function}` returns it (uvicorn --factory)",
    "attribute": "an attribute of an object, made in `{function}`",
    "reexport": "imported from `{built_in}`",
    "wrapped": "wraps `{variable}`",
}


def find_app(
    sources: Sources, hints: Sequence[Hint] = (), wanted: str | None = None
) -> tuple[App | None, tuple[App, ...]]:
    """The application (None where it cannot be told), and all candidates, the best first.

    Raises:
        NoApplication: `wanted` (MODULE:ATTR) is not there, or the folder is part of a package.
    """
    started = (each.module.rpartition(".")[2] for each in hints)
    search = ObjectSearch(sources, ENTRY_FILES.union(started))
    holders = search.holders(aside=wanted is not None) or search.holders(aside=True)
    hints = [_where_its_module_is(each, holders) for each in hints]
    holders = tuple(each for each in holders if each.is_sure or any(_hints_for(each, hints)))
    holders = holders or tuple(_only_named(sources, hints))
    groups = sorted(_groups(holders, hints), key=lambda group: _rank(group[0], hints))
    candidates = tuple(_app(sources, group[0], hints) for group in groups)
    if wanted:
        return _wanted_app(sources, wanted, holders, candidates), candidates
    best = _best(_serious(sources, groups, hints), hints)
    if best and sources.imports_from_outside(best[0].file):
        above = sources.tree.root.resolve().parent
        raise NoApplication(
            f"{best[0].file} holds the application, but imports from the folder above this one. "
            f"Give that folder: {above}"
        )
    return (_app(sources, best[0], hints) if best else None), candidates


def find_unnamed(sources: Sources, candidates: Sequence[App]) -> tuple[str, ...]:
    """Where there is no candidate: applications that `--app` cannot name, and why."""
    return () if candidates else tuple(_other_functions(ObjectSearch(sources)))


def _other_functions(search: ObjectSearch) -> Iterator[str]:
    sources = search.sources
    for file in sources.mentioning(NAMED_IN_CODE, b"FastAPI"):
        module = sources.module(file, *search.words(file))
        for function in syntax.functions(module):
            name = function.name.value
            if _makes_one(search, file, function):
                yield f"`{name}` in `{file}` {_why_unnamed(function)}"
        for owner in syntax.classes(module):
            for method in syntax.functions(owner):
                if _makes_one(search, file, method):
                    name = f"{owner.name.value}.{method.name.value}"
                    yield f"`{name}` in `{file}` makes one for an object, which no module holds"


def _makes_one(search: ObjectSearch, file: str, function: cst.FunctionDef) -> bool:
    name = function.name.value
    return any(search.made(file, each, "", name) for each in _called_in(function))


def _called_in(function: cst.FunctionDef) -> Iterator[cst.Call]:
    for each in syntax.assignments(function):
        if isinstance(each.value, cst.Call):
            yield each.value
    yield from (value for value in syntax.returned_values(function) if isinstance(value, cst.Call))


def _why_unnamed(function: cst.FunctionDef) -> str:
    wanted = [each.name.value for each in syntax.parameters(function) if each.default is None]
    if wanted:
        return f"makes one, but a server would have to give it {', '.join(map(repr, wanted))}"
    return "makes one and keeps it to itself"


def _only_named(sources: Sources, hints: Sequence[Hint]) -> Iterator[Holder]:
    """What is started by its name, though nothing shows how it comes to be an application."""
    if not sources.holding(b"fastapi"):
        return
    for hint in hints:
        for file in _files_of(sources, hint.module) if hint.attribute and hint.weight > 1 else ():
            found = _bare_holder(sources, file, hint.attribute or "")
            if found and not is_side_file(file) and _may_be_one(sources, found):
                yield found


def _may_be_one(sources: Sources, holder: Holder) -> bool:
    """Whether a name is bound to what somebody else's function gives, of no other framework."""
    call = sources.assigned(Symbol(holder.file, holder.attribute))
    if not isinstance(call, cst.Call):
        return False
    made_by = sources.resolve(holder.file, syntax.dotted(call.func))
    return made_by is not None and made_by.path is None and not OTHERS.match(made_by.name)


def _groups(holders: Iterable[Holder], hints: Sequence[Hint]) -> list[Group]:
    by_object: dict[Made, list[Holder]] = {}
    for holder in holders:
        by_object.setdefault(holder.made, []).append(holder)
    return [
        tuple(sorted(group, key=lambda holder: _rank(holder, hints)))
        for group in by_object.values()
    ]


def _rank(holder: Holder, hints: Sequence[Hint]) -> tuple[object, ...]:
    path = PurePosixPath(holder.file)
    return (
        is_side_file(holder.file),
        -max((hint.weight for hint in _hints_for(holder, hints)), default=0),
        holder.kind == "factory",
        holder.kind != "wrapped",
        any(part.startswith("_") for part in holder.attribute.split(".")),
        ENTRY_RANK.get(path.stem, 2),
        holder.kind == "reexport",
        "/" in holder.file and path.parts[0] != holder.made.file.partition("/")[0],
        len(path.parts),
        holder.file,
        holder.attribute,
    )


def _serious(sources: Sources, groups: list[Group], hints: Sequence[Hint]) -> list[Group]:
    """The groups that can be meant: not mounted in another, not for tests, not an idle factory."""
    mounted = _mounts(sources, groups)
    groups = [each for each in groups if each[0].made not in mounted] or groups
    groups = [each for each in groups if not is_side_file(each[0].file)] or groups
    used = [each for each in groups if each[0].kind != "factory" or any(_hints_for(each[0], hints))]
    return used or groups


def _best(groups: list[Group], hints: Sequence[Hint]) -> Group | None:
    weights = [max((hint.weight for hint in _hints_for(g[0], hints)), default=0) for g in groups]
    best = [g for g, weight in zip(groups, weights, strict=True) if weight == max(weights)]
    for is_here in (_is_below, _is_at_top) if len(best) > 1 else ():
        placed = [g for g in best if any(is_here(*each) for each in _places(g[0], hints))]
        best = placed or best
    return best[0] if len(best) == 1 else None


def _places(holder: Holder, hints: Sequence[Hint]) -> Iterator[tuple[str, Hint]]:
    """Each hint, with the folder in which what it starts would have to be started for this one."""
    stem = holder.file.removesuffix(".py").removesuffix("/__init__")
    for hint in _hints_for(holder, hints):
        yield stem.removesuffix(hint.module.replace(".", "/")).rstrip("/"), hint


def _is_below(root: str, hint: Hint) -> bool:
    places = (f"/{each}".endswith(f"/{root}") for each in hint.folders)
    return bool(root) and (any(places) or hint.source.startswith(f"{root}/"))


def _is_at_top(root: str, hint: Hint) -> bool:
    return not root and "/" not in hint.source


def _mounts(sources: Sources, groups: list[Group]) -> set[Made]:
    by_name = {(each.file, each.attribute): each.made for group in groups for each in group}
    mounted = set()
    for file in sources.holding(b".mount("):
        for name in MOUNT.findall(sources.text(file)):
            symbol = sources.resolve(file, name)
            if symbol and (symbol.path, symbol.name) in by_name:
                mounted.add(by_name[symbol.path or "", symbol.name])
    return mounted


def _where_its_module_is(hint: Hint, holders: Sequence[Holder]) -> Hint:
    """`app.main` in `back/Dockerfile` is of `back/`; in `docker/Dockerfile`, of any folder."""
    folder = f"{hint.source.rpartition('/')[0]}/"
    named = any(each.file.startswith(folder) and _is_named(each, hint) for each in holders)
    return replace(hint, within=folder) if named else hint


def _is_named(holder: Holder, hint: Hint) -> bool:
    stem = holder.file.removesuffix(".py").removesuffix("/__init__")
    path = hint.module.replace(".", "/")
    return hint.attribute in (None, holder.attribute) and f"/{stem}".endswith(f"/{path}")


def _hints_for(holder: Holder, hints: Sequence[Hint]) -> Iterator[Hint]:
    for hint in hints:
        if holder.file.startswith(hint.within) and _is_named(holder, hint):
            yield hint


def _app(sources: Sources, holder: Holder, hints: Sequence[Hint]) -> App:
    mine = list(_hints_for(holder, hints))
    roots = [root for root, hint in _places(holder, hints) if hint.source != holder.file]
    roots = roots or list(_roots_of_importers(sources, holder.file))
    root = sources.import_root(holder.file, roots)
    told = dict.fromkeys(f"named in {hint.source}" for hint in mine)
    app = _as_app(holder, syntax.module_name(holder.file, root), root, tuple(told))
    starting = (hint.source for hint in mine if hint.source.endswith(".py"))
    is_guess = bool(root) and not roots and not any(sources.roots_by_imports(holder.file))
    elsewhere = f"{syntax.module_name(holder.file)}:{holder.attribute}"
    return replace(app, started_by=next(starting, ""), perhaps=elsewhere if is_guess else "")


def _roots_of_importers(sources: Sources, file: str) -> Iterator[str]:
    """For a module in no package: where other files, such as tests, have to run to import it."""
    folder, _, name = file.removesuffix(".py").rpartition("/")
    for root in (folder, *upwards(folder)) if folder == sources.package_root(file) else ():
        module = syntax.module_name(file, root)
        package = re.escape(module.rpartition(".")[0])
        pattern = rf"(?m)^[ \t]*(?:from|import)[ \t]+{re.escape(module)}\b"
        if package:
            pattern += rf"|^[ \t]*from[ \t]+{package}[ \t]+import[ \t(]+[^#\n]*\b{name}\b"
        files = sources.mentioning(pattern.encode(), name.encode())
        if any(each.startswith(f"{root}/") or not root for each in files):
            yield root


def _as_app(holder: Holder, module: str, root: str, told: tuple[str, ...]) -> App:
    made = holder.made
    how = HOW[holder.kind].format(**asdict(made), built_in=made.file)
    aside = ("in a folder for tests, examples or scripts",) if is_side_file(holder.file) else ()
    return App(
        ref=f"{module}:{holder.attribute}",
        kind=holder.kind,
        file=holder.file,
        directory=root,
        built_in=made.file,
        function=made.function,
        variable=made.variable,
        reasons=(how, *told, *aside),
        working_directory=root.removesuffix("src").rstrip("/") if _is_src(root) else root,
    )


def _is_src(root: str) -> bool:
    return root.rpartition("/")[2] == "src"


def _wanted_app(
    sources: Sources, wanted: str, holders: Iterable[Holder], candidates: tuple[App, ...]
) -> App:
    module, _, attribute = wanted.partition(":")
    exact = [app for app in candidates if app.ref == wanted]
    if exact:
        return exact[0]
    below = module.replace(".", "/")
    files = _files_of(sources, module)
    for holder in sorted(holders, key=lambda each: len(each.file)):
        if holder.file in files and holder.attribute == attribute:
            return _as_app(holder, module, _root(holder.file, below), ("named with --app",))
    for file in sorted(files, key=len):
        if (found := _bare_holder(sources, file, attribute)) is not None:
            return _as_app(found, module, _root(file, below), ("named with --app",))
    raise NoApplication(_not_there(wanted, files, candidates))


def _files_of(sources: Sources, module: str) -> list[str]:
    below = f"/{module.replace('.', '/')}"
    return [
        path
        for path in sources.python
        if f"/{path.removesuffix('.py').removesuffix('/__init__')}".endswith(below)
    ]


def _root(file: str, below: str) -> str:
    stem = file.removesuffix(".py").removesuffix("/__init__")
    return stem.removesuffix(below).rstrip("/")


def _bare_holder(sources: Sources, file: str, attribute: str) -> Holder | None:
    """A name that is bound in a file, though not how it comes to be an application."""
    names = sources.names(file)
    head = attribute.split(".")[0]
    definition = sources.definition(Symbol(file, head))
    if not attribute or (definition is None and head not in names.imports):
        return None
    if isinstance(definition, cst.FunctionDef):
        return Holder("factory", file, attribute, Made(file, attribute, ""))
    return Holder("module", file, attribute, Made(file, None, attribute))


def _not_there(wanted: str, files: Sequence[str], candidates: Sequence[App]) -> str:
    where = f"{files[0]} defines no such name" if files else "there is no such module"
    known = ", ".join(app.ref for app in candidates) or "none"
    return f"`{wanted}` was not found: {where}. Applications that were found: {known}."
