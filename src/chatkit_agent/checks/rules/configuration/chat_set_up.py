"""What the chat's route waits for is assigned, and the variable that it depends on is set."""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import get_close_matches

import libcst as cst

from chatkit_agent.checks.check import PROJECT, Finding, check
from chatkit_agent.evidence.static import Evidence
from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.code import Code
from chatkit_agent.project.source.environment import Environment
from chatkit_agent.project.source.in_front import added_middlewares
from chatkit_agent.project.source.meaning import reaches, status_of
from chatkit_agent.project.source.scope import Scope
from chatkit_agent.project.source.settings_fields import settings_fields
from chatkit_agent.project.source.variables import variable_behind
from chatkit_agent.project.source.walking import (
    annotation_of,
    called_name,
    literals,
    within_node,
)

OURS = re.compile(r"(?:fastapi|starlette)\b")
SET = re.compile(r"\bstate\.(\w+)\s*(?::[^\n=]*)?=[^=]")
OF_APP = re.compile(r"(?:\w+\.)*app\.state\.\w+")


@check("CK715", needs=PROJECT, symptoms=("unavailable",))
def chat_set_up(evidence: Evidence) -> Iterator[Finding]:
    """A route that answers 503 as long as `server` or `app.state.store` is None: told where nothing
    assigns it, and where the code that does runs only with a variable that is set in no environment
    file and by nothing that starts the application. So is a part of `app.state` that is read and
    never assigned, and one of `request.state` that no middleware sets.
    """
    chat = evidence.chat
    for endpoint in chat.injected:
        for name, node in _waited_names(chat.code, endpoint):
            given = list(_assignments(evidence, endpoint, name))
            if not given:
                yield Finding(
                    what=f"The chat answers 503: nothing ever assigns `{name}`.",
                    where=chat.code.where(endpoint, node),
                    evidence=f"`{endpoint.name}` answers 503 while `{name}` is None, and no code "
                    "gives it another value.",
                    fix=f"Assign `{name}` where the application starts, in its lifespan.",
                    cause=f"never assigned:{name}",
                )
            missing = [_missing_variable(evidence, scope, tests) for scope, tests in given]
            if given and all(missing) and missing[0] is not None:
                yield _not_set(evidence, endpoint, name, *missing[0])
        yield from _unset_state(evidence, endpoint)
    yield from _unset_by_requests(evidence)


def _unset_state(evidence: Evidence, endpoint: Scope) -> Iterator[Finding]:
    """What a route reads of `app.state` without a test, and nothing in the project sets."""
    chat = evidence.chat
    waited = {name for name, _ in _waited_names(chat.code, endpoint)}
    read = {syntax.dotted(each) or "": each for each in within_node(endpoint.node, cst.Attribute)}
    for name in filter(OF_APP.fullmatch, read.keys() - waited):
        last = name.rpartition(".")[2]
        is_set = rf"\.state\.{last}\b[^=\n]*=[^=]|[\"']{last}[\"']"
        if not evidence.sources.mentioning(is_set.encode(), last.encode()):
            yield Finding(
                what=f"The chat's route ends with an AttributeError: nothing sets `{name}`.",
                where=chat.code.where(endpoint, read[name]),
                evidence=f"`{endpoint.name}` reads it, and no code gives it a value.",
                fix=f"Assign `{name}` where the application starts, in its lifespan.",
                cause=f"never assigned:{name}",
                explains=("server_error",),
            )


def _unset_by_requests(evidence: Evidence) -> Iterator[Finding]:
    """What is read of `request.state`, and no middleware or dependency of the project sets.

    Those of libraries may set what they like: with one of them only a slip of the pen is told.
    """
    code, told = evidence.chat.code, set()
    known = {name for file in code.files for name in SET.findall(evidence.sources.text(file))}
    added = (code.resolve(call.scope, name) for call, name in added_middlewares(code))
    depended = (call for call in code.calls if call.method in ("Depends", "Security"))
    marked = (
        code.resolve(call.scope, syntax.dotted(call.argument("dependency", 0))) for call in depended
    )
    foreign = any(
        e and e.path is None and not OURS.match(e.package_name) for e in (*added, *marked)
    )
    for scope in evidence.chat.sign_ins:
        for each in within_node(scope.node, cst.Attribute):
            name, written = each.attr.value, _of_request(code, scope, each)
            is_set = rf"\.{name}\b(?::[^\n=]*)?\s*=[^=]|[\"']{name}[\"']"
            near = get_close_matches(name, known, 1, 0.7)
            if not written or name in told or not (near or not foreign):
                continue
            if not evidence.sources.mentioning(is_set.encode(), name.encode()):
                told.add(name)
                yield Finding(
                    what=f"The request ends with an AttributeError: nothing sets `{written}`.",
                    where=code.where(scope, each),
                    evidence=f"`{scope.name}` reads it"
                    + (f"; what is set is `{near[0]}`." if near else ", and no code sets it."),
                    fix=f"Read `{near[0]}`." if near else "Set it in the middleware that signs in.",
                    cause=f"never assigned:{written}",
                    explains=("server_error",),
                )


