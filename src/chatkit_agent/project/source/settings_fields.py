"""Settings fields: which variables a settings class reads, and which of them it requires."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import libcst as cst

from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.sources import Sources, Symbol


@dataclass(frozen=True)
class Field:
    """A field of a settings class, and the names of the variables that fill it, in lower case."""

    name: str
    variables: tuple[str, ...]
    required: bool


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


def settings_fields(sources: Sources, file: str, name: str) -> Fields | None:
    """The fields of a class, None where a base of it cannot be read."""
    chain = _chain(sources, Symbol(file, name))
    if chain is None:
        return None
    options = {
        key: (path, value) for path, node in reversed(chain) for key, value in _options(node)
    }
    prefix = _text(sources, *options.get("env_prefix", (file, None))).lower()
    found: dict[str, Field] = {}
    for _, node in reversed(chain):
        for field in _own(node, prefix):
            found[field.name] = field
    delimiter = _text(sources, *options.get("env_nested_delimiter", (file, None)))
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


def _own(node: cst.ClassDef, prefix: str) -> Iterator[Field]:
    for each in syntax.statements(node):
        if isinstance(each, cst.AnnAssign) and isinstance(each.target, cst.Name):
            name = each.target.value
            is_constant = "ClassVar" in syntax.code(each.annotation.annotation)
            if name != "model_config" and not name.startswith("_") and not is_constant:
                yield _field(name, each, prefix)


def _field(name: str, declared: cst.AnnAssign, prefix: str) -> Field:
    """`x: str = Field(...)`, and `x: Annotated[str, Field(...)]` where there is no value."""
    marks = list(_marks(declared.annotation.annotation))
    value = declared.value
    if value is None and marks:
        value = marks[0]
    given = [each for each in (value, *marks) if isinstance(each, cst.Call)]
    aliases = [alias for each in given for alias in _aliases(each)]
    names = (*aliases, f"{prefix}{name}")
    return Field(name, tuple(each.lower() for each in names), _is_required(value))


def _marks(annotation: cst.BaseExpression) -> Iterator[cst.Call]:
    if isinstance(annotation, cst.Subscript) and (syntax.dotted(annotation.value) or "").endswith(
        "Annotated"
    ):
        for each in syntax.subscripts(annotation):
            if isinstance(each, cst.Call) and (syntax.dotted(each.func) or "").endswith("Field"):
                yield each


def _aliases(call: cst.Call) -> Iterator[str]:
    """`alias="X"`, `validation_alias=AliasChoices("X", "Y")`, and `env=` of pydantic 1."""
    for keyword in ("alias", "validation_alias", "env"):
        given = syntax.argument(call, keyword)
        if given is not None:
            yield from filter(None, (syntax.text(node) for node in syntax.walk(given)))


def _is_required(value: cst.BaseExpression | None) -> bool:
    if value is None or isinstance(value, cst.Ellipsis):
        return True
    if (
        not isinstance(value, cst.Call)
        or (syntax.dotted(value.func) or "").split(".")[-1] != "Field"
    ):
        return False
    default = syntax.argument(value, "default", 0)
    factory = syntax.argument(value, "default_factory")
    return factory is None and (default is None or isinstance(default, cst.Ellipsis))


def _options(node: cst.ClassDef) -> Iterator[tuple[str, cst.BaseExpression]]:
    for keyword in node.keywords:
        if keyword.keyword:
            yield keyword.keyword.value, keyword.value
    for each in syntax.assignments(node):
        if each.target != "model_config":
            continue
        if isinstance(each.value, cst.Call):
            for arg in each.value.args:
                if arg.keyword:
                    yield arg.keyword.value, arg.value
        elif isinstance(each.value, cst.Dict):
            for element in each.value.elements:
                if isinstance(element, cst.DictElement):
                    yield syntax.text(element.key) or "", element.value
    for inner in syntax.classes(node):
        if inner.name.value == "Config":
            yield from ((each.target, each.value) for each in syntax.assignments(inner))


def _text(sources: Sources, file: str, value: cst.BaseExpression | None) -> str:
    """A literal, or a name that stands for one."""
    held = sources.definition(sources.resolve(file, syntax.dotted(value))) if value else None
    literal = held.value if isinstance(held, syntax.Assignment) else value
    return syntax.text(literal) or ""
