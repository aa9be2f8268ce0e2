"""Messages and answers in the log are told; ids, lengths and counts are fine."""

from __future__ import annotations

import pytest

from chatkit_agent.checks.rules.tokens.conversation_not_logged import conversation_not_logged
from tests.checks.rules.conftest import TURN, Findings, spelled


@pytest.mark.parametrize(
    "line",
    [
        'logger.info("asked: %s", item.content)\n        yield item',
        "print(item)\n        yield item",
        'logger.warning(f"said {item.content[0].text}")\n        yield item',
        'logger.debug("item", extra={"item": item.model_dump()})\n        yield item',
    ],
)
def test_found(findings: Findings, line: str) -> None:
    found = findings(conversation_not_logged, {"app/server.py": TURN.replace("{line}", line)})
    assert len(found) == 1
    assert found[0].where.startswith("app/server.py:")


@pytest.mark.parametrize(
    "line",
    [
        'logger.info("asked in %s", thread.id)\n        yield item',
        'logger.info("%d parts", len(item.content))\n        yield item',
        'logger.info("a message of %s", item.id)\n        yield item',
        "self.kept.append(item.content)  # logger.info(item)\n        yield item",
    ],
)
def test_quiet(findings: Findings, line: str) -> None:
    assert not findings(conversation_not_logged, {"app/server.py": TURN.replace("{line}", line)})


TALKATIVE = """\
import logging
import agents
from agents import enable_verbose_stdout_logging as verbose
from chatkit.server import ChatKitServer
from fastapi import FastAPI
app = FastAPI()
{line}
"""


@pytest.mark.parametrize(
    ("line", "is_found"),
    [
        ("logging.getLogger('openai').setLevel(logging.DEBUG)", True),
        ("logging.getLogger('openai.agents').setLevel('DEBUG')", True),
        (
            "L = logging.DEBUG\nfor n in ('openai', 'x'):\n    logging.getLogger(n).setLevel(L)",
            True,
        ),
        ("agents.enable_verbose_stdout_logging()", True),
        ("verbose()", True),
        ("logging.getLogger('openai').setLevel(logging.INFO)  # DEBUG", False),
        ("logging.getLogger('app.openai').setLevel(logging.DEBUG)", False),
        ("def enable_verbose_stdout_logging(): ...\nenable_verbose_stdout_logging()", False),
    ],
)
def test_what_the_models_libraries_write(findings: Findings, line: str, is_found: bool) -> None:
    found = findings(conversation_not_logged, {"app/main.py": TALKATIVE.format(line=line)})
    assert len(found) == is_found


SPELLINGS: list[tuple[str, dict[str, str], bool]] = [
    ("straight", spelled('logger.info("asked: %s", item.content)'), True),
    (
        "logger renamed",
        spelled('out.info("asked: %s", item.content)', top="out = logging.getLogger('x')"),
        True,
    ),
    (
        "loguru",
        spelled('out.info("asked: %s", item.content)', imports="from loguru import logger as out"),
        True,
    ),
    ("renamed item", spelled('q = item\n        logger.info("asked: %s", q.content)'), True),
    (
        "text var",
        spelled('text = item.content[0].text\n        logger.info("asked: %s", text)'),
        True,
    ),
    (
        "helper text",
        spelled(
            'logger.info("asked: %s", text_of(item))',
            more="def text_of(i):\n    return i.content[0].text",
        ),
        True,
    ),
    (
        "helper logs",
        spelled("note(item)", more='def note(x):\n    logger.info("asked %s", x.content)'),
        True,
    ),
    (
        "joined",
        spelled('text = " ".join(p.text for p in item.content)\n        logger.info(text)'),
        True,
    ),
    (
        "history",
        spelled(
            'items = await self.store.load_thread_items(thread.id, None, 20, "desc", context)\n        logger.info("history %s", items.data)'
        ),
        True,
    ),
    (
        "agent input",
        spelled(
            'given = await simple_to_agent_input(items.data)\n        logger.info("given %s", given)',
            "from chatkit.agents import simple_to_agent_input",
        ),
        True,
    ),
    (
        "answer",
        spelled(
            'result = Runner.run_streamed(a, "x")\n        logger.info("said %s", result.final_output)',
            "from agents import Runner",
        ),
        True,
    ),
    (
        "answer var",
        spelled(
            'result = Runner.run_streamed(a, "x")\n        said = result.final_output\n        logger.info("said %s", said)',
            "from agents import Runner",
        ),
        True,
    ),
    ("dump", spelled('logger.info("asked: %s", item.model_dump_json())'), True),
    ("id", spelled('logger.info("asked in %s", item.id)'), False),
    ("len", spelled('logger.info("asked %d", len(item.content[0].text))'), False),
    ("type", spelled('logger.info("asked %s", item.type)'), False),
    ("comment", spelled("pass  # logger.info(item)"), False),
    ("text", spelled('logger.info("item.content is not logged")'), False),
    (
        "error answer",
        spelled('answer = await ask_health()\n        logger.info("health %s", answer)'),
        False,
    ),
    (
        "error message",
        spelled('message = "the store is away"\n        logger.info(message)'),
        False,
    ),
    (
        "prompt constant",
        spelled('prompt = "Be kind."\n        logger.info("prompt %s", prompt)'),
        False,
    ),
    ("items count", spelled('items = 5\n        logger.info("%s items", items)'), False),
    ("dialog", spelled("dialog.info(item)"), False),
    (
        "exception",
        spelled(
            'try:\n            pass\n        except ValueError as message:\n            logger.info("failed %s", message)'
        ),
        False,
    ),
    ("thread", spelled('logger.info("thread %s", thread.id)'), False),
]


@pytest.mark.parametrize(("name", "files", "is_found"), SPELLINGS, ids=[e[0] for e in SPELLINGS])
def test_spelled_otherwise(
    findings: Findings, name: str, files: dict[str, str], is_found: bool
) -> None:
    assert bool(findings(conversation_not_logged, files)) == is_found


def test_found_whatever_the_parameters_are_called(findings: Findings) -> None:
    server = spelled('logger.info("asked: %s", m.content[0].text)')["app/server.py"]
    server = server.replace("(self, thread, item, context)", "(self, t, m, c)")
    assert findings(
        conversation_not_logged, {"app/server.py": server.replace("yield item", "yield 1")}
    )


SERVICE = """\
from app.server import Server
server = Server()
async def handle(payload, user):
    {line}
    return await server.process(payload, {{"user": user}})
"""
ROUTE = """\
from fastapi import APIRouter, Depends, Request
from app.auth import get_current_user
from app.core.service import handle
router = APIRouter()
@router.post("/talk")
async def talk(request: Request, user: str = Depends(get_current_user)):
    return await handle(await request.body(), user)
"""
TALKING = "from fastapi import FastAPI\nfrom app.api.talk import router\napp = FastAPI()\n"


@pytest.mark.parametrize(
    ("line", "is_found"),
    [
        ("print(payload)", True),
        ("print('got', payload.decode())", True),
        ("raw = payload; print(raw)", True),
        ("print(len(payload), user)", False),
        ("pass  # print(payload)", False),
    ],
)
def test_a_request_that_a_service_hands_on(findings: Findings, line: str, is_found: bool) -> None:
    files = {"app/main.py": TALKING + "app.include_router(router)\n", "app/api/talk.py": ROUTE}
    files |= {"app/core/service.py": SERVICE.format(line=line), "app/core/__init__.py": ""}
    assert bool(findings(conversation_not_logged, files)) == is_found
