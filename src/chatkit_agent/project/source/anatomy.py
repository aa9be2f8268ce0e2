"""Anatomy: which classes, functions and calls of a project make up its chat."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

import libcst as cst

from chatkit_agent.project.facts import App
from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.chat_files import chat_files, imports_sdk
from chatkit_agent.project.source.code import Call, Code
from chatkit_agent.project.source.dependencies import (
    depended_on,
    dependencies,
    given_to_makers,
    injected_scope,
)
from chatkit_agent.project.source.in_front import middlewares
from chatkit_agent.project.source.references import References, bare
from chatkit_agent.project.source.route_marks import POSTING, RouteMark, route_marks
from chatkit_agent.project.source.scope import Scope
from chatkit_agent.project.source.sources import Sources
from chatkit_agent.project.source.statements import COMMENT, Statement, said_by, statements
from chatkit_agent.project.source.walking import (
    called_name,
    decorating,
    line_at,
    within_node,
)

STATE = re.compile(r"\.state\b|\bscope\[|\"state\"|\brequest\.user\b")
# The last two are what the first calls, for those who read the request by themselves.
HANDING = {"process", "_process_streaming", "_process_non_streaming"}
CONNECTIONS = ("MCPServerStreamableHttp", "MCPServerSse", "MCPServerStdio")
CREATES = re.compile(r"\s*create (?:table|schema)\b")
ORM = re.compile(r"(?m)^\s*(?:from|import) (?:sqlalchemy|sqlmodel)\b")
OF_CHAT = re.compile(r"__tablename__\s*=\s*[\"']\w*(?:thread|item|message|chat|conversation)")
WRITTEN_TO = re.compile(r"\binsert into \"?(?:\w+\.)?\"?(\w+)")
MADE = re.compile(r"create table (?:if not exists )?\"?(?:\w+\.)?\"?(\w+)")
CREATE_TABLE = re.compile(r"create\s+table\b[^;]*", re.IGNORECASE)


@dataclass(frozen=True, eq=False)
class Anatomy:
    """The parts of a chat, whoever wrote it."""

    code: Code

    @cached_property
    def servers(self) -> tuple[Scope, ...]:
        """The subclasses of ChatKitServer."""
        return self.code.subclasses_of("chatkit", "ChatKitServer")

    @cached_property
    def stores(self) -> tuple[Scope, ...]:
        """The subclasses of ChatKit's Store."""
        return self.code.subclasses_of("chatkit", "Store")

    @cached_property
    def contexts(self) -> tuple[Scope, ...]:
        """The class that a request's context is of: `Context` of `ChatKitServer[Context]`."""
        found = []
        for scope in (*self.servers, *self.stores):
            for base in scope.node.bases if isinstance(scope.node, cst.ClassDef) else ():
                named = (
                    syntax.subscripts(base.value) if isinstance(base.value, cst.Subscript) else ()
                )
                found += [
                    self.code.scope_of(self.code.resolve(scope, syntax.dotted(each)))
                    for each in named
                ]
        return tuple(dict.fromkeys(each for each in found if each))

    @cached_property
    def responders(self) -> tuple[Scope, ...]:
        """The `respond` methods."""
        found = (self.code.methods(server).get("respond") for server in self.servers)
        return tuple(each for each in found if each)

    @cached_property
    def tool_servers(self) -> tuple[Scope, ...]:
        """The subclasses of the SDK's clients of MCP servers."""
        return self.code.subclasses_of("agents", *CONNECTIONS)

    @cached_property
    def connections(self) -> tuple[Call, ...]:
        """Where it is said how a client of an MCP server is made, also by a subclass of it."""
        return (*self._calls_in_use("agents", *CONNECTIONS), *self._handed_up())

    def _handed_up(self) -> Iterator[Call]:
        """`super().__init__(params=...)`, as a call of the SDK's class."""
        for call in self.code.calls:
            owner = call.scope.owner
            if call.written != "super().__init__" or owner not in self.tool_servers:
                continue
            for base in syntax.bases(owner.node):
                symbol = self.code.resolve(owner, base)
                if symbol and self.code.is_from(symbol, "agents", *CONNECTIONS):
                    yield replace(call, written=symbol.last_name)

    @cached_property
    def openings(self) -> tuple[Call, ...]:
        """Where a client of an MCP server is made, by whatever class of the project."""
        own = (call for call in self.code.calls if self._opens(call))
        return (*self._calls_in_use("agents", *CONNECTIONS), *own)

    def _opens(self, call: Call) -> bool:
        """`OurServer(url)`, or `self.tools(url)` where the class says `tools: type[OurServer]`."""
        if self.code.scope_of(call.symbol) in self.tool_servers:
            return True
        owner = call.scope.owner
        names = {each.name for each in self.tool_servers}
        for each in syntax.annotated(owner.node) if owner and call.receiver == "self" else ():
            if syntax.dotted(each.target) == call.method:
                return any(name.value in names for name in within_node(each, cst.Name))
        return False

    @cached_property
    def agents(self) -> tuple[Call, ...]:
        return self._calls_in_use("agents", "Agent")

    @cached_property
    def runs(self) -> tuple[Call, ...]:
        """Where an agent is run: `Runner.run_streamed(...)` and its like."""
        return self._calls_in_use("agents", "run", "run_streamed", "run_sync")

    def _calls_in_use(self, package: str, *names: str) -> tuple[Call, ...]:
        """Calls of a package, but for those in functions that nobody calls any more."""
        return tuple(
            call
            for call in self.code.calls_of(package, *names)
            if call.scope.function is None or self.is_referred_to(call.scope.function)
        )

    @cached_property
    def handlers(self) -> tuple[Call, ...]:
        """Where a request is handed to the chat: `server.process(body, context)`."""
        return tuple(
            call
            for call in self.code.calls
            if call.method in HANDING and len(call.given) == 2 and self._serves(call)
            if not _is_own_request(call)
        )

    def _serves(self, call: Call) -> bool:
        """Whether what is around speaks of ChatKit's results, or its receiver is such a server."""
        module = call.scope.file
        imports = self.code.sources.names(module).imports.values()
        if any(each.module.split(".")[0] == "chatkit" for each in imports):
            return True
        names = {server.name for server in self.servers}
        if any(name in self.code.sources.code(module) for name in names):
            return True
        return self.code.kind(call.scope, call.receiver) in self.servers

    @cached_property
    def endpoints(self) -> tuple[Scope, ...]:
        """The functions that answer requests of the chat; those with a route, where found."""
        handing = (call.scope.function for call in self.handlers)
        found = [routed for each in handing if each for routed in self._endpoints_of(each)]
        return tuple(dict.fromkeys(found))

    def _endpoints_of(self, handing: Scope) -> list[Scope]:
        """Whoever has a route and comes to this function, a few calls away; else the function."""
        edge, seen, others = [handing], {handing}, list[Scope]()
        for _ in range(6):
            found = [
                each
                for each in edge
                if any(mark.call.method in POSTING for mark in self.route_marks(each))
            ]
            if found:
                return found
            others = others or [each for each in edge if self.route_marks(each)]
            edge = [each for one in edge for each in self._callers(one) if each not in seen]
            seen.update(edge)
        return others or [handing]

    def _callers(self, scope: Scope) -> Iterator[Scope]:
        """The functions that call a function, a method of the same name, or make its class."""
        owner, name = scope.owner, scope.last_name
        for call in self.code.calls:
            if call.scope.function is None or call.scope.function is scope:
                continue
            if owner is None:
                is_it = call.method == name and self._is_call_of(call, scope)
            elif name == "__init__":
                is_it = self._is_call_of(call, owner)
            else:
                is_it = call.method == name and self._is_near(call, owner)
            if is_it:
                yield call.scope.function

    def _is_call_of(self, call: Call, scope: Scope) -> bool:
        return self.code.scope_of(call.symbol) is scope

    def _is_near(self, call: Call, owner: Scope) -> bool:
        """Whether the receiver of a method may be of a class: `self` in it, or it is named here."""
        if call.receiver in ("self", "super()"):
            return call.scope.owner in self.code.kinds_of(owner)
        text = self.code.sources.code(call.scope.file)
        names = (each.last_name for each in self.code.kinds_of(owner))
        return not call.receiver.endswith("request") and any(name in text for name in names)

    @cached_property
    def sign_ins(self) -> tuple[Scope, ...]:
        """The routes, what FastAPI and the middlewares call before them, and what these call."""
        found = [*self.endpoints, *self.given_users, *self._leaving_users]
        for scope in found:
            near = (*self._dependencies(scope), *self._callees(scope))
            found += [each for each in near if each not in found]
        return tuple(found)

    @cached_property
    def _leaving_users(self) -> Iterator[Scope]:
        """The middlewares that leave something with a request from which a route takes the user."""
        reading = (each.node for each in self.injected)
        if any(STATE.search(syntax.code(each)) for each in reading):
            for scope in middlewares(self.code):
                if STATE.search(syntax.code(scope.node)):
                    yield scope

    @cached_property
    def given_users(self) -> tuple[Scope, ...]:
        """What a function that makes the route is given as the way to the user."""
        given = given_to_makers(self.code, self.endpoints, depended_on)
        found = (injected_scope(self.code, call.scope, each) for call, each in given)
        return tuple(dict.fromkeys(each for each in found if each))

    @cached_property
    def injected(self) -> tuple[Scope, ...]:
        """The functions whose parameters FastAPI fills: the routes and what they depend on."""
        found = [*self.endpoints, *self.given_users]
        for scope in found:
            found += [each for each in self._dependencies(scope) if each not in found]
        return tuple(found)

    def _dependencies(self, scope: Scope) -> Iterator[Scope]:
        return dependencies(self.code, scope, is_route=scope in self.endpoints)

    def _callees(self, scope: Scope) -> Iterator[Scope]:
        found = (self.code.called(call) for call in self.code.inside(scope))
        yield from (each for each in found if each)

    @cached_property
    def paths(self) -> tuple[str, ...]:
        """The paths of the chat's routes as they are written, without prefixes of routers."""
        found = [path for each in self.endpoints for path in self.paths_of(each)]
        return tuple(dict.fromkeys(found))

    def paths_of(self, scope: Scope) -> Iterator[str]:
        """The paths of a function's routes."""
        for mark in self.route_marks(scope):
            if mark.path:
                yield mark.path

    def route_marks(self, scope: Scope) -> tuple[RouteMark, ...]:
        return self._route_marks.get(scope, ())

    @cached_property
    def _route_marks(self) -> dict[Scope, tuple[RouteMark, ...]]:
        return route_marks(self.code)

    def answering(self, call: Call) -> bool:
        """Whether a call is made in each turn: by a server, and not when that is made."""
        around = list(call.scope.around())
        is_made = any(each.name.endswith(".__init__") for each in around)
        is_in_turn = any(each in around for each in (*self.servers, *self.turning))
        return not is_made and is_in_turn

    @cached_property
    def turning(self) -> tuple[Scope, ...]:
        """The functions that a turn calls, wherever they stand."""
        found = list(self.responders)
        for scope in found:
            found += [each for each in self._callees(scope) if each not in found]
        return tuple(found)

    def is_referred_to(self, scope: Scope) -> bool:
        """Whether the name of a function stands anywhere but where it is defined or exported."""
        name = scope.last_name
        is_called_by_others = name in ("respond", "__init__") or bool(decorating(scope.node))
        return is_called_by_others or name in self._references.used

    @cached_property
    def _references(self) -> References:
        return References(tuple(self.code.sources.code(file) for file in self.code.files))

    @cached_property
    def sql_stores(self) -> tuple[Scope, ...]:
        """The stores that keep conversations in a database by statements of their own."""
        return tuple(each for each in self.stores if any(self.said(each)))

    def said(self, store: Scope) -> Iterator[Statement]:
        """The SQL of a store, in source and in files beside it."""
        return said_by(self.code, store)

    @cached_property
    def database_stores(self) -> tuple[Scope, ...]:
        """The stores that keep conversations in a database, by statements or by SQLAlchemy."""
        return tuple(dict.fromkeys([*self.sql_stores, *self._mapped_stores]))

    @cached_property
    def _mapped_stores(self) -> tuple[Scope, ...]:
        return tuple(each for each in self.stores if ORM.search(self.code.sources.code(each.file)))

    @cached_property
    def tables(self) -> tuple[Scope, ...]:
        """The mapped classes of SQLAlchemy or SQLModel that hold threads and what is in them.

        Where no store is one of these, a table of messages is the application's own.
        """
        classes = self.code.classes if self._mapped_stores else ()
        return tuple(each for each in classes if OF_CHAT.search(syntax.code(each.node)))

    @cached_property
    def ddl(self) -> tuple[Statement, ...]:
        """The statements that make tables, in the source and in files of SQL."""
        found = [
            Statement(each.strip(), self.code, module, node)
            for module in self.code.modules
            for node, text in statements(self.code, module)
            for each in text.split(";")
            if CREATES.match(each)
        ]
        for path in self.code.sources.tree.glob(".sql"):
            text = COMMENT.sub("", self.code.sources.text(path))
            for each in CREATE_TABLE.finditer(text):
                said = " ".join(each[0].lower().split())
                found.append(Statement(said, place=f"{path}:{line_at(text, each.start())}"))
        return tuple(found)

    @cached_property
    def kept_tables(self) -> tuple[Statement, ...]:
        """The statements that make the tables which the stores write to, in their own SQL."""
        said = (each.text for store in self.sql_stores for each in self.said(store))
        written = {name for text in said for name in WRITTEN_TO.findall(text)}
        return tuple(
            each for each in self.ddl if (made := MADE.match(each.text)) and made[1] in written
        )

    @cached_property
    def texts(self) -> str:
        """The source of the files that import one of the SDKs, for words that must be absent.

        What nothing refers to is left out: nobody calls it any more.
        """
        texts = {file: self.code.sources.text(file) for file in self.files}
        for scope in self.code.scopes:
            is_top = scope.outer is not None and isinstance(scope.outer.node, cst.Module)
            if is_top and scope.file in texts and not self._is_used(scope):
                text = cst.Module([]).code_for_node(scope.node)
                texts[scope.file] = texts[scope.file].replace(text, "\n")
        return "\n".join(map(bare, texts.values()))

    def _is_used(self, scope: Scope) -> bool:
        """Whether anything but itself names a function or class of a module, or decorates it."""
        if isinstance(scope.node, cst.Module) or scope.node.decorators:
            return True
        if scope in self.stores or scope in self.servers:
            return True
        own = cst.Module([]).code_for_node(scope.node)
        return self._references.stands_outside(scope.node.name.value, own)

    @cached_property
    def files(self) -> tuple[str, ...]:
        return tuple(each for each in self.code.files if imports_sdk(self.code.sources, each))


def _is_own_request(call: Call) -> bool:
    """`request = {"type": ...}` and then `process(json.dumps(request), context)`."""
    body = call.given[0]
    dumped = isinstance(body, cst.Call) and called_name(body.func) == "json.dumps"
    if not isinstance(body, cst.Call) or not dumped or not body.args:
        return False
    name, around = syntax.dotted(body.args[0].value), call.scope.node
    made = (each for each in syntax.assignments(around) if each.target == name)
    return any(isinstance(each.value, cst.Dict) for each in made)


def find_anatomy(sources: Sources, app: App | None) -> Anatomy:
    """The chat of an application, without files where there is none."""
    return Anatomy(Code(sources, chat_files(sources, app)))
