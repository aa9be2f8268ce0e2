"""The libraries that the chat imports are declared where the application's others are."""

from __future__ import annotations

import re
from collections.abc import Iterator

from chatkit_agent.checks.check import PROJECT, Finding, check
from chatkit_agent.evidence.static import DEPLOYING, Evidence
from chatkit_agent.project.detectors.hints import hidden_files
from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.code import Code

# What is imported, what brings it, and what brings that along.
LIBRARIES = {
    "chatkit": ("openai-chatkit",),
    "agents": ("openai-agents", "openai-chatkit"),
    "asyncpg": ("asyncpg",),
}
RUNTIME = "chatkit-agent-runtime"
# What may install something besides: a list of its own, a group, an image, a script.
INSTALLING = (*DEPLOYING, ".txt", ".lock", ".cfg", "Pipfile", "Makefile", "justfile", "setup.py")


@check("CK717", needs=PROJECT, symptoms=("does_not_start", "unavailable"))
def libraries_declared(evidence: Evidence) -> Iterator[Finding]:
    """Whoever installs the application anew, an image or a colleague, gets them. Silent where it
    is not seen what the application installs, FastAPI among it, and where any list, group, image or
    script names them.
    """
    declared = evidence.packages.declared
    fastapi = declared.get("fastapi")
    if fastapi is None or RUNTIME in declared or evidence.project.shadows:
        return
    code = evidence.chat.code
    for name, bringing in LIBRARIES.items():
        path = next((each for each in code.files if _imports(code, each, name)), None)
        is_known = bool(declared.keys() & set(bringing)) or _is_named(evidence, bringing)
        if path and not is_known:
            yield _finding(path, name, bringing[0], fastapi.where)


def _is_named(evidence: Evidence, packages: tuple[str, ...]) -> bool:
    names = re.compile("|".join(each.replace("-", "[-_.]") for each in packages), re.IGNORECASE)
    hidden = (each for each in hidden_files(evidence.sources) if each.endswith(INSTALLING))
    paths = (*evidence.sources.tree.glob(*INSTALLING), *hidden)
    return any(names.search(re.sub(r"#.*", "", evidence.sources.text(each))) for each in paths)


def _imports(code: Code, path: str, name: str) -> bool:
    found = (each for _, each in syntax.imports(code.sources.module(path)) if not each.level)
    return any(each.module.partition(".")[0] == name for each in found)


def _finding(path: str, name: str, package: str, where: str) -> Finding:
    return Finding(
        what=f"The application does not start where it is installed anew: `{package}` is declared "
        "nowhere.",
        where=where,
        evidence=f"`{path}` imports `{name}`, and the dependencies are declared here without it.",
        fix=f"Declare `{package}` beside them.",
        cause=f"undeclared:{package}",
    )
