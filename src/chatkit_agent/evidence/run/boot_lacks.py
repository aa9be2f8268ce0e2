"""Notes which variables an application needs and does not have, by the errors that it ends in.

It is a part of `boot_script`, and runs on the application's own Python: nothing is imported but the
standard library.
"""

from __future__ import annotations

import ast
import json
import os
import re
import sys
import traceback
from typing import Any

LONGEST = 8
FAILED = 500
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
CONSTANT = re.compile(r"[A-Z][A-Z0-9_]*")
ENV_FILE = re.compile(
    r"(?<![\w./-])[\w./-]*\.env(?:\.(?!example|sample|template|dist)\w+)?(?![\w-])"
)
ASKING = ("os.py", "<frozen os>", "_collections_abc.py", "<frozen _collections_abc>")
# By which an application refuses a value, and no service does.
REFUSING = (ValueError, TypeError, LookupError, RuntimeError, AssertionError, SystemExit)
# What a value has no part in.
ELSEWHERE = (ImportError, SyntaxError, OSError)
NO_TABLE = re.compile(r"relation \"[^\"]+\" does not exist|no such table: ")
OPTIONAL = ("get", "getenv", "pop", "setdefault")
DATABASE = re.compile(r"(?:postgres(?:ql)?|mysql|mariadb|sqlite)(?:\+\w+)?:")
DATABASE_URL = re.compile(
    r"(?:DB|DATABASE|SQL|POSTGRES|PG)\w*(?:UR[IL]|CONN(?:ECTION)?(?:_?STR(?:ING)?)?$)|DSN",
    re.IGNORECASE,
)
# How SQLAlchemy and drivers say that an address is one for another driver, or none.
OTHER_DRIVER = re.compile(
    r"requires an async driver|greenlet_spawn has not been called|sqlalchemy\.dialects:|"
    r"Could not parse \w+ URL from|invalid DSN: scheme|Unknown DB scheme|missing \"=\" after \"\w+(?:\+\w+)?://"
)
CASTS = {"int": "1", "float": "1", "bool": "false"}


def chain_of(error: BaseException) -> list[BaseException]:
    """The error, what it came from, and so on down to the first: groups by what is in them."""
    found: list[BaseException] = []
    waiting = [error]
    while waiting and len(found) < LONGEST:
        each = waiting.pop(0)
        if any(each is known for known in found):
            continue
        found.append(each)
        waiting += getattr(each, "exceptions", ())
        # `raise Stopped() from None` hides what it came from: told here, but where an error was
        # only said otherwise, as `os.environ` does.
        is_reworded = each.__suppress_context__ and type(each.__context__) is type(each)
        came_from = each.__cause__ or (None if is_reworded else each.__context__)
        waiting += [came_from] if came_from else []
    return found


def told(error: BaseException) -> str:
    return "".join(traceback.format_exception_only(type(error), error)).strip()


