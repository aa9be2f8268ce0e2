"""Settings fields: how a settings class is configured, and which variables it reads."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import libcst as cst

from chatkit_agent.project.facts import SettingsClass
from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.scopes import Call, Code
from chatkit_agent.project.source.sources import Sources, Symbol
from chatkit_agent.project.source.values import module_at

Option = tuple[str, cst.BaseExpression]
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


@dataclass(frozen=True)
class Fields:
    """The fields of a settings class with those of its bases, and how it is configured."""

    fields: tuple[Field, ...]
    prefix: str
    delimiter: str | None

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
    file = settings.file
    chain = _chain(sources, Symbol(file, settings.name))
    if chain is None:
        return None
    code = Code(sources, tuple(dict.fromkeys(path for path, _ in chain)))
    options = {
        key: (path, value)
        for path, node in reversed(chain)
        for key, value in class_options(sources, path, node)
    }
    prefix = _text(code, *options.get("env_prefix", (file, None))).lower()
    found: dict[str, Field] = {}
    for _, node in reversed(chain):
        for field in _own(code, node, prefix):
            found[field.name] = field
    delimiter = _text(code, *options.get("env_nested_delimiter", (file, None)))
    return Fields(tuple(found.values()), prefix, delimiter or None)


def _chain(
    sources: Sources, symbol: Symbol, hops: int = 6
) -> list[tuple[str, cst.ClassDef]] | None:
    """A class and its bases in the project, the class first."""
    node = sources.definition(symbol)
    if symbol.path is None or not isinstance(node, cst.ClassDef) or not hops:
        return None
    chain = [(symbol.path, node)]
    for base in syntax.bases(node):
        parent = sources.resolve(symbol.path, base)
        if parent is None:
            return None
        if parent.path is None:
            continue
        above = _chain(sources, parent, hops - 1)
        if above is None:
            return None
        chain += above
    return chain


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
    return Field(name, tuple(each.lower() for each in names), is_required, kind)


def _aliases(mark: Call) -> Iterator[str]:
    """`alias="X"`, `validation_alias=AliasChoices("X", "Y")`, and `env=` of pydantic 1."""
    for keyword in ("alias", "validation_alias", "env"):
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


def _text(code: Code, file: str, value: cst.BaseExpression | None) -> str:
    """A literal, or what stands for one."""
    return code.text(module_at(code, file), value) or ""
