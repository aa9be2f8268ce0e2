"""Chunks: the statements at the top of Python source, told apart before any of them is parsed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

import libcst as cst
from libcst.metadata import CodeRange, MetadataWrapper, PositionProvider

from chatkit_agent.errors import CannotRead
from chatkit_agent.project.source.nesting import DEEPEST, QUOTED, depth_of

# Each way begins with a character, so that what begins with no such is passed over quickly.
HIDDEN = re.compile(rb"#[^\n]*|" + QUOTED + rb"|\"|'", re.DOTALL)
STARTS = re.compile(
    rb"^(?!(?:else|elif|except|finally)\b)(?:(?P<decorator>@)|[^\s#)\]}])", re.MULTILINE
)
CLAUSES = re.compile(HIDDEN.pattern + rb"|:|\(|\)|\[|\]|\{|\}", re.DOTALL)
DEFINED = re.compile(rb"(?:async[ \t]+)?(?:def|class)[ \t]+([A-Za-z_][A-Za-z_0-9]*)[ \t]*[(:\[]")
# Where only the whole file tells its encoding, its line ends or its pages.
ENCODED = re.compile(rb"\xef\xbb\xbf|(?:[^\n]*\n)?[^\n]*coding[:=](?![ \t]*utf-8\b)")
UNUSUAL = (b"\0", b"\r", b"\f")


@dataclass(frozen=True, eq=False)
class Chunk:
    """One statement and what stands above it; `name` is that of the function or class it is."""

    source: bytes
    name: str | None = None
    head: int = 0
    """Where its `def` or `class` stands."""

    @property
    def is_class(self) -> bool:
        return self.name is not None and self.source.startswith(b"class", self.head)

    @cached_property
    def module(self) -> cst.Module:
        """What it is alone.

        Raises:
            CannotRead: it is not Python, is in an encoding that is not what it says, or goes too
                deep.
        """
        return _module_in(self.source)

    @cached_property
    def signature(self) -> cst.Module:
        """A function without its body; anything else whole, and raises as `module` does."""
        head = None if self.is_class or not self.name else _head(self.source, self.head)
        return _module_in(head) if head else self.module


@lru_cache(maxsize=1 << 13)
def chunks_of(content: bytes) -> tuple[Chunk, ...]:
    """The chunks of a file in order; it is one where they cannot be told apart for certain."""
    found, begin = [], 0
    is_unusual = ENCODED.match(content) or any(each in content for each in UNUSUAL)
    starts = [] if is_unusual else _starts(content)
    ends = [*(start for start, _ in starts[1:]), len(content)]
    for (_, head), end in zip(starts, ends, strict=bool(starts)):
        defined = DEFINED.match(content, head)
        name = defined[1].decode() if defined else None
        found.append(Chunk(content[begin:end], name, head - begin))
        begin = end
    return tuple(found) or (Chunk(content),)


def parse_chunks(content: bytes, known: Iterable[Chunk] = ()) -> tuple[Sequence[Chunk], cst.Module]:
    """The module in `content`, and the chunks that it is made of; it has their nodes.

    Of the chunks that are `known` already, no other is made.

    Raises:
        CannotRead: it is not Python, is in an encoding that is not what it says, or goes too deep.
    """
    kept = {each.source: each for each in known}
    chunks = [kept.pop(each.source, each) for each in chunks_of(content)]
    try:
        module = _module_of(chunks)
    except CannotRead:
        module = None
    return (chunks, module) if module else ((whole := Chunk(content),), whole.module)


def range_in(chunks: Sequence[Chunk], node: cst.CSTNode) -> CodeRange:
    """Where a node of one of these chunks stands in their file."""
    own = [chunk for chunk in chunks if node in chunk.module.body]
    line = 0
    for chunk in chunks:
        positions = _positions(chunk) if not own or chunk in own else {}
        if found := positions.get(node):
            start, end = found.start, found.end
            return CodeRange((start.line + line, start.column), (end.line + line, end.column))
        line += chunk.source.count(b"\n")
    raise KeyError(node)


def _positions(chunk: Chunk) -> Mapping[cst.CSTNode, CodeRange]:
    wrapper = MetadataWrapper(chunk.module, unsafe_skip_copy=True)
    return wrapper.resolve(PositionProvider)


def _module_of(chunks: Sequence[Chunk]) -> cst.Module | None:
    """None where it would not be the module of their source."""
    modules = [each.module for each in chunks]
    if len(modules) == 1:
        return modules[0]
    indents = {each.default_indent for each in modules if _is_block(each)}
    if len(indents) > 1 or any(each.footer for each in modules[:-1]):
        return None
    return modules[-1].with_changes(
        body=[node for each in modules for node in each.body],
        default_indent=next(iter(indents), modules[0].default_indent),
    )


def _is_block(module: cst.Module) -> bool:
    return any(isinstance(each, cst.BaseCompoundStatement) for each in module.body)


def _module_in(content: bytes) -> cst.Module:
    if b"\0" in content:
        raise CannotRead("this is not valid Python: it has null bytes")
    if depth_of(content) > DEEPEST:
        raise CannotRead(f"its code goes more than {DEEPEST} levels deep")
    try:
        module = cst.parse_module(content)
    except cst.ParserSyntaxError as error:
        reason = error.message.removeprefix("parser error: ")
        raise CannotRead(f"this is not valid Python: {reason}") from error
    except (SyntaxError, ValueError, LookupError) as error:
        raise CannotRead(f"this is not readable as text: {error}") from error
    except (RecursionError, MemoryError) as error:
        raise CannotRead("its code is too large or goes too deep") from error
    if not module.header or not module.body:
        return module
    first = module.body[0]
    above = [*module.header, *first.leading_lines]
    body = [first.with_changes(leading_lines=above), *module.body[1:]]
    return module.with_changes(header=(), body=body)


def _starts(content: bytes) -> list[tuple[int, int]]:
    """Where each chunk starts, and its `def`, `class` or other first word; empty in doubt."""
    bare = HIDDEN.sub(_blank_like, content)
    found: list[tuple[int, int]] = []
    looked, depth, is_decorated = 0, 0, False
    for match in STARTS.finditer(bare):
        head = match.start()
        depth += _brackets_open(bare[looked:head])
        looked = head
        if depth or bare[head - 2 : head] == b"\\\n":
            continue
        start = found.pop()[0] if is_decorated else _above(bare, head)
        found.append((start, head))
        is_decorated = match["decorator"] is not None
    is_certain = b"\0" not in bare and not depth + _brackets_open(bare[looked:])
    return found if is_certain else []


def _blank_like(match: re.Match[bytes]) -> bytes:
    """Comments and strings without what is in them; a quote that nothing closes as a null byte."""
    text = match[0]
    mark = b"#" if text.startswith(b"#") else b"_" if len(text) > 1 else b"\0"
    return mark * len(text)


def _brackets_open(bare: bytes) -> int:
    count = bare.count
    return count(b"(") + count(b"[") + count(b"{") - count(b")") - count(b"]") - count(b"}")


def _above(bare: bytes, head: int) -> int:
    """The start of the blank lines and the comments at the margin above a line."""
    while head:
        line = bare.rfind(b"\n", 0, head - 1) + 1
        if bare[line:head].strip() and bare[line : line + 1] != b"#":
            break
        head = line
    return head


def _head(source: bytes, start: int) -> bytes | None:
    """The source of the function that starts there up to its body, which is `...`."""
    depth = 0
    for match in CLAUSES.finditer(source, start):
        mark = match[0]
        if mark == b":" and not depth:
            return source[: match.end()] + b" ...\n"
        depth += _brackets_open(mark) if len(mark) == 1 else 0
    return None
