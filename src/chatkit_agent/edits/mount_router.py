"""Mount the chat's router in the module or factory that makes the application."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import libcst as cst
from libcst.metadata import CodePosition, CodeRange

from chatkit_agent.edits.mounting.catch_all import CatchAllRoutes
from chatkit_agent.edits.mounting.circles import reaches
from chatkit_agent.edits.mounting.imports import (
    Place,
    place_for,
    place_in_line,
    relative,
    top_level_imports,
    written,
)
from chatkit_agent.edits.mounting.inclusion import (
    Line,
    calls,
    made_at,
    place_in_factory,
    place_to_include,
)
from chatkit_agent.edits.mounting.user_token import helpers, user_token
from chatkit_agent.errors import CannotEdit, CannotRead
from chatkit_agent.options.options import Options
from chatkit_agent.options.places import PAGE_PATH
from chatkit_agent.options.runtime_package import PACKAGE
from chatkit_agent.project.facts import OF_KEY, UserDependency
from chatkit_agent.project.read import Project
from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.chunks import Chunk, parse_chunks, range_in
from chatkit_agent.project.source.sources import Sources
from chatkit_agent.project.source.syntax import Import
from chatkit_agent.project.text.lines import Text
from chatkit_agent.project.tree import Tree

ENTRY = "create_chatkit_router"
VERIFIER = "VerifiedUser"
LATE = "  # noqa: E402"


@dataclass(frozen=True)
class Site:
    """The file and the scope in which the application is made, and how it is called there."""

    path: str
    content: bytes
    function: str | None
    variable: str
    package: str
    """The dotted package that the module is in, empty where it is in none."""
    known: Sequence[Chunk] = ()  # of before a change

    @cached_property
    def _parsed(self) -> tuple[Sequence[Chunk], cst.Module]:
        return parse_chunks(self.content, self.known)

    @property
    def module(self) -> cst.Module:
        return self._parsed[1]

    @cached_property
    def text(self) -> Text:
        return Text.of(self.content, self.module.encoding)

    @cached_property
    def scope(self) -> cst.Module | cst.FunctionDef | None:
        return self.module if self.function is None else _function(self.module, self.function)

    @cached_property
    def body(self) -> Sequence[Line]:
        scope = self.scope
        block = scope.body if isinstance(scope, cst.FunctionDef) else scope
        body = block.body if isinstance(block, cst.IndentedBlock | cst.Module) else ()
        return [each for each in body if isinstance(each, Line)]

    @cached_property
    def ceiling(self) -> int:
        """The index of the module's statement that makes the application, or holds what does."""
        if self.function is None:
            return made_at(self.body, self.variable) or 0
        name = self.function.split(".")[0]
        named = (cst.FunctionDef, cst.ClassDef)
        body = enumerate(self.module.body)
        return next(i for i, each in body if isinstance(each, named) and each.name.value == name)

    def range_of(self, statement: cst.CSTNode) -> CodeRange:
        return range_in(self._parsed[0], statement)

    def after(self, text: Text) -> Site:
        return replace(self, content=text.content, known=self._parsed[0])

    def named(self) -> Site | None:
        """The same with a name for the application, where a factory returns it straight away."""
        lines = [each for each in self.body if _is_return(each)]
        scope = self.scope
        if self.variable or not isinstance(scope, cst.FunctionDef) or len(lines) != 1:
            return None
        if len(list(syntax.returns(scope))) != 1:
            return None
        taken = {each.value for each in syntax.walk(scope) if isinstance(each, cst.Name)}
        name = next((each for each in ("app", "application") if each not in taken), None)
        if name is None:
            return None
        found = self.range_of(lines[0])
        after = CodePosition(found.start.line, found.start.column + len("return"))
        indent = self.text.lines[found.start.line - 1][: found.start.column]
        text = self.text.insert_after(found.end.line, [f"{indent}return {name}"])
        return replace(self.after(text.replace(found.start, after, f"{name} =")), variable=name)


