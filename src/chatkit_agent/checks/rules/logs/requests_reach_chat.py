"""By the access lines of the log, requests reach the chat's route."""

from __future__ import annotations

import re
from collections.abc import Iterator

import libcst as cst

from chatkit_agent.checks.check import LOG, Finding, check
from chatkit_agent.evidence.static import Evidence, Log
from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.folders import is_side_file
from chatkit_agent.project.source.walking import within_node

POST = re.compile(r"\bPOST (/\S*?)(?:\?\S*)? HTTP/[\d.]+\"? (\d{3})\b")
PREFLIGHT = re.compile(r"\bOPTIONS (/\S*?)(?:\?\S*)? HTTP/[\d.]+\"? (\d{3})\b")
NO_ROUTE = {"404", "405"}
REFUSED = (
    "what it asks for (the page's origin, its method, its headers) is not allowed",
    "Let `CORSMiddleware` allow the page's origin in `allow_origins`, and in `allow_headers` all "
    "that it sends: `Authorization`, `Content-Type` and what other findings name.",
)
UNANSWERED = (
    "nothing in the application answers one",
    "Add `CORSMiddleware` with the page's origin in `allow_origins`, or let the page ask at its "
    "own origin.",
)
SIGN_IN = (
    "a sign-in stands before it, and a preflight never carries a credential",
    "Add `CORSMiddleware` after the middlewares that sign people in, so that it is the outermost.",
)
REASONS = {"400": REFUSED, "401": SIGN_IN, "403": SIGN_IN, "404": UNANSWERED, "405": UNANSWERED}


@check("CK908", needs=LOG, symptoms=("not_found",))
def requests_reach_chat(evidence: Evidence) -> Iterator[Finding]:
    """By the access lines of the log requests reach the chat's route. Where each of them got
    404 or 405, the condition under which its router is included is named; with 400, the hosts
    that are let in. A browser's preflights that all were refused are named with the reason.
    """
    log = evidence.log
    if log is None or not evidence.has_chat:
        return
    for path, answers in _answers(evidence, log, POST).items():
        statuses = {status for _, status in answers}
        if statuses <= NO_ROUTE:
            yield _no_route(log, path, answers, _condition(evidence))
        elif statuses == {"400"} and (hosts := _hosts(evidence)):
            yield _refused_host(log, path, answers, *hosts)

    for path, answers in _answers(evidence, log, PREFLIGHT).items():
        reasons = {REASONS.get(status) for _, status in answers}
        if len(reasons) == 1 and (reason := reasons.pop()):
            yield _refused_preflight(log, path, answers, *reason)


def _answers(
    evidence: Evidence, log: Log, request: re.Pattern[str]
) -> dict[str, list[tuple[int, str]]]:
    """By path of the chat, the lines of its requests with their statuses."""
    seen: dict[str, list[tuple[int, str]]] = {}
    for number, line in enumerate(log.lines, 1):
        found = request.search(line)
        if found and _is_chats(evidence, found[1]):
            seen.setdefault(found[1], []).append((number, found[2]))
    return seen


def _is_chats(evidence: Evidence, path: str) -> bool:
    ends = {each.rstrip("/").rpartition("/")[2] for each in evidence.chat.paths}
    return path.rstrip("/").rpartition("/")[2] in {"chatkit", *ends} - {""}


def _condition(evidence: Evidence) -> tuple[str, str] | None:
    """The `if` of a module or a factory under which the chat's router is included."""
    sources = evidence.sources
    for file in sources.holding(b"include_router"):
        if is_side_file(file):
            continue
        for block in within_node(sources.module(file), cst.If):
            test = syntax.code(block.test)
            for call in within_node(block.body, cst.Call):
                is_include = (syntax.dotted(call.func) or "").endswith(".include_router")
                if is_include and "chat" in syntax.code(call).lower() and "__name__" not in test:
                    return test, f"{file}:{evidence.chat.code.line(file, block)}"
    return None


def _hosts(evidence: Evidence) -> tuple[str, str] | None:
    """The hosts that are let in, where they are written down, and their place."""
    sources = evidence.sources
    for file in sources.holding(b"TrustedHostMiddleware"):
        for call in within_node(sources.module(file), cst.Call):
            given = syntax.argument(call, "allowed_hosts")
            is_it = any("TrustedHostMiddleware" in syntax.code(arg.value) for arg in call.args)
            if is_it and isinstance(given, cst.List) and '"*"' not in syntax.code(given):
                return syntax.code(given), f"{file}:{evidence.chat.code.line(file, call)}"
    return None


def _no_route(
    log: Log, path: str, answers: list[tuple[int, str]], condition: tuple[str, str] | None
) -> Finding:
    line, status = answers[0]
    evidence = f"All {len(answers)} requests to it in the log got {status}, from {log.where(line)}."
    if condition:
        test, where = condition
        return Finding(
            what=f"The application that runs has no route at `{path}`: the chat's router is "
            f"included only where `{test}` holds.",
            where=where,
            evidence=evidence,
            fix="Make that hold where the application is started, or include the router always.",
            cause="router",
        )
    return Finding(
        what=f"The application that runs answers {status} at `{path}`, as if it had no such route.",
        where=log.where(line),
        evidence=evidence,
        fix="Start the application that includes the chat's router, and let the page ask for the "
        "path under which that is included, its prefix and mount with it.",
        is_sign=True,
    )


def _refused_host(
    log: Log, path: str, answers: list[tuple[int, str]], hosts: str, where: str
) -> Finding:
    return Finding(
        what=f"Requests for `{path}` are refused with 400 before they reach the chat: their host "
        "is not among those that are let in.",
        where=where,
        evidence=f"TrustedHostMiddleware lets in `{hosts[:120]}`; all {len(answers)} requests in "
        f"the log got 400, from {log.where(answers[0][0])}.",
        fix="Add the host by which the page, or the proxy, reaches the application.",
        severity="warning",
        cause="host",
        explains=("server_error", "not_found", "silent"),
    )


def _refused_preflight(
    log: Log, path: str, answers: list[tuple[int, str]], why: str, fix: str
) -> Finding:
    line, status = answers[0]
    return Finding(
        what=f"Browsers do not send their requests for `{path}`: the preflight before them is "
        f"refused, as {why}.",
        where=log.where(line),
        evidence=f"All {len(answers)} `OPTIONS` requests to it in the log got {status}.",
        fix=fix,
        cause="cors",
        explains=("cors", "silent"),
    )
