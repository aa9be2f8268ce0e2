"""Class options: what a class of pydantic says about itself, in any of its four ways."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.sources import Sources

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