def mount_router(project: Project, options: Options, tree: Tree) -> Tree:
    if options.is_sidecar:
        return tree
    mounted = _mounted_in(options, tree)
    if mounted and options.app.built_in not in mounted:
        return tree
    try:
        return _with_imports(options, tree) if mounted else _with_router(options, tree)
    except CannotRead as error:
        raise CannotEdit(f"`{options.app.built_in}`: {error}", _by_hand(options)) from error


def _with_router(options: Options, tree: Tree) -> Tree:
    sources = Sources(tree)
    site, place = _site(options, sources)
    local = list(_local_imports(options, site, sources))
    site = site.after(_include(options, site, place, local, _width(tree)))
    for new in _imports(options, site, local):
        site = site.after(_import(site, new, _width(tree)))
    return tree.write(site.path, site.text.content)


def _mounted_in(options: Options, tree: Tree) -> list[str]:
    own = f"{options.home}/services/".lstrip("/")
    found = Sources(tree).mentioning(rf"\b{ENTRY}\(".encode(), ENTRY.encode())
    return [path for path in found if not path.startswith(own)]


def _with_imports(options: Options, tree: Tree) -> Tree:
    """What an undo left of an edited line needs its imports again."""
    site = next(iter(_candidates(options, tree)))
    used = {each.value for each in syntax.walk(site.module) if isinstance(each, cst.Name)}
    aliases = (each for each in syntax.walk(site.module) if isinstance(each, cst.ImportAlias))
    bound = {each.evaluated_alias or each.evaluated_name for each in aliases}
    for new in _imports(options, site, []) if ENTRY not in bound else []:
        if new.name in used - bound:
            site = site.after(_import(site, new, _width(tree)))
    return tree.write(site.path, site.content)


def _site(options: Options, sources: Sources) -> tuple[Site, int]:
    """Where the application is made, and the index of the statement to follow there."""
    for site in _candidates(options, sources.tree):
        owner = (site.function or "").rpartition(".")[0]
        answers_all = CatchAllRoutes(sources, site.path, site.variable, owner).answers_everything
        if site.function is None:
            floor = _defined_at(options, site)
            place = place_to_include(site.body, site.variable, answers_all, floor=floor)
        else:
            place = place_in_factory(site.body, site.variable, answers_all)
        if place is not None:
            return site, place
    raise CannotEdit(
        f"`{options.app.built_in}`: there is no line that surely runs after the application is "
        "made and before something that answers every path.",
        _by_hand(options),
    )


def _candidates(options: Options, tree: Tree) -> Iterator[Site]:
    app = options.app
    root = app.file.removesuffix(".py").removesuffix("/__init__")
    root = root.removesuffix(app.module.replace(".", "/")).rstrip("/")
    package = _package(app.built_in, root)
    made = Site(app.built_in, tree.read(app.built_in), app.function, app.variable, package)
    yield made
    if app.kind == "called_factory":
        yield Site(app.file, tree.read(app.file), None, app.attribute, _package(app.file, root))
    if (named := made.named()) is not None:
        yield named


def _is_return(line: Line) -> bool:
    """Whether a line is a `return` and nothing else."""
    if not isinstance(line, cst.SimpleStatementLine) or len(line.body) != 1:
        return False
    return isinstance(line.body[0], cst.Return)


def _package(path: str, root: str) -> str:
    module = syntax.module_name(path, root)
    return module if path.endswith("__init__.py") else module.rpartition(".")[0]


def _function(module: cst.Module, name: str) -> cst.FunctionDef | None:
    """The function of a dotted name, such as `create_app` or `Server.__init__`."""
    scope: cst.Module | cst.ClassDef | cst.FunctionDef = module
    for part in name.split("."):
        inner: list[cst.FunctionDef | cst.ClassDef]
        inner = [*syntax.functions(scope), *syntax.classes(scope)]
        found = [each for each in inner if each.name.value == part]
        if not found:
            return None
        scope = found[-1]
    return scope if isinstance(scope, cst.FunctionDef) else None


