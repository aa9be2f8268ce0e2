"""The application boots."""

from __future__ import annotations

import re
from collections.abc import Iterator

from chatkit_agent.checks.check import AS_DECLARED, BOOT, RUN, Finding, check
from chatkit_agent.evidence.run import Run
from chatkit_agent.evidence.static import Evidence
from chatkit_agent.sandbox.isolation import NOT_LENT, NOT_LENT_REDIS, Isolation


@check("CK801", needs=BOOT, symptoms=("does_not_start", "server_error"))
def application_starts(evidence: Evidence) -> Iterator[Finding]:
    """The application starts where its database, model and tools are there. Only with `doctor
    --boot`, which starts a copy of it with the sandbox's own; its last words are told where it
    does not.
    """
    trial = evidence.trial
    if trial is not None and trial.isolation.variables and "does_not_start" in evidence.symptoms:
        yield Finding(
            what="The application needs variables that are set nowhere here.",
            where="the application in the sandbox",
            evidence=trial.isolation.lending,
            fix="Copy its example of an environment file, where there is one, to `.env`, and fill "
            "it in; or set them where it is started.",
            cause="variables set nowhere",
        )
    if trial is not None and trial.error is not None:
        follows = _may_follow(trial.error, trial.isolation)
        yield Finding(
            what="The application does not start.",
            where="the application in the sandbox",
            evidence=_with_loans(f"It failed {trial.error}", trial.isolation),
            fix="Fix what the error names. Where it asks for a variable that only your machine "
            "has, put that into the environment file.",
            cause="does not start",
            is_sign=True,
            severity="inconclusive" if follows else AS_DECLARED,
        )


def _may_follow(error: str, isolation: Isolation) -> bool:
    """Whether it may be for what was lent or made up, and not for anything of the project's."""
    is_made_up = any(each.source is None for each in isolation.variables)
    is_of_value = is_made_up and NOT_OF_VALUES.search(error) is None
    return is_of_value or _is_not_lent(error, isolation)


def _is_not_lent(error: str, isolation: Isolation) -> bool:
    is_lent = isolation.lent or isolation.lent_redis
    return bool(is_lent) and re.search(NOT_LENT, error) is not None


def _with_loans(error: str, isolation: Isolation) -> str:
    return f"{error} {isolation.lending}".rstrip()


NOT_OF_VALUES = re.compile(
    r": (?:ImportError|ModuleNotFoundError|SyntaxError|NameError|IndentationError):"
)
NO_MODULE = re.compile(r"ModuleNotFoundError: No module named '([\w.]+)'")
BROUGHT = {"pkg_resources": "`setuptools<81`, the last that brings it,"}
ASKED = re.compile(r"connecting to ([\w.-]+:\d+)")
NO_PACKAGE = re.compile(r"\bImportError: [^\n]*\b(?:install|installed)\b")
NO_SYNTAX = re.compile(r"\bSyntaxError: ")
NO_PYTHON = "as there is no Python to run it"
NO_FOLDER = re.compile(r"Directory '([^']+)' does not exist")
NO_FILE = re.compile(r"FileNotFoundError: (?:\[Errno 2\] )?[^'\n]*: '([^'\n]+)'")
BUILT = re.compile(
    r"(?:^|/)(?:dist|build|out|public|static|assets|frontend|front-end|client|ui|web)\b"
)
GIVE = (
    "Give what it needs to start, and verify again: a `.env` (copied from an example, where there "
    "is one, and filled in), --env-file FILE, or --python PATH for another environment."
)


@check("CK801", needs=RUN, also=(application_starts,))
def app_boots(run: Run) -> Iterator[Finding]:
    """Where it does not, its own error is told, and whether it booted without the chat; the rest is
    then checked with the chat mounted alone, and marked as such. A sidecar is checked as the
    service that it is, whether the application boots or not.
    """
    if run.after.ok:
        return
    before = run.before
    error = _with_loans(f"The application did not boot {run.after.error}", run.isolation)
    if before is not None and before.ok:
        yield Finding(
            what="The application booted before the chat was added, and no longer does.",
            where="the application",
            evidence=error,
            fix="Run `chatkit-agent undo` to go back, or fix what the error names.",
        )
        return
    if run.mounting == "sidecar":
        yield Finding(
            what="The application was not seen to boot; the chat beside it runs without it.",
            where="the application",
            evidence=error,
            fix=_way_on(run, error),
            severity="inconclusive",
        )
        return
    known = "could not boot before the chat was added either" if before else "does not boot"
    yield Finding(
        what=f"The application {known}, so only the chat mounted alone was checked.",
        where="the application",
        evidence=error,
        fix=_way_on(run, error),
        severity="inconclusive",
    )


def _way_on(run: Run, error: str) -> str:
    if _is_not_lent(error, run.isolation):
        is_redis = re.search(NOT_LENT_REDIS, error)
        lent = run.isolation.lent_redis if is_redis else run.isolation.lent
        lacks = "PostgreSQL has no such extension, or its role no such right"
        lacks = "Redis refuses what leads out of its data" if is_redis else lacks
        names = [each for each in lent if each.isidentifier()] or ["HOST:PORT"]
        return (
            f"The sandbox's {lacks}. Where the application needs it, name a throw-away server that "
            "has it with --env-file FILE, and let it be reached with "
            f"--own-services {','.join(names)}."
        )
    known = _what_is_not_installed(run, error) or _what_is_missing(error)
    asked = ASKED.search(error)
    ways_on = run.isolation.ways_on.replace("HOST:PORT", asked[1] if asked else "HOST:PORT")
    return known or ways_on or GIVE


def _what_is_not_installed(run: Run, error: str) -> str | None:
    """A package, or a Python that reads the source."""
    python = run.application or run.environment
    another = "name an environment that has it with --python PATH, and verify again."
    if NO_PYTHON in error:
        return "Make the environment that it runs in, or name one with --python PATH."
    if found := NO_MODULE.search(error):
        return (
            f"`{found[1]}` is not installed in {python.source}. Add "
            f"{BROUGHT.get(found[1], 'what brings it')} to the dependencies that the project "
            f"declares, or {another}"
        )
    if NO_PACKAGE.search(error):
        return f"Add what the error names to the dependencies of the project, or {another}"
    if NO_SYNTAX.search(error):
        return (
            f"Python {python.version} does not read it. Name the Python that it is written for in "
            "a `.python-version`, or an environment of it with --python PATH, and verify again."
        )
    return None


def _what_is_missing(error: str) -> str | None:
    """A file, a folder or a program that the application wants and that is not there."""
    found = NO_FOLDER.search(error) or NO_FILE.search(error)
    if found is None:
        return None
    name = found[1]
    if "/" not in name and "." not in name and not NO_FOLDER.search(error):
        return (
            f"The program `{name}` is neither in the environment nor on the PATH. Install it "
            "there, or name the environment that has it with --python PATH, and verify again."
        )
    if BUILT.search(name):
        return (
            f"`{name}` is not there: a front end that has to be built first, or files that the "
            "repository does not hold. Build it (`npm run build` where its package.json is), or "
            "make the folder, and verify again."
        )
    return f"`{name}` is not there. Make it, or get it as on your machine, and verify again."
