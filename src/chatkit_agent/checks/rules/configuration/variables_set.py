"""The variables that the chat cannot do without are set where the application reads them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

import libcst as cst

from chatkit_agent.checks.check import PROJECT, Finding, check
from chatkit_agent.evidence.static import Evidence, Setting
from chatkit_agent.evidence.static.environment import is_loaded_at_start, set_aside
from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.anatomy import Anatomy
from chatkit_agent.project.source.code import Code
from chatkit_agent.project.source.loading import loaded_with
from chatkit_agent.project.source.scope import Scope
from chatkit_agent.project.source.settings_fields import settings_fields
from chatkit_agent.project.source.told_errors import kinds_caught
from chatkit_agent.project.source.variables import variable_behind, variable_of
from chatkit_agent.project.source.walking import within_node

# A delivered chat reads this one; others only where they are handed to whoever starts it.
TOOLS = "MCP_SERVER_URL"
NEARLY = 0.85
BESIDE = re.compile(r"(?:^|/)\.env:\d+$")


@check("CK705", needs=PROJECT, symptoms=("unavailable",))
def variables_set(evidence: Evidence) -> Iterator[Finding]:
    """Told apart: set nowhere, under another name, and in a file that is not read. What a chat
    reads by itself, with `os.environ["NAME"]` or with `os.getenv` and an exception, is told where
    the log shows it, and where an environment file that is read sets others of them.
    """
    is_told = bool(evidence.symptoms & {"unavailable", "silent", "does_not_start"})
    for name in evidence.required:
        if name in evidence.environ:
            continue
        lines = list(evidence.set_in_files(name))
        is_beside = any(BESIDE.search(each.where) for each in lines)
        if is_told and lines and not is_beside and not is_loaded_at_start(evidence.sources):
            yield _other_file(name, lines[0].where)
            continue
        if lines:
            if not any(each.value.strip() for each in lines):
                yield _empty(name, lines[0], is_told)
            continue
        near = _near(evidence, name)
        aside = set_aside(evidence.sources, evidence.project.env_files, name) if is_told else None
        if near:
            yield _other_name(name, near, is_told)
        elif aside:
            yield _other_file(name, aside)
        elif is_told:
            yield _nowhere(evidence, name)
    yield from _of_code(evidence)


def _of_code(evidence: Evidence) -> Iterator[Finding]:
    """What the code reads by itself, such as `os.environ["NAME"]`, is told where it shows: in the
    log, or in an environment file that is read and sets others of them.
    """
    app, code = evidence.project.app, evidence.chat.code
    found = {each.name: each for each in demanded(evidence.chat, app.file)} if app else {}
    logged = {name: line for name in found if (line := _log_line(evidence, name))}
    there = [each for each in evidence.settings if not each.is_example]
    place = next((each for each in there if code.sources.holding(each.name.encode())), None)
    is_read = bool(code.sources.holding(b"dotenv")) or is_loaded_at_start(code.sources)
    for name, each in found.items():
        is_missing = not _is_set(evidence, each)
        if name in evidence.required or not (is_missing or name in logged):
            continue
        if name in logged or (place and is_read and not name.startswith("OPENAI_")):
            yield _missing(evidence, each, logged.get(name))


def _is_set(evidence: Evidence, demanded: Demanded) -> bool:
    """In a file, in the environment, by the code, or by whatever starts the application."""
    name, sources = demanded.name, evidence.sources
    given = list(evidence.set_in_files(name))
    if any(each.value or demanded.takes_empty for each in given) or name in evidence.environ:
        return True
    quoted = f"[\"']{name}[\"']"
    by_code = rf"environ\[{quoted}\]\s*=[^=]|setdefault\(\s*{quoted}|{quoted}\s+(?:not\s+)?in\b"
    is_by_code = bool(sources.mentioning(by_code.encode(), name.encode()))
    return (
        is_by_code
        or bool(set_aside(evidence.sources, evidence.project.env_files, name))
        or evidence.is_deployed_with(name)
    )


def _log_line(evidence: Evidence, name: str) -> int | None:
    """The line of the log with the KeyError, or with words that say that it is missing."""
    log = evidence.log
    for each in log.raised if log else ():
        said = re.search(rf"\b{name}\b.{{0,40}}(?:not set|missing|required|unset)", each.text)
        if said or (each.name == "KeyError" and each.message.strip("'\"") == name):
            return each.line
    return None


def _missing(evidence: Evidence, demanded: Demanded, line: int | None) -> Finding:
    name, log = demanded.name, evidence.log
    near = _like(evidence, name)
    empty = next(evidence.set_in_files(name), None)
    files = {each.where.rpartition(":")[0] for each in evidence.settings if not each.is_example}
    if empty:
        unset = f"it is left empty at {empty.where}"
    elif near:
        unset = f"{near.where} sets `{near.name}`, which nothing reads"
    else:
        unset = f"it is not set in {' or '.join(sorted(files)) or 'any file'}"
    seen = f"; {log.where(line)} says so" if log and line else ""
    is_told = bool(evidence.symptoms & {"unavailable", "does_not_start", "server_error"})
    return Finding(
        what=f"`{name}` is not set, and the chat cannot do without it: `{demanded.raised}`.",
        where=demanded.where,
        evidence=f"It is read there, and {unset}{seen}.",
        fix=f"Rename `{near.name}` to `{name}`."
        if near
        else f"Set `{name}` where the application is started, or in its environment file.",
        severity="error" if line or near or is_told else "warning",
        cause=f"unset:{name}",
        explains=("unavailable", "does_not_start", "server_error"),
    )


def _like(evidence: Evidence, name: str) -> Setting | None:
    """A variable that ends with the same two words, and that nothing in the source names."""
    end = "_".join(name.split("_")[-2:])
    for each in evidence.settings:
        is_like = "_" in end and each.name.endswith(end) and not each.is_example
        is_named = evidence.sources.holding(each.name.encode())
        if is_like and not is_named and not _fills_a_field(evidence, each.name):
            return each
    return None


def _fills_a_field(evidence: Evidence, name: str) -> bool:
    classes = evidence.project.settings
    fields = (settings_fields(evidence.sources, each) for each in classes)
    return any(each is None or each.knows(name) for each in fields)


def _empty(name: str, line: Setting, is_told: bool) -> Finding:
    return Finding(
        what=f"The chat answers 503: `{name}` is there and has no value.",
        where=line.where,
        evidence="Nothing stands behind the `=`, and the chat takes that as not set.",
        fix=f"Give `{name}` its value there, or set it where the application is started.",
        severity="error" if is_told else "warning",
        cause=f"unset:{name}",
        explains=("unavailable", "silent"),
    )


def _near(evidence: Evidence, name: str) -> Setting | None:
    """A variable of the chat that ends like the one that is read, and that nothing reads."""
    last = name.split("CHATKIT_")[-1].split("CHAT_")[-1]
    for each in evidence.settings:
        is_chats = "CHAT" in each.name.upper() and each.name not in evidence.required
        if is_chats and not each.is_example and each.name.endswith(last) and last != name:
            return each
    return _misspelt(evidence, name)


def _misspelt(evidence: Evidence, name: str) -> Setting | None:
    """A variable that is written nearly alike, and that nothing reads."""
    for each in evidence.settings:
        is_near = SequenceMatcher(None, each.name, name).ratio() >= NEARLY
        if not is_near or each.is_example or each.name in evidence.required:
            continue
        if not evidence.sources.holding(each.name.encode()) and not _fills_a_field(
            evidence, each.name
        ):
            return each
    return None


def _other_name(name: str, near: Setting, is_told: bool) -> Finding:
    return Finding(
        what=f"The chat answers 503: it reads `{name}`, and what is set is `{near.name}`.",
        where=near.where,
        evidence=f"Nothing reads `{near.name}`, and `{name}` is set in no environment file.",
        fix=f"Rename it to `{name}`.",
        severity="error" if is_told else "warning",
        cause=f"unset:{name}",
    )


def _other_file(name: str, where: str) -> Finding:
    file = where.rpartition(":")[0]
    return Finding(
        what=f"The chat answers 503: `{name}` is set in `{file}`, which the application does not "
        "read.",
        where=where,
        evidence="What is read is the `.env` beside the application or above it, and this is "
        "another one.",
        fix="Move the line to the `.env` beside the application, or start it with that file "
        f"(`uvicorn --env-file {file}`).",
        cause=f"unset:{name}",
    )


def _nowhere(evidence: Evidence, name: str) -> Finding:
    files = [each.path for each in evidence.project.env_files if not each.is_example]
    looked = ", ".join(f"`{each}`" for each in files) or "no environment file"
    # The chat works without its tools, and health says so.
    lacks = "The assistant has no tools" if name == TOOLS else "The chat answers 503"
    return Finding(
        what=f"{lacks} as long as `{name}` is not set.",
        where=files[0] if files else ".env",
        evidence=f"It is set neither in {looked} nor where this runs.",
        fix=f"Set `{name}` where the application is started.",
        severity="warning" if name == TOOLS else "error",
        cause=f"unset:{name}",
        explains=() if name == TOOLS else ("unavailable", "silent"),
    )


OF_KEYS = {"BaseException", "Exception", "LookupError", "KeyError"}
LATER = (cst.Lambda, cst.IfExp, cst.BooleanOperation, cst.GeneratorExp, cst.CompFor)


@dataclass(frozen=True)
class Demanded:
    """A variable, where the code asks for it, and what it does where it is not set."""

    name: str
    where: str
    raised: str
    takes_empty: bool
    """Whether one that is set to nothing will do."""


def demanded(chat: Anatomy, main: str) -> Iterator[Demanded]:
    """In what is done in any case: when `main` is imported, and when the chat is asked."""
    code = chat.code
    loaded = loaded_with(code.sources, main)
    asked = {
        *chat.sign_ins,
        *chat.turning,
        *(each for each in code.functions if each.owner in _parts(chat)),
    }
    for scope in code.scopes:
        is_run = scope in asked if scope.function else scope.file in loaded
        lines = scope.node.body
        for line in (lines.body if isinstance(lines, cst.BaseSuite) else lines) if is_run else ():
            yield from _in_line(code, scope, line)


def _parts(chat: Anatomy) -> tuple[Scope, ...]:
    return (*chat.servers, *chat.stores)


def _in_line(code: Code, scope: Scope, line: cst.CSTNode) -> Iterator[Demanded]:
    if isinstance(line, cst.With) or (
        isinstance(line, cst.Try) and not any(_catches(code, scope, e) for e in line.handlers)
    ):
        for each in line.body.body:
            yield from _in_line(code, scope, each)
    elif isinstance(line, cst.SimpleStatementLine):
        for each in line.body:
            yield from _items_in(code, scope, each)
    elif isinstance(line, cst.If) and not syntax.is_main_guard(line):
        yield from _refusals(code, scope, line)


def _catches(code: Code, scope: Scope, handler: cst.ExceptHandler) -> bool:
    return not OF_KEYS.isdisjoint(kinds_caught(code, scope, handler.type))


def _items_in(code: Code, scope: Scope, node: cst.BaseSmallStatement) -> Iterator[Demanded]:
    """`os.environ["NAME"]`, where it is read."""
    if isinstance(node, cst.Del):
        return
    value = node.value if isinstance(node, cst.Assign | cst.AnnAssign) else node
    later = {
        inner
        for each in (within_node(value, *LATER) if value else ())
        for inner in within_node(each, cst.Subscript)
    }
    for each in within_node(value, cst.Subscript) if value else ():
        asked = variable_of(code, scope, each)
        if asked is not None and each not in later:
            raised = f"KeyError: '{asked.name}'"
            yield Demanded(asked.name, code.where(scope, each), raised, True)


def _refusals(code: Code, scope: Scope, block: cst.If) -> Iterator[Demanded]:
    """`if not NAME: raise ...`, where `NAME = os.getenv("NAME")`."""
    lines: Sequence[cst.CSTNode] = block.body.body
    raised = [
        one
        for line in lines
        if isinstance(line, cst.SimpleStatementLine)
        for one in line.body
        if isinstance(one, cst.Raise) and one.exc
    ]
    for one in raised[:1]:
        for value in _absent(block.test):
            name = _variable(code, scope, value)
            if name:
                said = syntax.code(one)[:80]
                yield Demanded(name, code.where(scope, one), said, False)


def _absent(test: cst.BaseExpression) -> Iterator[cst.BaseExpression]:
    """`a` and `b` of `not a or b is None` and `not (a and b)`: each alone makes it true."""
    if isinstance(test, cst.BooleanOperation) and isinstance(test.operator, cst.Or):
        yield from _absent(test.left)
        yield from _absent(test.right)
    elif isinstance(test, cst.UnaryOperation) and isinstance(test.operator, cst.Not):
        yield from _all_of(test.expression)
    elif isinstance(test, cst.Comparison) and len(test.comparisons) == 1:
        target = test.comparisons[0]
        if isinstance(target.operator, cst.Is) and syntax.dotted(target.comparator) == "None":
            yield test.left


def _all_of(value: cst.BaseExpression) -> Iterator[cst.BaseExpression]:
    if not isinstance(value, cst.BooleanOperation):
        yield value
    elif isinstance(value.operator, cst.And):
        yield from _all_of(value.left)
        yield from _all_of(value.right)


def _variable(code: Code, scope: Scope, value: cst.BaseExpression) -> str | None:
    """The variable that is read there, or where the name was assigned, without a default."""
    asked = variable_behind(code, scope, value)
    if asked is None or asked.is_demanded:
        return None
    default = code.value(asked.scope, asked.default)
    is_bare = default is None or syntax.text(default) == "" or syntax.dotted(default) == "None"
    return asked.name if is_bare else None