def _defined_at(options: Options, site: Site) -> int:
    """The index of the statement that defines the user dependency in this module, or -1."""
    user = options.user
    if user is None or user.file != site.path:
        return -1
    for index, statement in enumerate(site.module.body):
        name = getattr(statement, "name", None)
        if isinstance(name, cst.Name) and name.value == user.bound:
            return index
    return made_at(site.body, user.bound) or -1


def _include(options: Options, site: Site, place: int, local: Sequence[Import], width: int) -> Text:
    before = site.body[place]
    made = site.range_of(site.body[made_at(site.body, site.variable) or 0]).start
    line = site.text.lines[made.line - 1]
    indent = line[: len(line) - len(line.lstrip(" \t"))]
    unit = site.module.default_indent if "\t" in site.module.default_indent else " " * 4
    code = [written(each) for each in local]
    code += _call(options, site.variable, width - len(indent.expandtabs(4)), unit)
    blank = [""] * _blank_lines(before, site)
    return site.text.insert_after(
        site.range_of(before).end.line, [*blank, *(indent + each for each in code)]
    )


def _blank_lines(before: Line, site: Site) -> int:
    if isinstance(before, cst.FunctionDef | cst.ClassDef):
        return 1 if site.function else 2
    is_include = bool(calls(before, f"{site.variable}.include_router"))
    return 0 if site.function or is_include else 1


def _call(options: Options, variable: str, width: int, indent: str) -> list[str]:
    """The call, on as few lines as a formatter would give it."""
    router = f"{ENTRY}({', '.join(_arguments(options))})"
    if len(f"{variable}.include_router({router})") <= width:
        return [f"{variable}.include_router({router})"]
    lines = [router]
    if len(indent.expandtabs(4) + router) > width:
        inner = ", ".join(_arguments(options))
        lines = [f"{ENTRY}(", f"{indent}{inner}", ")"]
        if len(2 * indent.expandtabs(4) + inner) > width:
            given = (f"{indent}{each}," for each in _arguments(options))
            lines = [f"{ENTRY}(", *given, ")"]
    return [f"{variable}.include_router(", *(indent + each for each in lines), ")"]


def _arguments(options: Options) -> Iterator[str]:
    if options.user is None:
        yield f"current_user={VERIFIER}()"
    else:
        yield f"current_user={options.user.name}"
        if options.user.user_id == OF_KEY:
            yield f"user_id={OF_KEY}"
        elif options.user.user_id:
            yield f"user_id=lambda user: {options.user.user_id}"
    if expression := user_token(options.user):
        yield f"token=lambda request: {expression}"
    yield from routes_given(options)


def routes_given(options: Options) -> Iterator[str]:
    """The arguments for routes that are not those by default."""
    if options.path != "/chatkit":
        yield f'path="{options.path}"'
    if options.page == "none":
        yield "page=None"
    elif options.page_path != PAGE_PATH:
        yield f'page="{options.page_path}"'


def _width(tree: Tree) -> int:
    """The line length that the project's formatter keeps to."""
    for path in ("pyproject.toml", "ruff.toml"):
        if tree.exists(path):
            found = re.search(rb"^line[-_]length\s*=\s*(\d+)", tree.read(path), re.MULTILINE)
            if found:
                return int(found.group(1))
    return 88


def _imports(options: Options, site: Site, local: Sequence[Import]) -> list[Import]:
    entry = _from(f"{options.home_package}.services.chatkit_server", ENTRY, site)
    if options.user is None:
        return [entry, _from(f"{options.home_package}.services.current_user", VERIFIER, site)]
    user = _user_import(options.user, site)
    found = [] if user is None or user in local else [user]
    runtime = PACKAGE if options.runtime == "package" else options.home_package
    routes = f"{runtime}.chatkit_runtime.routes"
    return [*found, *(_from(routes, each, site) for each in helpers(options.user)), entry]


