"""Excerpts: the part of a file that matters for a task, as it is here or as it will be."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from string import Template

from chatkit_agent.edits.write_guide import RECIPES
from chatkit_agent.guide.playbook import Code, Playbook, Recipe, Sample
from chatkit_agent.plan.plan import Plan

LANGUAGES = {".py": "python", ".sql": "sql", ".md": "markdown", ".toml": "toml", ".example": "sh"}
MOST_LINES = 40
BLOCK = re.compile(r"^```diff (\S+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Excerpt:
    """A piece of code, where it stands and why it matters; `line` where the file is here."""

    path: str
    line: int | None
    language: str
    text: str
    why: str


def excerpts(plan: Plan, playbook: Playbook, filled: Callable[[str], str]) -> Iterator[Excerpt]:
    for each in playbook.code:
        if isinstance(each, Code):
            yield from _of_code(each, plan)
        elif isinstance(each, Recipe):
            yield from _of_recipe(each, plan)
        else:
            yield _of_sample(each, filled)


def delivered_text(plan: Plan, path: str) -> tuple[str, bool] | None:
    """The text of a file of the chat, by its path from the chat's home, and whether it is here."""
    whole, tree = f"{home_of(plan)}{path}", plan.project.tree
    planned = next((each.after for each in plan.changes if each.path == whole), None)
    is_here = plan.project.chat.applied and tree.exists(whole)
    if planned is None and not is_here:
        return None
    content = tree.read(whole) if planned is None else planned
    return content.decode(errors="replace"), is_here


def home_of(plan: Plan) -> str:
    return "" if plan.options.home == "." else f"{plan.options.home}/"


def language_of(path: str) -> str:
    return LANGUAGES.get(PurePosixPath(path).suffix, "")


def _of_code(code: Code, plan: Plan) -> Iterator[Excerpt]:
    text, is_here = delivered_text(plan, code.path) or ("", False)
    find = _statement if code.path.endswith(".sql") else _definition
    found = find(text, code.symbol)
    if found is None:
        return
    line, part = found
    path = f"{home_of(plan)}{code.path}"
    yield Excerpt(path, line if is_here else None, language_of(path), _short(part), code.why)


def _definition(text: str, symbol: str) -> tuple[int, str] | None:
    """A class, function, method or assignment of a module."""
    node: ast.AST = module_in(text)
    for name in symbol.split("."):
        inner = (each for each in ast.iter_child_nodes(node) if name in _names(each))
        found = next(inner, None)
        if found is None:
            return None
        node = found
    assert isinstance(node, ast.stmt)
    first = min([node.lineno, *(each.lineno for each in getattr(node, "decorator_list", ()))])
    lines = text.splitlines()[first - 1 : node.end_lineno]
    indent = len(lines[0]) - len(lines[0].lstrip())
    return first, "\n".join(line[indent:] for line in lines)


def module_in(text: str) -> ast.Module:
    """Without anything in it where it is no Python, as while somebody edits it."""
    try:
        return ast.parse(text)
    except (SyntaxError, ValueError):
        return ast.Module([], [])


def _names(node: ast.AST) -> set[str]:
    if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
        return {node.name}
    targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
    return {each.id for each in targets if isinstance(each, ast.Name)}


def _statement(text: str, name: str) -> tuple[int, str] | None:
    lines = text.splitlines()
    if f"-- name: {name}" not in lines:
        return None
    first = lines.index(f"-- name: {name}")
    part = "\n".join(lines[first:]).partition("\n\n")[0]
    return first + 1, part


def _short(text: str) -> str:
    lines = text.splitlines()
    return text if len(lines) <= MOST_LINES else "\n".join([*lines[:MOST_LINES], "..."])


def _of_recipe(recipe: Recipe, plan: Plan) -> Iterator[Excerpt]:
    text = RECIPES.read_text(encoding="utf-8").partition(f"### {recipe.title}\n")[2]
    options = plan.options
    part = Template(text.partition("\n### ")[0]).safe_substitute(
        home=home_of(plan), prefix=options.env_prefix, path=options.path
    )
    for path, diff in BLOCK.findall(part):
        yield Excerpt(path, None, "diff", diff.rstrip("\n"), f"recipe: {recipe.title}")


def _of_sample(sample: Sample, filled: Callable[[str], str]) -> Excerpt:
    return Excerpt(filled(sample.path), None, sample.language, filled(sample.text), sample.why)