class Lacks:
    """`file` gets a JSON object a line. `lent` are the variables that took the place of others."""

    def __init__(self, file: str, work: str, lent: list[str], fields: Any) -> None:
        self.file, self.lent, self.fields = file, lent, fields
        self.work = os.path.join(os.path.realpath(work), "")
        self.misses: dict[str, dict[str, bool]] = {}

    def watch(self) -> None:
        """Notice each variable that is asked for and not set."""
        kind: Any = type(os.environ)
        getting = kind.__getitem__

        def noting(environ: Any, name: Any) -> Any:
            try:
                return getting(environ, name)
            except KeyError:
                if environ is os.environ and isinstance(name, str):
                    self._note_miss(name, sys._getframe(1))
                raise

        kind.__getitem__ = noting

    def _note_miss(self, name: str, frame: Any) -> None:
        usual = frame.f_locals.get("default") if frame.f_code.co_name == "get" else None
        is_bare = usual is None and frame.f_code.co_name != "__contains__"
        while frame is not None and os.path.basename(frame.f_code.co_filename) in ASKING:
            frame = frame.f_back
        is_own = frame is not None and self._is_own(frame.f_code.co_filename)
        known = self.misses.setdefault(name, {"own": False, "bare": False})
        self.misses[name] = {"own": known["own"] or is_own, "bare": known["bare"] or is_bare}

    def _is_own(self, file: str) -> bool:
        return os.path.isabs(file) and os.path.realpath(file).startswith(self.work)

    def note(self, error: BaseException) -> None:
        """Write down what an error says is lacking. What goes wrong here is no reason to end."""
        try:
            lines = [json.dumps(each) for each in self.of(error)]
            with open(self.file, "a", encoding="utf-8") as out:
                out.writelines(line + "\n" for line in lines)
        except Exception:
            traceback.print_exc()

    async def serve_request(self, app: Any, scope: Any, receive: Any, send: Any) -> None:
        """A request, of which an error is noted before whoever asked hears of it."""

        async def note_and_send(message: Any) -> None:
            error = sys.exc_info()[1]
            if error is not None and message.get("status", 0) >= FAILED:
                self.note(error)
            await send(message)

        try:
            await app(scope, receive, note_and_send)
        except Exception as error:
            self.note(error)
            raise

    def of(self, error: BaseException) -> list[dict[str, Any]]:
        chain = chain_of(error)
        files = [{"files": each} for each in (self._files(chain),) if each]
        modules = [each.name for each in chain if isinstance(each, ModuleNotFoundError)]
        if any(NO_TABLE.search(str(each)) for each in chain):
            return [*files, {"tables": True}]
        fields = [each for one in chain for each in self.fields.of_settings(one)]
        if fields:
            return files + fields
        # What was given to a model is told with its errors.
        text = "\n".join(self.fields.messages(each) or told(each) for each in chain)
        is_elsewhere = any(isinstance(each, ELSEWHERE) for each in chain)
        refuses = not is_elsewhere and any(isinstance(each, REFUSING) for each in chain)
        refused = [name for name in self.lent if refuses and self._is_refused(name, text)]
        defaults: list[dict[str, Any]] = []
        if any(map(_wants_other_driver, chain)):
            refused += [name for name in self.lent if DATABASE.match(os.environ.get(name, ""))]
            defaults = [_lack(each, "") for each in self._own_misses() if DATABASE_URL.search(each)]
            unset = self.fields.unset() if not defaults else ()
            defaults += [each for each in unset if any(map(DATABASE_URL.search, each["names"]))]
        if refused:
            named = dict.fromkeys(refused)
            return files + [{"names": [name], "exact": True, "refused": True} for name in named]
        if defaults:
            return files + defaults
        lacking = [{"modules": [each for each in modules if each]}] if any(modules) else []
        return files + lacking + self._variables(chain, text, is_elsewhere)

    def _is_refused(self, name: str, text: str) -> bool:
        value = os.environ.get(name, "")
        words = {word.lower() for word in NAME.findall(text)}
        return bool(len(value) > 5 and value in text) or name.lower() in words

    def _variables(
        self, chain: list[BaseException], text: str, is_elsewhere: bool
    ) -> list[dict[str, Any]]:
        misses = {name for name in self.misses if name not in os.environ}
        keys = {str(each.args[0]) for each in chain if isinstance(each, KeyError) and each.args}
        named = {word for word in NAME.findall(text) if CONSTANT.fullmatch(word)} | keys
        statement = next(filter(None, map(self._statement, chain)), None)
        found = sorted(misses & named)
        if found and statement:
            return [_lack(name, cast) for name, cast in siblings(*statement, found, misses)]
        if not found and keys and statement and "dotenv" in sys.modules:
            held = sorted(key for key in keys if CONSTANT.fullmatch(key))
            places = [{"files": self._missing([".env"], chain[0])}] if held else []
            return [*places, *({"names": [key], "keyed": True} for key in held)]
        if not found and statement and not is_elsewhere:
            words = words_of(*statement)
            found = sorted(name for name in misses if name.lower() in words)
            if not found:
                is_said = isinstance(statement[1], (ast.Raise, ast.Assert))
                fields = self._fields_in(words | {word.lower() for word in named}, is_said)
                if fields:
                    return fields
        if not found and not is_elsewhere:
            found = [name for name in self._own_misses() if self.misses[name]["bare"]]
        return [_lack(name, "") for name in found]

    def _fields_in(self, words: set[str], is_said: bool) -> list[dict[str, Any]]:
        """Fields of settings that have only their default, which code does not take.

        Any text, where the application itself says so; else only a default that is empty.
        """
        known = "plain" if is_said else "empty"
        fields = (each for each in self.fields.unset() if each["empty"] or each[known])
        unset = [(each, [name.lower() for name in each["names"]]) for each in fields]
        exact = [each for each, names in unset if words & {*names}]
        ends = tuple(f"_{word}" for word in words)
        return exact or [each for each, names in unset if any(n.endswith(ends) for n in names)]

    def _own_misses(self) -> list[str]:
        """What its own code asks for. Compiled settings ask as that does, for their fields."""
        of_fields = {name.lower() for each in self.fields.unset() for name in each["names"]}
        own = (name for name, how in self.misses.items() if how["own"])
        return [each for each in own if each not in os.environ and each.lower() not in of_fields]

    def _statement(self, error: BaseException) -> tuple[ast.Module, ast.stmt] | None:
        """The application's own line in which it happened, and its whole module."""
        for frame in reversed(traceback.extract_tb(error.__traceback__)):
            if self._is_own(frame.filename):
                with open(frame.filename, "rb") as file:
                    module = ast.parse(file.read())
                line = frame.lineno or 0
                held = [
                    node
                    for node in ast.walk(module)
                    if isinstance(node, ast.stmt)
                    and node.lineno <= line <= (getattr(node, "end_lineno", 0) or node.lineno)
                ]
                return (module, held[-1]) if held else None
        return None

    def _files(self, chain: list[BaseException]) -> list[str]:
        """Where an env file may be meant that has to be there."""
        for each in chain:
            name = getattr(each, "filename", None)
            if isinstance(each, FileNotFoundError) and isinstance(name, (str, os.PathLike)):
                found = [os.fspath(name)] if ENV_FILE.fullmatch(os.path.basename(name)) else []
            else:
                found = ENV_FILE.findall(told(each)) or self._loading(each)
            if places := self._missing(found, each):
                return places
        return []

    def _loading(self, error: BaseException) -> list[str]:
        """`assert load_dotenv()`, and `find_dotenv(raise_error_if_not_found=True)`."""
        if isinstance(error, OSError):
            frames = traceback.extract_tb(error.__traceback__)
            return [".env"] if frames and "dotenv" in frames[-1].filename else []
        statement = self._statement(error) if isinstance(error, AssertionError) else None
        return [".env"] if statement and "dotenv" in ast.dump(statement[1]) else []

    def _missing(self, names: list[str], error: BaseException) -> list[str]:
        """Where the application may look for such a file, and there is none."""
        own = [each.filename for each in traceback.extract_tb(error.__traceback__)]
        folders = [os.getcwd(), *(os.path.dirname(each) for each in own if self._is_own(each))]
        found = [os.path.realpath(os.path.join(where, n)) for n in names for where in folders]
        inside = {path for path in found if path.startswith(self.work)}
        return sorted(path[len(self.work) :] for path in inside if not os.path.exists(path))