def _user_import(user: UserDependency | None, site: Site) -> Import | None:
    if user is None or user.file == site.path:
        return None
    name = user.bound
    bound = dict(syntax.imports(site.module))
    if name in bound and bound[name].name == name and not _defines(site, name):
        return None
    new = _from(user.module, name, site)
    if name not in bound and not _defines(site, name):
        return new
    why = f"`{site.path}` already uses the name `{name}` for something else."
    raise CannotEdit(why, written(new))


def _defines(site: Site, name: str) -> bool:
    """Whether the module or the factory gives the name to something of its own."""
    own = {each.target for each in syntax.assignments(site.module)}
    scopes: list[cst.Module | cst.FunctionDef] = [site.module]
    scopes += [site.scope] if isinstance(site.scope, cst.FunctionDef) else []
    for scope in scopes:
        own |= {each.target for each in syntax.assignments(scope)}
        own |= {each.name.value for each in syntax.functions(scope)}
        own |= {each.name.value for each in syntax.classes(scope)}
        if isinstance(scope, cst.FunctionDef):
            own |= {each.name.value for each in syntax.parameters(scope)}
    return name in own


def _from(module: str, name: str, site: Site) -> Import:
    """An import in the style of the module: relative where it imports its own package so."""
    levels = [each.what.level for each in top_level_imports(site.module)]
    absolute = [each.what for each in top_level_imports(site.module) if not each.what.level]
    top = site.package.split(".")[0]
    is_own = any(each.module.split(".")[0] == top for each in absolute)
    if site.package and any(levels) and not is_own and module.split(".")[0] == top:
        return relative(module, name, site.package)
    return Import(module, 0, name)


def _local_imports(options: Options, site: Site, sources: Sources) -> Iterator[Import]:
    """What has to be imported in the factory, because at the top it would be a circle."""
    new = _user_import(options.user, site)
    if new is None or options.user is None or reaches(sources, site.path, options.user.file):
        return
    if not reaches(sources, options.user.file, site.path):
        return
    if site.function is None:
        raise CannotEdit(
            f"`{options.user.file}` imports `{site.path}`: importing `{options.user.name}` there "
            "would be a circle.",
            _by_hand(options),
        )
    yield new


def _import(site: Site, new: Import, width: int) -> Text:
    floor, is_late = _floor(site)
    beside = place_in_line(new, site.module, floor=floor)
    if beside is not None:
        end = site.range_of(beside).end
        if len(site.text.lines[end.line - 1].rstrip()) + len(f", {new.name}") <= width:
            return site.text.insert_at(end, f", {new.name}")
    place = place_for(new, site.module, floor=floor, ceiling=site.ceiling)
    line = _line(site, place)
    is_late = is_late and (place.index == floor or LATE in site.text.lines[line - 1])
    blank = [""] if place.apart else []
    return site.text.insert_after(line, [*blank, written(new) + (LATE if is_late else "")])


def _floor(site: Site) -> tuple[int, bool]:
    """The statement that imports must follow, and whether that is a call of `load_dotenv`."""
    for index in reversed(range(site.ceiling)):
        statement = site.module.body[index]
        if any(calls(statement, name) for name in ("load_dotenv", "dotenv.load_dotenv")):
            return index, True
    return (0 if site.module.get_docstring() is not None else -1), False


def _line(site: Site, place: Place) -> int:
    statement = site.module.body[max(place.index, 0)]
    found = site.range_of(statement)
    return found.start.line - 1 if place.above or place.index < 0 else found.end.line


def _by_hand(options: Options) -> str:
    services, user = f"{options.home_package}.services", options.user
    lines = [written(Import(f"{services}.chatkit_server", 0, ENTRY))]
    module, name = (user.module, user.bound) if user else (f"{services}.current_user", VERIFIER)
    lines.append(written(Import(module, 0, name)))
    variable = options.app.variable or "app"
    lines += ["", f"# after `{variable}` is made, with its other routers:"]
    return "\n".join([*lines, *_call(options, variable, 88, " " * 4)])
