"""A ContextVar that is read where nobody set it."""

from __future__ import annotations

import pytest

from chatkit_agent.checks.rules.conversation.variables_reach_turns import variables_reach_turns
from tests.checks.rules.conftest import AUTH, MAIN, Findings, spelled

IMPORTS = """\
import asyncio, contextvars, functools, threading
import concurrent.futures as futures
from concurrent.futures import ThreadPoolExecutor
from contextvars import ContextVar, copy_context
from starlette.concurrency import run_in_threadpool
from app.who import WHO, who
USER: ContextVar[str] = contextvars.ContextVar("user")
pool = ThreadPoolExecutor(4)
def of_user(limit=5):
    return rows(USER.get(), limit)
def deeper():
    return of_user()
def sets_it(user):
    USER.set(user)
    return of_user()
def of_other():
    return "USER.get()"
"""
WHO = """\
from contextvars import ContextVar
WHO = ContextVar("who", default=None)
def who():
    return WHO.get()
"""
SET = "USER.set(context['user']); WHO.set(1); loop = asyncio.get_running_loop(); "


def of(line: str) -> dict[str, str]:
    return spelled(SET + line, IMPORTS, **{"app/who.py": WHO})


@pytest.mark.parametrize(
    "line",
    [
        "rows = await loop.run_in_executor(None, of_user)",
        "rows = await loop.run_in_executor(None, deeper)",
        "rows = await loop.run_in_executor(executor=pool, func=of_user)",
        "rows = await asyncio.get_event_loop().run_in_executor(None, lambda: of_user(3))",
        "rows = await loop.run_in_executor(None, functools.partial(of_user, limit=3))",
        "run = loop.run_in_executor; rows = await loop.run_in_executor(None, who)",
        "rows = pool.submit(of_user).result()",
        "rows = futures.ThreadPoolExecutor().submit(fn=of_user)",
        "threading.Thread(target=of_user).start()",
        "threading.Thread(None, of_user).start()",
        "threading.Timer(1, deeper).start()",
    ],
)
def test_found_in_a_thread(findings: Findings, line: str) -> None:
    (finding,) = findings(variables_reach_turns, of(line))
    assert "without the context" in finding.evidence


@pytest.mark.parametrize(
    "line",
    [
        "rows = await asyncio.to_thread(of_user)",
        "rows = await run_in_threadpool(of_user)",
        "rows = await loop.run_in_executor(None, copy_context().run, of_user)",
        "rows = await loop.run_in_executor(None, sets_it, context['user'])",
        "rows = await loop.run_in_executor(None, of_other)",
        "rows = of_user()  # loop.run_in_executor(None, of_user)",
        "jobs.submit(of_user)",
        "Thread(target=of_user)",
    ],
)
def test_quiet(findings: Findings, line: str) -> None:
    assert not findings(variables_reach_turns, of(line))


SETTING = AUTH.replace("    return verified(", "    WHO.set(1)\n    return verified(").replace(
    "from fastapi", "from app.who import WHO\nfrom fastapi"
)
READS = spelled("who()", "from app.who import who", **{"app/who.py": WHO})


def test_found_where_a_dependency_is_no_coroutine(findings: Findings) -> None:
    auth = SETTING.replace("async def", "def")
    (finding,) = findings(variables_reach_turns, {**READS, "app/auth.py": auth})
    assert finding.where == "app/auth.py:6"


def test_quiet_where_the_dependency_is_a_coroutine(findings: Findings) -> None:
    assert not findings(variables_reach_turns, {**READS, "app/auth.py": SETTING})


BEGINNING, ROUTE = MAIN.split("    result = await")
IN_BLOCK = "\n".join(f"    {line}" for line in f"    result = await{ROUTE}".splitlines())
RESET = f"""\
from app.who import WHO
{BEGINNING}    token = WHO.set(user)
    try:
{IN_BLOCK}
    finally:
        WHO.reset(token)
"""


def test_found_where_it_is_reset_before_the_answer_streams(findings: Findings) -> None:
    (finding,) = findings(variables_reach_turns, {**READS, "app/main.py": RESET})
    assert "after that" in finding.evidence