def _wants_other_driver(error: BaseException) -> bool:
    if isinstance(error, ImportError):
        frames = traceback.extract_tb(error.__traceback__)
        return any(frame.name in ("import_dbapi", "dbapi") for frame in frames)
    return OTHER_DRIVER.search(str(error)) is not None


def _lack(name: str, cast: str) -> dict[str, Any]:
    return {"names": [name], "exact": True, "value": CASTS.get(cast)}


def words_of(module: ast.Module, statement: ast.stmt) -> set[str]:
    """What a statement and the `if`s around it name, and the texts in what that is given.

    `KEY` for `if not key: raise ValueError` after `key = getenv("KEY", "")`, in lower case.
    """
    nodes = list(ast.walk(module))
    around = [
        node.test
        for node in nodes
        if isinstance(node, ast.If)
        and node.lineno <= statement.lineno <= (getattr(node, "end_lineno", 0) or node.lineno)
    ]
    inner = [each for top in (statement, *around) for each in ast.walk(top)]
    names = {_name_of(each) for each in inner} - {""}
    for node in nodes:
        if isinstance(node, (ast.Assign, ast.AnnAssign)) and node.value is not None:
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            if names & {_name_of(each) for each in targets}:
                inner += ast.walk(node.value)
    texts = {each.value for each in inner if isinstance(each, ast.Constant)}
    return {each.lower() for each in names | texts if isinstance(each, str)}


def _name_of(node: ast.AST) -> str:
    return getattr(node, "id", "") or getattr(node, "attr", "")


def siblings(
    module: ast.Module, statement: ast.stmt, names: list[str], misses: set[str]
) -> list[tuple[str, str]]:
    """These, and what else is asked for in the same manner, with no default and in no `try`.

    An application that reads ten variables would have to be started ten times otherwise.
    """
    requests = list(_requests_in(statement, ""))
    manners = {manner for name, manner, _ in requests if name in names}
    tries = [node for node in ast.walk(module) if isinstance(node, ast.Try)]
    aside = {id(inner) for each in tries for line in each.body for inner in ast.walk(line)}
    found = dict.fromkeys(names, "")
    for node in ast.walk(module):
        if isinstance(node, (ast.Assign, ast.AnnAssign, ast.Expr)) and id(node) not in aside:
            for name, manner, cast in _requests_in(node, ""):
                if manner in manners and name not in os.environ:
                    found[name] = cast or found.get(name, "")
    return list(found.items())


def _requests_in(node: ast.AST, around: str) -> Any:
    """Name, manner and cast of `environ["NAME"]`, `config("NAME", cast=int)`, `env.int("NAME")`."""
    inner = around
    if isinstance(node, ast.Call) and getattr(node.func, "attr", "") not in OPTIONAL:
        inner = getattr(node.func, "id", "")
        first = node.args[0] if len(node.args) == 1 else None
        words = {each.arg: each.value for each in node.keywords}
        name = getattr(first, "value", None)
        if isinstance(name, str) and NAME.fullmatch(name) and "default" not in words:
            cast = getattr(words.get("cast"), "id", "") or getattr(node.func, "attr", "")
            root = getattr(node.func, "value", node.func)
            yield name, ast.dump(root), cast if cast in CASTS else around
    elif isinstance(node, ast.Subscript):
        key = getattr(node.slice, "value", node.slice)  # Python 3.8 has an Index around it
        name = getattr(key, "value", key)
        if isinstance(name, str) and NAME.fullmatch(name):
            yield name, ast.dump(node.value), around
    if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
        for each in ast.iter_child_nodes(node):
            yield from _requests_in(each, inner)
