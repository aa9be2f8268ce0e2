"""Whatever saves an answer before its end, but no comment, text or other name."""

from __future__ import annotations

import pytest

from chatkit_agent.checks.rules.deployment.answers_given_time_to_end import (
    answers_given_time_to_end,
)
from tests.checks.rules.conftest import Findings

SAVE = """\
{top}
from chatkit.server import ChatKitServer
class Server(ChatKitServer[dict]):
    async def respond(self, thread, item, context):
        {line}
        yield item
{more}
"""


STARTED = 'CMD ["uvicorn", "app.main:app", "--timeout-graceful-shutdown", "3"]\n'


def save(
    line: str = "pass", top: str = "", more: str = "", docker: str = STARTED
) -> dict[str, str]:
    server = SAVE.format(line=line, top=top, more=more)
    return {"app/server.py": server, "Dockerfile": f"FROM python:3.11\n{docker}"}


SPELLINGS = [
    ("straight", save(), True),
    ("comment", save("pass  # checkpoint"), True),
    ("text", save('print("drain the pool")'), True),
    ("unrelated name", save("drainage = 1"), True),
    ("signal", save(top="import signal\nsignal.signal(signal.SIGTERM, go)"), False),
    ("signal alias", save(top="from signal import signal as on, SIGTERM\non(SIGTERM, go)"), False),
    ("loop handler", save("loop.add_signal_handler(15, go)"), False),
    (
        "checkpoint",
        save("await self.checkpoint(item)", more="    async def checkpoint(self, item): ..."),
        False,
    ),
    (
        "cancelled",
        save(
            "try:\n            pass\n        except asyncio.CancelledError:\n            await save()",
            top="import asyncio",
        ),
        False,
    ),
    (
        "cancelled alias",
        save(
            "try:\n            pass\n        except CE:\n            await save()",
            top="from asyncio import CancelledError as CE",
        ),
        False,
    ),
    (
        "enough",
        save(docker='CMD ["uvicorn", "app.main:app", "--timeout-graceful-shutdown", "30"]\n'),
        False,
    ),
    (
        "docker comment",
        save(docker='# --timeout-graceful-shutdown 3\nCMD ["uvicorn", "app.main:app"]\n'),
        False,
    ),
]


@pytest.mark.parametrize(("name", "files", "is_found"), SPELLINGS, ids=[e[0] for e in SPELLINGS])
def test_spelled_otherwise(
    findings: Findings, name: str, files: dict[str, str], is_found: bool
) -> None:
    assert bool(findings(answers_given_time_to_end, files)) == is_found
