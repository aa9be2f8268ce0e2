"""Files that people attach have a limit, each and together."""

from __future__ import annotations

import re
from collections.abc import Iterator

import libcst as cst

from chatkit_agent.checks.check import SOURCE, Finding, check
from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.anatomy import Anatomy
from chatkit_agent.project.source.body_limits import counts_body, limits_body
from chatkit_agent.project.source.code import Code
from chatkit_agent.project.source.flows import Flow, followed
from chatkit_agent.project.source.folders import is_side_file
from chatkit_agent.project.source.in_front import middlewares
from chatkit_agent.project.source.meaning import names_used, reaches, says
from chatkit_agent.project.source.scope import Scope
from chatkit_agent.project.source.statements import statements
from chatkit_agent.project.source.walking import compares_by, within_node

CREATING = "create_attachment"
BOUNDS = (cst.LessThan, cst.LessThanEqual, cst.GreaterThan, cst.GreaterThanEqual)
TAKING = {"post", "put", "patch"}
OF_FILES = {"load_attachment", "save_attachment"}
READING = {"body", "stream", "form", "read", "tell", "copyfileobj", "file"}
OTHERS = {"name", "mime_type"}
IN_BUCKET = "content-length-range"
COUNTED = re.compile(r"\b(?:sum|count) ?\(")
COUNTING = {"sum", "len", "count", "scard", "zcard", "incr", "incrby", "hincrby"}


@check("CK422", needs=SOURCE, severity="warning", symptoms=("slow", "unavailable"))
def attachments_limited(chat: Anatomy) -> Iterator[Finding]:
    """`create_attachment` is told the size of a file before its bytes come: where nothing compares
    it, one person's file fills the disk. Where each file has a limit and nothing counts those that
    a person has, many of them do; that is an info. The size that is told is the client's word: the
    route that takes the bytes has to count them too.
    """
    for store in chat.code.subclasses_of("chatkit", "AttachmentStore"):
        method = chat.code.methods(store).get(CREATING)
        if method is None:
            continue
        if not _compares(chat, method):
            yield Finding(
                what="A file of any size is taken, and the disk is full when somebody wants it.",
                where=chat.code.where(method),
                evidence=f"Nothing in `{method.name}` compares the size that the client names.",
                fix="Refuse a size that is not between 1 and what you keep, and take no more bytes "
                "than were named where they come in.",
                cause="attachments unlimited",
            )
        elif (route := _route_without_count(chat)) is not None:
            yield Finding(
                what="A file of any size is taken: only its client said how long it is.",
                where=route,
                evidence="This route takes the bytes, and nothing there counts them.",
                fix="Read them piece by piece, and stop with 413 above what you keep.",
                cause="attachments unlimited",
            )
        elif not _counts(chat, method):
            yield Finding(
                what="One person's files fill the disk: each has a limit, and all together none.",
                where=chat.code.where(method),
                evidence=f"Nothing that `{method.name}` runs counts the files of a person.",
                fix="Add up the bytes that a person has, and refuse what is more than their share.",
                severity="info",
                cause="attachments unlimited",
            )


def _compares(chat: Anatomy, method: Scope) -> bool:
    """Whether the size is compared, here or where it is handed on, or given to a bucket as such."""
    given = Flow(chat.code, method, {*method.parameters[1:2]})
    return any(says(each.node, IN_BUCKET) for each in reaches(chat.code, [method])) or any(
        isinstance(target.operator, BOUNDS)
        and (_is_size(flow, each.left) or _is_size(flow, target.comparator))
        for flow in followed(given, {})
        for each in within_node(flow.scope.node, cst.Comparison)
        for target in each.comparisons
    )


def _route_without_count(chat: Anatomy) -> str | None:
    """The route that takes the bytes of attachments, where neither it nor a middleware counts."""
    named = chat.code.sources.holding(*(each.encode() for each in OF_FILES))
    others = (each for each in named if not is_side_file(each))
    code = Code(chat.code.sources, tuple(dict.fromkeys((*chat.code.files, *others))))
    if any(counts_body(code, each) for each in middlewares(code)):
        return None
    answering = {each.node for each in chat.endpoints}
    for route in code.functions:
        marks = {each.rpartition(".")[2] for each in syntax.decorators(route.node)}
        near = reaches(code, [route]) if not marks.isdisjoint(TAKING) else ()
        called = {call.method for each in near for call in code.inside(each)}
        is_of_chat = route.node in answering or called.isdisjoint(OF_FILES)
        if not is_of_chat and called & READING and not any(_measures(code, each) for each in near):
            return code.where(route)
    return None


def _measures(code: Code, scope: Scope) -> bool:
    """By what it reads, by `file.size` or by the place in the file, each compared with something"""
    sized = {each for each in within_node(scope.node, cst.Attribute) if each.attr.value == "size"}
    measured = Flow(code, scope, nodes={*sized})
    compared = (
        compares_by(each, *BOUNDS) and measured.holds(each)
        for each in within_node(scope.node, cst.Comparison)
    )
    return limits_body(code, scope, tuple(READING)) or any(compared)


def _is_size(flow: Flow, node: cst.BaseExpression) -> bool:
    return flow.holds(node) and not names_used(node) & OTHERS


def _counts(chat: Anatomy, method: Scope) -> bool:
    near = reaches(chat.code, [method])
    said = (text for each in near for _, text in statements(chat.code, each))
    calls = (call.method for each in near for call in chat.code.inside(each))
    return any(map(COUNTED.search, said)) or not COUNTING.isdisjoint(calls)
