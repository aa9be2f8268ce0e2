"""Settings fields: how a settings class is configured, and which variables it reads."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import libcst as cst

from chatkit_agent.project.facts import Named, SettingsClass
from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.code import Call, Code
from chatkit_agent.project.source.sources import Sources, Symbol
from chatkit_agent.project.source.values import module_at

Option = tuple[str, cst.BaseExpression]
VARIABLE = re.compile(r"[A-Z][A-Z0-9_]+")
SPREAD = "**"
"""Stands for the name of options that are put in from elsewhere."""


def class_options(sources: Sources, file: str, node: cst.ClassDef) -> Iterator[Option]:
    """`class A(Base, extra="allow")`, `model_config`, which may be shared, and `class Config`."""
    for keyword in node.keywords:
        if keyword.keyword:
            yield keyword.keyword.value, keyword.value
    for assignment in syntax.assignments(node):
        if assignment.target == "model_config":
            yield from _entries(sources, file, assignment.value)
    for inner in syntax.classes(node):
        if inner.name.value == "Config":
            yield from ((each.target, each.value) for each in syntax.assignments(inner))


def _entries(sources: Sources, file: str, value: cst.BaseExpression) -> Iterator[Option]:
    if isinstance(value, cst.Call):
        for arg in value.args:
            yield (arg.keyword.value if arg.keyword else SPREAD), arg.value
    elif isinstance(value, cst.Dict):
        for element in value.elements:
            key = syntax.text(element.key) if isinstance(element, cst.DictElement) else SPREAD
            yield key or "", element.value
    else:
        shared = sources.assigned(sources.resolve(file, syntax.dotted(value)))
        if shared is not None and shared is not value:
            yield from _entries(sources, file, shared)


@dataclass(frozen=True)
class Field:
    """A field of a settings class, and the names of the variables that fill it, in lower case."""

    name: str
    variables: tuple[str, ...]
    required: bool
    kind: str
    """As it is annotated."""
    named: Named
    """The first of its variables as it is written, and its default where that is a text."""


@dataclass(frozen=True)
class Fields:
    """The fields of a settings class with those of its bases, and how it is configured."""

    fields: tuple[Field, ...]
    prefix: str
    delimiter: str | None
    nested: tuple[Field, ...] = ()
    """Of the models that its fields are: `SECURITY__JWT_SECRET` where there is a delimiter."""
    is_whole: bool = True
    """Whether each of its bases could be read."""

    def knows(self, variable: str) -> bool:
        """Whether the class takes a variable of its env file for one of its fields."""
        name = variable.lower()
        for field in self.fields:
            if name in field.variables:
                return True
            if self.delimiter and any(
                name.startswith(each + self.delimiter) for each in field.variables
            ):
                return True
        return False


def settings_fields(sources: Sources, settings: SettingsClass) -> Fields | None:
    """The fields of a class, None where a base of it cannot be read."""
    found = fields_of(sources, Symbol(settings.file, settings.name))
    return found if found.is_whole else None


def fields_of(sources: Sources, symbol: Symbol, within: str | None = None) -> Fields:
    """The fields of a class as far as they can be read; `within` stands before their names."""
    read = list(_chain(sources, symbol))
    chain = [each for each in reversed(read) if each is not None]
    code = Code(sources, tuple(dict.fromkeys(path for path, _ in chain)))
    options = {
        key: code.text(module_at(code, path), value) or ""
        for path, node in chain
        for key, value in class_options(sources, path, node)
    }
    prefix = options.get("env_prefix", "") if within is None else within
    delimiter = options.get("env_nested_delimiter") if within is None else None
    found = {each.name: each for _, node in chain for each in _own(code, node, prefix.lower())}
    nested = [
        field
        for path, node in chain
        for inner, before in (_models(sources, path, node) if delimiter else ())
        for field in fields_of(sources, inner, f"{prefix}{before}{delimiter}").fields
    ]
    is_whole = None not in read
    return Fields(tuple(found.values()), prefix.lower(), delimiter or None, tuple(nested), is_whole)


def _models(sources: Sources, path: str, node: cst.ClassDef) -> Iterator[tuple[Symbol, str]]:
    """The classes of the project that fields of a class are of, with the names of the fields."""
    for each in syntax.annotated(node):
        kind = syntax.dotted(syntax.required(each.annotation.annotation))
        symbol = sources.resolve(path, kind)
        if symbol and isinstance(sources.definition(symbol), cst.ClassDef):
            yield symbol, syntax.dotted(each.target) or ""


def _chain(
    sources: Sources, symbol: Symbol | None, hops: int = 6
) -> Iterator[tuple[str, cst.ClassDef] | None]:
    """A class and its bases in the project, the class first; None for what cannot be read."""
    node = sources.definition(symbol)
    if symbol is None or not symbol.path or not isinstance(node, cst.ClassDef) or not hops:
        yield None
        return
    yield symbol.path, node
    for base in syntax.bases(node):
        parent = sources.resolve(symbol.path, base)
        if parent is None or parent.path is not None:
            yield from _chain(sources, parent, hops - 1)


def _own(code: Code, node: cst.ClassDef, prefix: str) -> Iterator[Field]:
    for each in syntax.annotated(node):
        if isinstance(each.target, cst.Name):
            name = each.target.value
            is_constant = "ClassVar" in syntax.code(each.annotation.annotation)
            if name != "model_config" and not name.startswith("_") and not is_constant:
                yield _field(code, name, each, prefix)


def _field(code: Code, name: str, declared: cst.AnnAssign, prefix: str) -> Field:
    """`x: str = Field(...)`, and `x: Annotated[str, Field(...)]` where there is no value."""
    annotated = syntax.walk(declared.annotation.annotation)
    calls = (code.call_of(each) for each in (declared.value, *annotated))
    marks = [each for each in calls if each is not None and each.method in ("Field", "PrivateAttr")]
    aliases = [alias for each in marks for alias in _aliases(each)]
    value = declared.value
    is_required = not isinstance(value, cst.BaseExpression) or isinstance(value, cst.Ellipsis)
    if marks and (is_required or code.call_of(value) is marks[0]):
        is_required = _is_required(marks[0])
    names = (*aliases, f"{prefix}{name}")
    kind = syntax.code(declared.annotation.annotation)
    read = variable_read(value) if isinstance(value, cst.Call) and not marks else None
    default = marks[0].text("default", 0) if marks else syntax.text(value)
    named = read or Named(aliases[0] if aliases else names[-1].upper(), default)
    return Field(name, tuple(each.lower() for each in names), is_required, kind, named)


def variable_read(call: cst.Call) -> Named | None:
    """`os.getenv("KEY", "x")`, `config("KEY", default="x")`, `env.str("KEY")` and such."""
    key = syntax.text(syntax.argument(call, "key", 0))
    if not key or not VARIABLE.fullmatch(key):
        return None
    return Named(key, syntax.text(syntax.argument(call, "default", 1)))


def _aliases(mark: Call) -> Iterator[str]:
    """`alias="X"`, `validation_alias=AliasChoices("X", "Y")`, and `env=` of pydantic 1."""
    for keyword in ("validation_alias", "alias", "env"):
        for each in syntax.walk(mark.value(keyword) or cst.EmptyLine()):
            text = (
                mark.code.text(mark.scope, each) if isinstance(each, cst.BaseExpression) else None
            )
            if text:
                yield text


def _is_required(mark: Call) -> bool:
    default = mark.value("default", 0)
    factory = mark.argument("default_factory")
    return factory is None and (default is None or isinstance(default, cst.Ellipsis))
