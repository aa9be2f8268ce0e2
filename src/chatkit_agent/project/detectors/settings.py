"""Settings: the pydantic settings classes of a project, and what they do with unknown variables."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Literal

import libcst as cst

from chatkit_agent.project.facts import App, SettingsClass
from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.folders import is_side_file
from chatkit_agent.project.source.settings_fields import SPREAD, class_options
from chatkit_agent.project.source.sources import Sources, Symbol
from chatkit_agent.project.source.walking import last_name

Style = Literal["pydantic-settings", "pydantic1"]

STYLES: dict[str, Style] = {
    "pydantic_settings.BaseSettings": "pydantic-settings",
    "pydantic_settings.main.BaseSettings": "pydantic-settings",
    "pydantic.BaseSettings": "pydantic1",
    "pydantic.env_settings.BaseSettings": "pydantic1",
    "pydantic.v1.BaseSettings": "pydantic1",
}
COMPUTED = "computed"
"""Stands for a value of `extra` that only running the code would tell."""


@dataclass
class Search:
    """One pass over a project; None stands for a class that is none of pydantic's settings."""

    sources: Sources
    known: dict[Symbol, SettingsClass | None] = field(default_factory=dict)

    def of(self, symbol: Symbol) -> SettingsClass | None:
        if symbol not in self.known:
            self.known[symbol] = None
            node = self.sources.definition(symbol)
            if symbol.path and isinstance(node, cst.ClassDef):
                self.known[symbol] = self._settings_class(symbol.path, node)
        return self.known[symbol]

    def _settings_class(self, file: str, node: cst.ClassDef) -> SettingsClass | None:
        parents = list(self._parents(file, node))
        if not parents:
            return None
        found = class_options(self.sources, file, node)
        # What is put in from elsewhere may say it as well; the last one counts.
        options = {"extra" if name == SPREAD else name: value for name, value in found}
        extra = _extra(options.get("extra"))
        own = tuple(_env_files(options.get("env_file")))
        above = next((parent for parent in parents if parent.reads_env_file), None)
        inherited = next((parent.extra for parent in parents if parent.extra), None)
        env_files = own or (above.env_files if above else ())
        return SettingsClass(
            name=node.name.value,
            file=file,
            style=parents[0].style,
            extra=extra or inherited,
            env_files=env_files,
            reads_env_file=bool(env_files),
            inherited=above is not None and extra is None,
        )

    def _parents(self, file: str, node: cst.ClassDef) -> Iterator[SettingsClass]:
        for base in syntax.bases(node):
            symbol = self.sources.resolve(file, base)
            if symbol and symbol.package_name in STYLES:
                yield SettingsClass(base, "", STYLES[symbol.name], None, (), False)
            elif symbol and (parent := self.of(symbol)) is not None:
                yield parent


def find_settings(sources: Sources, app: App | None) -> tuple[SettingsClass, ...]:
    """Every settings class that the application can import, in the order of files."""
    root = f"{app.directory}/" if app and app.directory else ""
    search = Search(sources)
    words, seen = {b"BaseSettings"}, set[str]()
    while files := [file for file in _deriving(sources, words) if file not in seen]:
        seen.update(files)
        for file in files:
            for node in syntax.classes(sources.module(file, b"class", bodies=False)):
                search.of(Symbol(file, node.name.value))
        words = {each.name.encode() for each in search.known.values() if each}
    given = _given_at_calls(sources)
    found = {symbol: each for symbol, each in search.known.items() if each}
    return tuple(
        _with_files(each, given.get(symbol, ()))
        for symbol, each in sorted(found.items(), key=lambda item: (item[1].file, item[1].name))
        if each.file.startswith(root) and not is_side_file(each.file)
    )


def _deriving(sources: Sources, words: set[bytes]) -> tuple[str, ...]:
    if not words:
        return ()
    pattern = rb"\bclass\s+\w+\([^)]*\b(?:%s)\b" % b"|".join(sorted(words))
    return sources.mentioning(pattern, *words)


def _with_files(settings: SettingsClass, files: tuple[str, ...]) -> SettingsClass:
    if not files:
        return settings
    return replace(settings, env_files=(*settings.env_files, *files), reads_env_file=True)


def _given_at_calls(sources: Sources) -> dict[Symbol, tuple[str, ...]]:
    """`Settings(_env_file=".env")`"""
    given: dict[Symbol, tuple[str, ...]] = {}
    for file in sources.mentioning(rb"\b_env_file\s*=", b"_env_file", aside=False):
        for node in syntax.walk(sources.module(file, b"_env_file")):
            if not isinstance(node, cst.Call):
                continue
            symbol = sources.resolve(file, syntax.dotted(node.func))
            if symbol and (named := tuple(_env_files(syntax.argument(node, "_env_file")))):
                given[symbol] = named
    return given


def _extra(value: cst.BaseExpression | None) -> str | None:
    """`"ignore"`, `Extra.ignore` or something computed."""
    if value is None:
        return None
    said = syntax.text(value) or last_name(value).lower()
    return said if said in ("ignore", "allow", "forbid") else COMPUTED


def _env_files(value: cst.BaseExpression | None) -> Iterator[str]:
    if value is None or syntax.dotted(value) == "None":
        return
    if isinstance(value, cst.Tuple | cst.List):
        for element in value.elements:
            yield from _env_files(element.value)
    else:
        yield syntax.text(value) or syntax.code(value)
