"""Declared requirements: what a dependency file asks for, as PEP 508 says it, in any manner."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import libcst as cst
from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from chatkit_agent.project.facts import Declared
from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.folders import within
from chatkit_agent.project.source.sources import Sources

LONGEST = 2_000
"""Characters of one requirement."""
NAME = re.compile(r"\s*([A-Za-z0-9][A-Za-z0-9._-]*)")
CLAUSE = re.compile(r"(?P<operator>\^|~(?!=))\s*(?P<version>\d+(?:\.\d+)*)(?P<rest>\S*)")
OPTIONS_AT_END = re.compile(r"\s+(?:#|--hash\b|--config-settings\b|\\$).*")
ELSEWHERE = frozenset(("git", "path", "url", "file", "workspace"))
INDEX = ("source", "index")
"""Where a table names another index than the public one, which is not asked for that package."""
CONDA = re.compile(r"(?P<name>[\w.-]+)\s*(?P<version>[=<>!~][^\s#]*)?")


def from_lines(lines: Iterable[str], file: str) -> Iterator[Declared]:
    """Lines as pip takes them; options and comments are none."""
    for line in lines:
        text = OPTIONS_AT_END.sub("", line.strip())
        if text and not text.startswith(("-", "#")) and (found := NAME.match(text)):
            yield Declared(canonicalize_name(found[1]), _readable(text), file)


def from_tables(tables: Mapping[str, Any], file: str) -> Iterator[Declared]:
    """A table of Poetry or Pipenv: names with a version, or a table that holds one."""
    for name, value in tables.items():
        for each in value if isinstance(value, list) else [value]:
            text = _readable(_as_line(name, each))
            table = each if isinstance(each, Mapping) else {}
            is_optional = bool(table.get("optional"))
            if name.lower() != "python":
                yield Declared(
                    canonicalize_name(name), text, file, is_optional, _of_another_index(table)
                )


def from_sources(declared: Iterable[Declared], sources: Mapping[str, Any]) -> Iterator[Declared]:
    """What `tool.uv.sources` says of requirements that are declared without it."""
    tables = {
        canonicalize_name(name): each
        for name, value in sources.items()
        for each in (value if isinstance(value, list) else [value])
        if isinstance(each, Mapping)
    }
    for each in declared:
        source = tables.get(canonicalize_name(each.name), {})
        if not ELSEWHERE.isdisjoint(source):
            yield replace(each, text=None)
        else:
            is_theirs = each.of_another_index or _of_another_index(source)
            yield replace(each, of_another_index=is_theirs)


def _of_another_index(table: Mapping[str, Any]) -> bool:
    named = (str(table[key]).lower() for key in INDEX if key in table)
    return any(name != "pypi" for name in named)


def from_conda(lines: Iterable[str], file: str) -> Iterator[Declared]:
    """What conda installs itself, such as `pydantic=1.10`, where one `=` means that beginning."""
    for line in lines:
        if found := CONDA.fullmatch(line.partition("::")[2] or line):
            version = re.sub(r"^=(?!=)([\d.]+)(?:=.*)?$", r"==\1.*", found["version"] or "")
            text = _readable(f"{found['name']}{version}")
            yield Declared(canonicalize_name(found["name"]), text, file, limits_only=True)


def pep440(version: str) -> str:
    """Poetry's `^1.2`, `~1.2`, `1.2` and `*` as PEP 440 says them."""
    joined = re.sub(r"([\^~<>=!])\s+", r"\1", version.strip())
    clauses = [each.strip() for each in re.split(r"[,\s](?=\s*[\^~<>=!\d])", joined)]
    return ",".join(_clause(each) for each in clauses if each and each != "*")


