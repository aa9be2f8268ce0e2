"""What the chat's route waits for is assigned, and the variable that this depends on is set."""

from __future__ import annotations

import re
from collections.abc import Iterator

import libcst as cst

from chatkit_agent.checks.check import PROJECT, check
from chatkit_agent.checks.finding import Finding
from chatkit_agent.evidence.static import Evidence
from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.scope import Scope
from chatkit_agent.project.source.variables import variable_behind
from chatkit_agent.project.source.walking import literals, within_node

UNAVAILABLE = re.compile(r"\b503\b|SERVICE_UNAVAILABLE")


@check(
    "CK715",
    "What the chat's route waits for is assigned, and the variable that it depends on is set",
    needs=PROJECT,
    symptoms=("unavailable",),
)
def chat_set_up(evidence: Evidence) -> Iterator[Finding]:
    """A route that answers 503 as long as `server` or `app.state.store` is None: told where nothing
    assigns it, and where the code that does runs only with a variable that is set in no environment
    file and by nothing that starts the application.
    """
    chat = evidence.chat
    for endpoint in chat.endpoints:
        for name, node in _awaited(endpoint):
            given = list(_assigned(evidence, endpoint, name))
            if not given:
                yield Finding(
                    what=f"The chat answers 503: nothing ever assigns `{name}`.",
                    where=chat.code.where(endpoint, node),
                    evidence=f"`{endpoint.name}` answers 503 while `{name}` is None, and no code "
                    "gives it another value.",
                    fix=f"Assign `{name}` where the application starts, in its lifespan.",
                    cause=f"never assigned:{name}",
                )
            missing = [_unset(evidence, scope, tests) for scope, tests in given]
            if given and all(missing) and missing[0] is not None:
                yield _not_set(evidence, endpoint, name, *missing[0])


def _awaited(endpoint: Scope) -> Iterator[tuple[str, cst.CSTNode]]:
    """The names of which a test leads to 503."""
    for block in within_node(endpoint.node, cst.If):
        if UNAVAILABLE.search(syntax.code(block.body)):
            test = block.test
            if isinstance(test, cst.UnaryOperation) and isinstance(test.operator, cst.Not):
                tested: cst.BaseExpression = test.expression
            elif isinstance(test, cst.Comparison) and syntax.code(test).endswith("is None"):
                tested = test.left
            else:
                continue
            held = {each.target: each.value for each in syntax.assignments(endpoint.node)}
            name = syntax.dotted(held.get(syntax.dotted(tested) or "", tested))
            if name and name.partition(".")[0] not in _parameters(endpoint, name):
                yield name, block


def _parameters(endpoint: Scope, name: str) -> set[str]:
    """What a route is given; of a request only its application's state counts."""
    if ".state." in name or not isinstance(endpoint.node, cst.FunctionDef):
        return set()
    return {each.name.value for each in syntax.parameters(endpoint.node)}


def _assigned(
    evidence: Evidence, endpoint: Scope, name: str
) -> Iterator[tuple[Scope, list[cst.BaseExpression]]]:
    """Where it gets a value that is not None, and under which conditions."""
    last = name.rpartition(".")[2]
    is_state = ".state." in name
    for scope in evidence.chat.code.scopes:
        for found, tests in _under(scope.node, []):
            target = syntax.dotted(found.target) or ""
            is_of_state = is_state and ".state." in f".{target}"
            same = target == name or (is_of_state and target.rpartition(".")[2] == last)
            is_here = is_state or scope.file == endpoint.file
            if same and is_here and syntax.dotted(found.value) != "None":
                yield scope, tests
    for call in evidence.chat.code.calls:
        if call.method == "setattr" and any(text == last for _, text in literals(call.node)):
            yield call.scope, []


class _Given:
    def __init__(self, target: cst.BaseExpression, value: cst.BaseExpression) -> None:
        self.target, self.value = target, value


def _under(
    node: cst.CSTNode, tests: list[cst.BaseExpression]
) -> Iterator[tuple[_Given, list[cst.BaseExpression]]]:
    """The assignments of one scope, each with the tests that it stands below."""
    for part in node.children:
        if isinstance(part, cst.FunctionDef | cst.ClassDef):
            continue
        if isinstance(part, cst.Assign):
            for each in part.targets:
                yield _Given(each.target, part.value), tests
        elif isinstance(part, cst.AnnAssign) and part.value is not None:
            yield _Given(part.target, part.value), tests
        elif isinstance(part, cst.If):
            yield from _under(part.body, [*tests, part.test])
            if part.orelse is not None:
                yield from _under(part.orelse, tests)
        else:
            yield from _under(part, tests)


def _unset(
    evidence: Evidence, scope: Scope, tests: list[cst.BaseExpression]
) -> tuple[str, Scope, cst.CSTNode] | None:
    """The variable of a test that is set nowhere."""
    for test in tests:
        for part in within_node(test, cst.Name, cst.Attribute, cst.Call):
            code = evidence.chat.code
            asked = variable_behind(code, scope, part)
            is_bare = asked is not None and asked.default is None and not asked.is_demanded
            if asked is not None and is_bare and not _is_set(evidence, asked.name):
                return asked.name, scope, test
    return None


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
