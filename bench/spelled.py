"""Spellings: Python source said in another way, with the same meaning and on the same lines."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping

import libcst as cst
from libcst import matchers as m

from chatkit_agent.project.source.walking import within_node as parts

Files = Mapping[str, str]
Spelling = Callable[[Files], dict[str, str]]
WORDS = (
    "exp verify_exp aud iss sub max_retry_attempts=0 client_session_timeout_seconds=60 "
    "set_tracing_disabled(True) __fake_id__ Lock pg_advisory_xact_lock isinstance load_dotenv() "
    "httpx_client_factory content-length 413 NotFoundError ValidationError finally aclose cancel "
    "owner user_id HTTPException 401 verify jwt.decode(token) statement_cache_size=0 logging.DEBUG "
    "cleanup reversed(items) order by id desc MCPServerManager workflow failure_error_function"
)


def _is_literal(node: cst.BaseExpression) -> bool:
    if isinstance(node, cst.Name):
        return node.value in ("True", "False")
    if isinstance(node, cst.List | cst.Tuple | cst.Set):
        return all(_is_literal(each.value) for each in node.elements)
    if isinstance(node, cst.Dict):
        return all(
            isinstance(each, cst.DictElement) and _is_literal(each.key) and _is_literal(each.value)
            for each in node.elements
        )
    if isinstance(node, cst.UnaryOperation):
        return _is_literal(node.expression)
    return isinstance(node, cst.Integer | cst.Float | cst.SimpleString)


def _each(change: Callable[[cst.Module], cst.Module]) -> Spelling:
    def spelled(files: Files) -> dict[str, str]:
        found = {}
        for path, text in files.items():
            if path.endswith(".py"):
                with contextlib.suppress(cst.ParserSyntaxError):
                    text = change(cst.parse_module(text)).code
            found[path] = text
        return found

    return spelled


class _Rename(cst.CSTTransformer):
    def __init__(self, names: Mapping[str, cst.BaseExpression]) -> None:
        self.names = names

    def visit_ImportFrom(self, node: cst.ImportFrom) -> bool:
        return False

    def visit_Import(self, node: cst.Import) -> bool:
        return False

    def leave_Attribute(self, old: cst.Attribute, new: cst.Attribute) -> cst.Attribute:
        return new.with_changes(attr=old.attr)

    def leave_Arg(self, old: cst.Arg, new: cst.Arg) -> cst.Arg:
        return new.with_changes(keyword=old.keyword)

    def leave_Param(self, old: cst.Param, new: cst.Param) -> cst.Param:
        return new.with_changes(name=old.name)

    def leave_Name(self, old: cst.Name, new: cst.Name) -> cst.BaseExpression:
        return self.names.get(new.value, new)


def _code(node: cst.CSTNode) -> str:
    return cst.Module([]).code_for_node(node)


def _bound(module: cst.Module) -> set[str]:
    found = set[str]()
    for node in parts(module, cst.FunctionDef, cst.ClassDef, cst.Param):
        found.add(node.name.value)
    for node in parts(module, cst.AssignTarget, cst.AnnAssign, cst.NamedExpr):
        found |= {each.value for each in parts(node.target, cst.Name)}
    for node in parts(module, cst.AsName):
        found |= {each.value for each in parts(node.name, cst.Name)}
    return found


def _imported(module: cst.Module) -> list[tuple[cst.ImportFrom, str, str]]:
    """Plain `from a import B` at the top level: the statement, the module and the name."""
    bound, found = _bound(module), []
    for line in module.body:
        for node in line.body if isinstance(line, cst.SimpleStatementLine) else ():
            if isinstance(node, cst.ImportFrom) and not isinstance(node.names, cst.ImportStar):
                where = _code(node.module) if node.module else ""
                for alias in node.names:
                    name = _code(alias.name)
                    if where != "__future__" and alias.asname is None and name not in bound:
                        found.append((node, where, name))
    return found


def _statement(text: str) -> cst.BaseSmallStatement:
    line = cst.parse_statement(text)
    assert isinstance(line, cst.SimpleStatementLine)
    return line.body[0]


class _Imports(cst.CSTTransformer):
    def __init__(self, made: Mapping[int, list[str]]) -> None:
        self.made = made

    def leave_SimpleStatementLine(
        self, old: cst.SimpleStatementLine, new: cst.SimpleStatementLine
    ) -> cst.SimpleStatementLine:
        body: list[cst.BaseSmallStatement] = []
        for each, now in zip(old.body, new.body, strict=True):
            texts = self.made.get(id(each))
            body += [_statement(text) for text in texts] if texts else [now]
        return new.with_changes(body=body)


def _reimported(say: Callable[[str, str, str], tuple[str, str]]) -> Spelling:
    """Each import becomes what `say(dots, module, name)` says, and each use what that binds."""

    def change(module: cst.Module) -> cst.Module:
        made: dict[int, list[str]] = {}
        uses: dict[str, cst.BaseExpression] = {}
        for node, where, name in _imported(module):
            dots = "." * len(node.relative)
            if dots and not where and say is as_module:
                continue
            text, use = say(dots, where, name)
            made.setdefault(id(node), []).append(text)
            uses[name] = cst.parse_expression(use)
        kept = {id(node): node for node, _, _ in _imported(module)}
        for key, node in kept.items():
            names = [] if isinstance(node.names, cst.ImportStar) else node.names
            for alias in names:
                name = _code(alias.name)
                if name not in uses and key in made:
                    shown = _code(alias).rstrip(", ")
                    dots, where = (
                        "." * len(node.relative),
                        _code(node.module),
                    )  # type: ignore[arg-type]
                    made[key].append(f"from {dots}{where} import {shown}")
        return module.visit(_Imports(made)).visit(_Rename(uses))

    return _each(change)


def as_alias(dots: str, module: str, name: str) -> tuple[str, str]:
    return f"from {dots}{module} import {name} as {name}_q", f"{name}_q"


def as_module(dots: str, module: str, name: str) -> tuple[str, str]:
    if dots:
        head, _, tail = module.rpartition(".")
        return f"from {dots}{head} import {tail} as {tail}_q", f"{tail}_q.{name}"
    held = module.replace(".", "_") + "_q"
    return f"import {module} as {held}", f"{held}.{name}"


class _Hoist(cst.CSTTransformer):
    """Literals that calls are given become what `name` makes of their number."""

    def __init__(self, say: Callable[[int], str]) -> None:
        self.say = say
        self.held: list[str] = []

    def leave_Arg(self, old: cst.Arg, new: cst.Arg) -> cst.Arg:
        if new.star or not _is_literal(new.value):
            return new
        self.held.append(_code(new.value))
        return new.with_changes(value=cst.parse_expression(self.say(len(self.held) - 1)))


def _with_first(module: cst.Module, texts: list[str], last: bool = False) -> cst.Module:
    """More statements on the line of the first import, so that no line moves."""
    body = list(module.body)
    if last:
        return cst.parse_module(module.code.rstrip("\n") + "\n" + "\n".join(texts) + "\n")
    for index, line in enumerate(body):
        is_import = isinstance(line, cst.SimpleStatementLine) and m.matches(
            line.body[0], m.Import() | m.ImportFrom()
        )
        code = _code(line)
        if is_import and isinstance(line, cst.SimpleStatementLine) and "__future__" not in code:
            body[index] = line.with_changes(body=[*line.body, *map(_statement, texts)])
            return module.with_changes(body=body)
    return module


def constants(module: cst.Module) -> cst.Module:
    hoist = _Hoist(lambda number: f"HELD_{number}")
    changed = module.visit(hoist)
    return _with_first(changed, [f"HELD_{n} = {text}" for n, text in enumerate(hoist.held)])


def helpers(module: cst.Module) -> cst.Module:
    hoist = _Hoist(lambda number: f"give_{number}()")
    changed = module.visit(hoist)
    made = [f"def give_{n}():\n    return {text}" for n, text in enumerate(hoist.held)]
    return _with_first(changed, made, last=True)


def class_attributes(module: cst.Module) -> cst.Module:
    hoist = _Hoist(lambda number: f"Held.held_{number}")
    changed = module.visit(hoist)
    lines = [f"    held_{n} = {text}" for n, text in enumerate(hoist.held)]
    return _with_first(changed, ["class Held:", *lines], last=True) if lines else module


def settings_fields(module: cst.Module) -> cst.Module:
    hoist = _Hoist(lambda number: f"held_settings.held_{number}")
    changed = module.visit(hoist)
    lines = [f"    held_{n}: object = Field(default={text})" for n, text in enumerate(hoist.held)]
    more = ["class HeldSettings(BaseSettings):", *lines, "held_settings = HeldSettings()"]
    return _with_first(changed, more, last=True) if lines else module


def other_file(files: Files) -> dict[str, str]:
    found: dict[str, str] = {}
    for path, text in files.items():
        found[path] = text
        if not path.endswith(".py") or path.endswith("__init__.py"):
            continue
        try:
            module = cst.parse_module(text)
        except cst.ParserSyntaxError:
            continue
        folder, _, stem = path.removesuffix(".py").rpartition("/")
        hoist = _Hoist(lambda number: f"HELD_{number}")
        changed = module.visit(hoist)
        if not hoist.held or not folder:
            continue
        names = ", ".join(f"HELD_{n}" for n in range(len(hoist.held)))
        found[path] = _with_first(changed, [f"from .{stem}_held import {names}"]).code
        lines = [f"HELD_{n} = {each}" for n, each in enumerate(hoist.held)]
        found[f"{folder}/{stem}_held.py"] = "\n".join(lines) + "\n"
    return found


class _Spread(cst.CSTTransformer):
    def leave_Call(self, old: cst.Call, new: cst.Call) -> cst.Call:
        plain = [each for each in new.args if each.keyword is None]
        named = [each for each in new.args if each.keyword is not None]
        if not named or any(each.star for each in new.args):
            return new
        code = _code
        items = ", ".join(
            f'"{each.keyword.value}": {code(each.value)}' for each in named if each.keyword
        )
        spread = cst.Arg(cst.parse_expression("{" + items + "}"), star="**")
        return new.with_changes(
            args=[*(each.with_changes(comma=cst.Comma()) for each in plain), spread]
        )


class _Partial(cst.CSTTransformer):
    def leave_Call(self, old: cst.Call, new: cst.Call) -> cst.Call:
        named = [each for each in new.args if each.keyword is not None]
        if not named or any(each.star for each in new.args):
            return new
        code = _code
        if code(new.func).startswith("super("):
            return new
        items = ", ".join(code(each).rstrip(", \n") for each in named)
        partial = cst.parse_expression(f"functools.partial({code(new.func)}, {items})")
        plain = [each for each in new.args if each.keyword is None]
        return new.with_changes(func=partial, args=plain)


class _GetAttr(cst.CSTTransformer):
    def leave_Call(self, old: cst.Call, new: cst.Call) -> cst.Call:
        code = _code
        if not isinstance(new.func, cst.Attribute) or "super()" in code(new.func):
            return new
        text = f'getattr({code(new.func.value)}, "{new.func.attr.value}")'
        return new.with_changes(func=cst.parse_expression(text))

    def leave_Decorator(self, old: cst.Decorator, new: cst.Decorator) -> cst.Decorator:
        return old


class _Walrus(cst.CSTTransformer):
    def leave_Assign(self, old: cst.Assign, new: cst.Assign) -> cst.BaseSmallStatement:
        target = new.targets[0].target
        if len(new.targets) > 1 or not isinstance(target, cst.Name):
            return new
        return cst.Expr(
            cst.NamedExpr(target, new.value, lpar=[cst.LeftParen()], rpar=[cst.RightParen()])
        )

    def visit_ClassDef(self, node: cst.ClassDef) -> bool:
        return False


def _walrus(module: cst.Module) -> cst.Module:
    """Within functions, where it is usual."""
    body = [
        each.visit(_Walrus()) if isinstance(each, cst.FunctionDef) else each for each in module.body
    ]
    return module.with_changes(body=body)


class _Annotated(cst.CSTTransformer):
    def leave_Param(self, old: cst.Param, new: cst.Param) -> cst.Param:
        default = new.default
        is_mark = isinstance(default, cst.Call) and m.matches(
            default.func,
            m.Name("Depends") | m.Name("Security") | m.Name("Header") | m.Name("Cookie"),
        )
        if not is_mark or default is None or new.annotation is None:
            return new
        code = _code
        text = f"Annotated[{code(new.annotation.annotation)}, {code(default)}]"
        annotation = new.annotation.with_changes(annotation=cst.parse_expression(text))
        return new.with_changes(
            annotation=annotation, default=None, equal=cst.MaybeSentinel.DEFAULT
        )


class _Texts(cst.CSTTransformer):
    def leave_Arg(self, old: cst.Arg, new: cst.Arg) -> cst.Arg:
        value = new.value
        if isinstance(value, cst.SimpleString) and not value.prefix and len(value.raw_value) > 3:
            inner = value.raw_value
            if (
                "{" not in inner
                and "\\" not in inner
                and "\n" not in inner
                and len(value.quote) == 1
            ):
                text = f"f{value.quote}{inner}{value.quote}"
                return new.with_changes(value=cst.parse_expression(text))
        return new


class _Pieces(cst.CSTTransformer):
    def leave_Arg(self, old: cst.Arg, new: cst.Arg) -> cst.Arg:
        value = new.value
        if isinstance(value, cst.SimpleString) and not value.prefix and len(value.raw_value) > 3:
            inner, quote = value.raw_value, value.quote
            if "\\" not in inner and "\n" not in inner and len(quote) == 1:
                text = f"({quote}{inner[:2]}{quote} + {quote}{inner[2:]}{quote})"
                return new.with_changes(value=cst.parse_expression(text))
        return new


def _words(module: cst.Module) -> cst.Module:
    """A comment and a text that hold every word that a rule might look for."""
    return cst.parse_module(f'{module.code.rstrip()}\n# {WORDS}\n"""{WORDS}"""\n')


SPELLINGS: dict[str, Spelling] = {
    "import as": _reimported(as_alias),
    "module attribute": _reimported(as_module),
    "constant": _each(constants),
    "class attribute": _each(class_attributes),
    "settings field": _each(settings_fields),
    "constant of another file": other_file,
    "helper": _each(helpers),
    "spread dict": _each(lambda module: module.visit(_Spread())),
    "partial": _each(lambda module: module.visit(_Partial())),
    "getattr": _each(lambda module: module.visit(_GetAttr())),
    "walrus": _each(_walrus),
    "Annotated": _each(lambda module: module.visit(_Annotated())),
    "f-string": _each(lambda module: module.visit(_Texts())),
    "pieces of text": _each(lambda module: module.visit(_Pieces())),
    "comment and text": _each(_words),
}
