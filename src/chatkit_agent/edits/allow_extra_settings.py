"""Let a settings class that reads the env file ignore the chat's variables in it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce

import libcst as cst
from libcst.metadata import CodePosition, CodeRange, MetadataWrapper, PositionProvider

from chatkit_agent.errors import CannotEdit, CannotRead
from chatkit_agent.options.options import Options
from chatkit_agent.project.facts import SettingsClass
from chatkit_agent.project.read import Project
from chatkit_agent.project.source import syntax
from chatkit_agent.project.text.lines import Text
from chatkit_agent.project.tree import Tree

KEYWORD = 'extra="ignore"'
ENTRY = '"extra": "ignore"'
Items = Sequence[cst.Arg] | Sequence[cst.BaseDictElement]


def allow_extra_settings(project: Project, options: Options, tree: Tree) -> Tree:
    if options.is_sidecar:
        return tree
    strict = [each for each in project.settings_of(options.app) if each.forbids_extra]
    return reduce(_allow_in, strict, tree)


def _allow_in(tree: Tree, settings: SettingsClass) -> Tree:
    content = tree.read(settings.file)
    try:
        edit = _Edit(content, settings)
        changed = edit.text if edit.is_done else edit.allow()
        syntax.parse(changed.content)
    except CannotRead as error:
        raise edit_refused(settings, str(error)) from error
    return tree.write(settings.file, changed.content)


def edit_refused(settings: SettingsClass, reason: str) -> CannotEdit:
    return CannotEdit(
        f"`{settings.file}`, class `{settings.name}`: {reason}",
        f"# in class {settings.name}\nmodel_config = SettingsConfigDict(..., {KEYWORD})",
    )


class _Edit:
    """One class in one file, with the places of its parts."""

    def __init__(self, content: bytes, settings: SettingsClass) -> None:
        self.settings = settings
        module = syntax.parse(content)
        self.module = module
        self.text = Text.of(content, module.encoding)
        self.node = self._class()
        wrapper = MetadataWrapper(module, unsafe_skip_copy=True)
        self.positions = dict(wrapper.resolve(PositionProvider))

    def _class(self) -> cst.ClassDef:
        for node in syntax.classes(self.module):
            if node.name.value == self.settings.name:
                return node
        raise edit_refused(self.settings, "the class is not at the top level of the module.")

    @property
    def is_done(self) -> bool:
        """An earlier run may have said so already."""
        said = syntax.code(self.node.with_changes(leading_lines=()))
        return "extra" in said and ("ignore" in said or "allow" in said)

    def allow(self) -> Text:
        config = [each for each in syntax.assignments(self.node) if each.target == "model_config"]
        inner = [each for each in syntax.classes(self.node) if each.name.value == "Config"]
        if config:
            return self._in_value(config[-1].value)
        if inner:
            return self._in_block(inner[-1], KEYWORD.replace("=", " = "))
        if self.node.keywords:
            return self._in_items(self.node.keywords, KEYWORD)
        return self._on_top(f"model_config = {{{ENTRY}}}")

    def _in_value(self, value: cst.BaseExpression) -> Text:
        if isinstance(value, cst.Call):
            return self._in_items(value.args, KEYWORD, value)
        if isinstance(value, cst.Dict):
            return self._in_items(value.elements, ENTRY, value)
        raise edit_refused(self.settings, f"`model_config` is `{syntax.code(value)}`.")

    def _in_items(self, items: Items, new: str, empty: cst.CSTNode | None = None) -> Text:
        for item in items:
            if _is_forbid(item):
                place = self._range(item.value)
                return self.text.replace(place.start, place.end, '"ignore"')
        if not items and empty is not None:
            end = self._range(empty).end
            return self.text.insert_at(CodePosition(end.line, end.column - 1), new)
        place = self._range(items[-1])
        line = self.text.lines[place.start.line - 1]
        indent = line[: place.start.column]
        has_comma = isinstance(items[-1].comma, cst.Comma)
        if indent.strip():
            return self.text.insert_at(place.end, f", {new}")
        if has_comma:
            return self.text.insert_after(place.end.line, [f"{indent}{new},"])
        return self.text.insert_at(place.end, f",{self.text.newline}{indent}{new}")

    def _in_block(self, inner: cst.ClassDef, new: str) -> Text:
        body = inner.body
        if not isinstance(body, cst.IndentedBlock):
            raise edit_refused(self.settings, "`class Config` is written on one line.")
        for each in syntax.assignments(inner):
            if each.target == "extra":
                place = self._range(each.value)
                return self.text.replace(place.start, place.end, '"ignore"')
        return self._after(body.body[-1], new)

    def _on_top(self, new: str) -> Text:
        body = self.node.body
        if not isinstance(body, cst.IndentedBlock):
            raise edit_refused(self.settings, "the class is written on one line.")
        first = body.body[0]
        if self.node.get_docstring() is not None:
            return self._after(first, new)
        start = self._range(first).start
        indent = self.text.lines[start.line - 1][: start.column]
        return self.text.insert_after(start.line - 1, [indent + new])

    def _after(self, statement: cst.CSTNode, new: str) -> Text:
        place = self._range(statement)
        indent = self.text.lines[place.start.line - 1][: place.start.column]
        return self.text.insert_after(place.end.line, [indent + new])

    def _range(self, node: cst.CSTNode) -> CodeRange:
        return self.positions[node]


def _is_forbid(item: cst.Arg | cst.BaseDictElement) -> bool:
    if isinstance(item, cst.Arg):
        name = item.keyword.value if item.keyword else None
    else:
        name = syntax.text(item.key) if isinstance(item, cst.DictElement) else None
    return name == "extra"