def _of_request(code: Code, scope: Scope, node: cst.Attribute) -> str:
    """`request.state.user` of that, also by another name; empty for any other attribute."""
    owner = code.value(scope, node.value)
    inner = owner.value if isinstance(owner, cst.Attribute) else None
    if not isinstance(owner, cst.Attribute) or owner.attr.value != "state":
        return ""
    param = scope.param(syntax.dotted(inner))
    said = annotation_of(param) if param is not None else None
    kind = code.package_name(scope, syntax.dotted(said)) if said else ""
    is_request = kind.endswith((".Request", ".HTTPConnection")) or (
        said is None and syntax.dotted(inner) in ("request", "req")
    )
    return f"{syntax.dotted(owner)}.{node.attr.value}" if is_request else ""


def _waited_names(code: Code, endpoint: Scope) -> Iterator[tuple[str, cst.CSTNode]]:
    """The names of which a test leads to 503."""
    for block in within_node(endpoint.node, cst.If):
        tested = _asked_name(block.test) if _refuses(code, block.body) else None
        if tested is not None:
            held = {each.target: each.value for each in syntax.assignments(endpoint.node)}
            name = syntax.dotted(_registry(held.get(syntax.dotted(tested) or "", tested)))
            if name and name.partition(".")[0] not in _parameters(endpoint, name):
                yield name, block


def _registry(value: cst.BaseExpression) -> cst.BaseExpression:
    """`SERVERS` of `SERVERS.get("chat")`, `app.state.chat` of `getattr(app.state, "chat")`."""
    if isinstance(value, cst.NamedExpr):
        return _registry(value.value)
    if isinstance(value, cst.Call) and isinstance(value.func, cst.Attribute):
        return value.func.value if value.func.attr.value == "get" else value
    if isinstance(value, cst.Call) and syntax.dotted(value.func) == "getattr":
        return cst.parse_expression(called_name(value)) if called_name(value) else value
    return value.value if isinstance(value, cst.Subscript) else value


def _asked_name(test: cst.BaseExpression) -> cst.BaseExpression | None:
    """`server` of `not server`, `server is None`, `None == server`."""
    if isinstance(test, cst.UnaryOperation) and isinstance(test.operator, cst.Not):
        return test.expression
    if isinstance(test, cst.Comparison) and len(test.comparisons) == 1:
        (target,) = test.comparisons
        sides = [test.left, target.comparator]
        left = [each for each in sides if syntax.dotted(each) != "None"]
        is_same = isinstance(target.operator, cst.Is | cst.Equal)
        return left[0] if is_same and len(left) == 1 else None
    return None


def _refuses(code: Code, body: cst.CSTNode) -> bool:
    """Whether 503 is what is answered, also by a helper."""
    calls = [*code.calls_in(body)]
    own = [each for call in calls if (each := code.called(call)) is not None]
    calls += [call for each in reaches(code, own) for call in code.inside(each)]
    return any(status_of(code, call.scope, each) == 503 for call in calls for each in call.given)


def _parameters(endpoint: Scope, name: str) -> set[str]:
    """What a route is given; of a request only its application's state counts."""
    return set() if ".state." in name else set(endpoint.parameters)


def _assignments(
    evidence: Evidence, endpoint: Scope, name: str
) -> Iterator[tuple[Scope, list[Test]]]:
    """Where it gets a value that is not None, and under which conditions."""
    last = name.rpartition(".")[2]
    is_state = ".state." in name
    chat = evidence.chat
    run = (e for e in chat.code.scopes if e.function is None or chat.is_referred_to(e.function))
    for scope in run:
        for found, tests in _under(scope.node, []):
            target = _name(found.target)
            is_of_state = is_state and ".state." in f".{target}"
            same = target == name or (is_of_state and target.rpartition(".")[2] == last)
            is_here = is_state or scope.file == endpoint.file
            if same and is_here and syntax.code(found.value) not in NOTHING:
                yield scope, tests
    for call in evidence.chat.code.calls:
        if call.method == "setattr" and any(text == last for _, text in literals(call.node)):
            yield call.scope, []


def _name(target: cst.BaseExpression) -> str:
    """`server` of `server` and `globals()["server"]`, `SERVERS` of `SERVERS["chat"]`."""
    if isinstance(target, cst.Subscript) and called_name(target.value) == "globals()":
        return syntax.text(syntax.key(target)) or ""
    return syntax.dotted(_registry(target)) or ""