def _clause(clause: str) -> str:
    found = CLAUSE.fullmatch(clause)
    if not found:
        clause = clause if clause[:1] in "<>=!~" else f"=={clause}"
        return clause if clause[:2] in ("==", "!=") else clause.removesuffix(".*")
    parts = [int(part) for part in found["version"].split(".")]
    if found["operator"] == "^":
        kept = next((at for at, part in enumerate(parts) if part), len(parts) - 1)
    else:
        kept = min(1, len(parts) - 1)
    upper = ".".join(map(str, [*parts[:kept], parts[kept] + 1]))
    return f">={found['version']}{found['rest'].removesuffix('.*')},<{upper}"


def _as_line(name: str, value: object) -> str:
    if isinstance(value, str):
        return f"{name}{pep440(value)}"
    if not isinstance(value, Mapping) or not ELSEWHERE.isdisjoint(value):
        return f"{name} @ elsewhere"
    listed = value.get("extras")
    extras = f"[{','.join(map(str, listed))}]" if listed and isinstance(listed, list) else ""
    markers = [f"({value['markers']})"] if value.get("markers") else []
    if python := value.get("python"):
        markers += [
            f"python_version {each[:2].rstrip('0123456789')} '{each.lstrip('<>=!~ ')}'"
            for each in pep440(str(python)).split(",")
        ]
    marker = f" ; {' and '.join(markers)}" if markers else ""
    return f"{name}{extras}{pep440(str(value.get('version', '*')))}{marker}"


def _readable(text: str) -> str | None:
    """The requirement, None where it is no release of an index, or cannot be understood."""
    if len(text) > LONGEST:
        return None
    try:
        requirement = Requirement(text)
    except (InvalidRequirement, RecursionError):
        return None
    return None if requirement.url else text


CONSTRAINED = re.compile(r"^\s*(?:-c|--constraint)[\s=]+(\S+)", re.MULTILINE)
INCLUDED = re.compile(r"^\s*(?:-r|--requirement)[\s=]+(\S+)", re.MULTILINE)


def requirements_in(sources: Sources, path: str) -> Iterator[Declared]:
    """What a requirements file asks for, with the files that it includes."""
    queue = [path]
    for each in queue:
        yield from requirement_lines(sources, each)
        for limits in _files_named(sources, each, CONSTRAINED):
            yield from (replace(r, limits_only=True) for r in requirement_lines(sources, limits))
        queue += [name for name in _files_named(sources, each, INCLUDED) if name not in queue]


def requirement_lines(sources: Sources, path: str) -> Iterator[Declared]:
    return from_lines(sources.text(path).splitlines(), path)


def _files_named(sources: Sources, path: str, option: re.Pattern[str]) -> Iterator[str]:
    folder = path.rpartition("/")[0]
    for name in option.findall(sources.text(path)):
        named = posixpath.normpath(within(folder, name))
        if sources.has(named, path):
            yield named


def setup_call(module: cst.Module) -> cst.Call | None:
    calls = (node for node in syntax.walk(module) if isinstance(node, cst.Call))
    named = (call for call in calls if syntax.dotted(call.func) in ("setup", "setuptools.setup"))
    return next(named, None)


def literal_requirements(module: cst.Module) -> cst.List | cst.Tuple | None:
    """The list in `install_requires`, or in the one assignment of the name that stands there."""
    call = setup_call(module)
    listed = syntax.argument(call, "install_requires") if call else None
    if isinstance(listed, cst.Name):
        values = [
            node.value
            for node in syntax.walk(module)
            if isinstance(node, cst.Assign | cst.AnnAssign) and _assigns(node, listed.value)
        ]
        listed = values[0] if len(values) == 1 else None
    if not isinstance(listed, cst.List | cst.Tuple):
        return None
    is_plain = all(isinstance(each.value, cst.SimpleString) for each in listed.elements)
    return listed if is_plain else None


def _assigns(node: cst.Assign | cst.AnnAssign, name: str) -> bool:
    targets = [node.target] if isinstance(node, cst.AnnAssign) else [t.target for t in node.targets]
    return any(isinstance(target, cst.Name) and target.value == name for target in targets)