NOTHING = ("None", "{}", "dict()")
Test = tuple[cst.BaseExpression, bool]
"""A condition, and whether it has to hold."""


class _Given:
    def __init__(self, target: cst.BaseExpression, value: cst.BaseExpression) -> None:
        self.target, self.value = target, value


def _under(node: cst.CSTNode, tests: list[Test]) -> Iterator[tuple[_Given, list[Test]]]:
    """The assignments of one scope, each with the tests that it stands below or after."""
    for part in node.children:
        if isinstance(part, cst.FunctionDef | cst.ClassDef):
            continue
        if isinstance(part, cst.Assign):
            for each in part.targets:
                to = each.target
                several = to.elements if isinstance(to, cst.Tuple | cst.List) else ()
                for target in [one.value for one in several] or [each.target]:
                    yield from _with_values(target, part.value, tests)
        elif isinstance(part, cst.NamedExpr):
            yield _Given(part.target, part.value), tests
        elif isinstance(part, cst.AsName) and isinstance(part.name, cst.Name):
            yield _Given(part.name, cst.Name("_")), tests
        elif isinstance(part, cst.AnnAssign) and part.value is not None:
            yield from _with_values(part.target, part.value, tests)
        elif isinstance(part, cst.If):
            yield from _under(part.body, [*tests, (part.test, True)])
            if part.orelse is not None:
                yield from _under(part.orelse, [*tests, (part.test, False)])
            elif _leaves(part.body):
                tests = [*tests, (part.test, False)]
        else:
            yield from _under(part, tests)


def _leaves(body: cst.BaseSuite) -> bool:
    last = body.body[-1] if body.body else None
    ends = last.body[-1:] if isinstance(last, cst.SimpleStatementLine) else ()
    return any(isinstance(each, cst.Return | cst.Raise) for each in ends)


def _with_values(
    target: cst.BaseExpression, value: cst.BaseExpression, tests: list[Test]
) -> Iterator[tuple[_Given, list[Test]]]:
    """`server = Server() if URL else None` is two, each below a test."""
    if isinstance(value, cst.IfExp):
        yield _Given(target, value.body), [*tests, (value.test, True)]
        yield _Given(target, value.orelse), [*tests, (value.test, False)]
    else:
        yield _Given(target, value), tests


def _missing_variable(
    evidence: Evidence, scope: Scope, tests: list[Test]
) -> tuple[str, Scope, cst.CSTNode] | None:
    """The variable, set nowhere, without which the tests do not come out as they have to."""
    for test, holds in tests:
        is_negated = _asked_name(test) is not None
        for part in within_node(test, cst.Name, cst.Attribute, cst.Call):
            name = _optional_variable(evidence, scope, part) if holds != is_negated else None
            if name is not None and not _is_set(evidence, name):
                return name, scope, test
    return None


def _optional_variable(evidence: Evidence, scope: Scope, part: cst.CSTNode) -> str | None:
    """The variable of an expression that is nothing, or empty, where that is not set."""
    asked = variable_behind(evidence.chat.code, scope, part)  # type: ignore[arg-type]
    if asked is not None:
        is_nothing = asked.default is None or syntax.dotted(asked.default) == "None"
        is_nothing = is_nothing or syntax.text(asked.default) == ""
        return asked.name if is_nothing and not asked.is_demanded else None
    if not isinstance(part, cst.Attribute):
        return None
    settings, sources = evidence.project.settings, evidence.sources
    known = [each for one in settings if (each := settings_fields(sources, one))]
    fields = [each for one in known for each in one.fields if each.name == part.attr.value]
    if not fields or any(each.required for each in fields):
        return None
    named = Environment(sources, settings).of_field(part.attr.value)
    return named.variable if named and not named.default else None


def _is_set(evidence: Evidence, name: str) -> bool:
    in_files = any(each.value for each in evidence.set_in_files(name))
    return in_files or name in evidence.environ or evidence.is_deployed_with(name)


def _not_set(
    evidence: Evidence, endpoint: Scope, name: str, variable: str, scope: Scope, test: cst.CSTNode
) -> Finding:
    return Finding(
        what=f"The chat answers 503 as long as `{variable}` is not set.",
        where=evidence.chat.code.where(scope, test),
        evidence=f"`{name}`, without which `{endpoint.name}` answers 503, is assigned only where "
        f"`{variable}` is set; no environment file and nothing that starts it sets it.",
        fix=f"Set `{variable}` in the environment file that the application reads, or where it is "
        "started.",
        cause=f"unset:{variable}",
    )
