"""A token in a line of the log is found; whether there is one, or a part of it, is not."""

from __future__ import annotations

import pytest

from chatkit_agent.checks.rules.tokens.token_not_logged import token_not_logged
from tests.checks.rules.conftest import Findings, spelled

SERVER = """\
import logging
from chatkit.server import ChatKitServer
logger = logging.getLogger(__name__)
def call(request, token, context):
    {line}
"""


@pytest.mark.parametrize(
    "line",
    [
        'logger.info("token %s", token)',
        'logger.debug(f"calling with {context.access_token}")',
        'logger.info("headers: %s", dict(request.headers))',
        "print(token)",
        'logger.info(f"from {request.url} {dict(request.headers)}")',
        'logger.info("auth %s", request.headers.get("authorization"))',
        'logger.info("%s", answer.request.headers)',
        'self.log.warning("no", extra={"auth_header": context.auth_header})',
    ],
)
def test_found(findings: Findings, line: str) -> None:
    (finding,) = findings(token_not_logged, {"app/server.py": SERVER.replace("{line}", line)})
    assert finding.where == "app/server.py:5"


@pytest.mark.parametrize(
    "line",
    [
        'logger.info("token present: %s", bool(token))',
        'logger.info("token of %s bytes", len(token))',
        'logger.info("a token is missing")',
        'logger.info("with%s token", "" if token else "out")',
        'logger.info("starts with %s", token[:4])',
        "send(token)",
        'logger.info("agent %s", request.headers.get("user-agent"))',
        'logger.info(f"{len(request.headers)} headers")',
    ],
)
def test_quiet(findings: Findings, line: str) -> None:
    assert not findings(token_not_logged, {"app/server.py": SERVER.replace("{line}", line)})


WHOLE = """\
import logging
from dataclasses import dataclass, field
from pydantic import BaseModel, SecretStr
from chatkit.server import ChatKitServer
logger = logging.getLogger(__name__)
{kind}
    user_id: str
    token: {token}
class Server(ChatKitServer[ChatContext]):
    async def respond(self, thread, item, context: ChatContext):
        {line}
"""


def whole(**parts: str) -> dict[str, str]:
    usual = {
        "kind": "@dataclass\nclass ChatContext:",
        "token": "str",
        "line": 'logger.info("turn of %s", context)',
    }
    return {"app/server.py": WHOLE.format(**usual | parts)}


@pytest.mark.parametrize(
    "parts",
    [
        {},
        {"kind": "@dataclass(frozen=True)\nclass ChatContext:"},
        {"kind": "\nclass ChatContext(BaseModel):"},
        {"line": 'logger.info(f"turn of {context}")'},
        {"line": 'logger.info(f"turn of {context!r}")'},
        {"line": "print(context)"},
    ],
)
def test_found_as_a_part_of_the_context(findings: Findings, parts: dict[str, str]) -> None:
    (finding,) = findings(token_not_logged, whole(**parts))
    assert "shows its `token`" in finding.evidence


@pytest.mark.parametrize(
    "parts",
    [
        {"token": "str = field(repr=False)"},
        {"token": "SecretStr"},
        {"kind": "\nclass ChatContext:"},
        {"kind": "@dataclass\nclass ChatContext:\n    def __repr__(self): return self.user_id"},
        {"line": 'logger.info("turn of %s", context.user_id)'},
        {"line": 'logger.info("turn in %s", thread)'},
        {"line": "await run(context)"},
    ],
)
def test_quiet_where_the_context_does_not_show_it(
    findings: Findings, parts: dict[str, str]
) -> None:
    assert not findings(token_not_logged, whole(**parts))


SPELLINGS: list[tuple[str, dict[str, str], bool]] = [
    ("straight", spelled('logger.info("t %s", context.access_token)'), True),
    ("renamed", spelled('t = context.access_token\n        logger.info("t %s", t)'), True),
    (
        "logger alias",
        spelled('L.info("t %s", context.access_token)', top="L = logging.getLogger('app')"),
        True,
    ),
    (
        "logging import as",
        spelled("lg.info(context.access_token)", imports="import logging as lg"),
        True,
    ),
    (
        "from logging import info",
        spelled("say(context.access_token)", imports="from logging import info as say"),
        True,
    ),
    (
        "structlog",
        spelled(
            'out.info("x", token=context.access_token)',
            imports="import structlog",
            top="out = structlog.get_logger()",
        ),
        True,
    ),
    (
        "loguru",
        spelled('out.info(f"{context.access_token}")', imports="from loguru import logger as out"),
        True,
    ),
    (
        "header const",
        spelled(
            "logger.info(request.headers[NAME])",
            top='NAME = "Authorization"\nasync def see(request: Request):\n    logger.info(request.headers.get(NAME))',
        ),
        True,
    ),
    (
        "header renamed var",
        spelled(
            top='async def see(request: Request):\n    value = request.headers.get("authorization")\n    logger.info("got %s", value)'
        ),
        True,
    ),
    (
        "request renamed",
        spelled(
            top='async def see(req: Request):\n    logger.info("got %s", req.headers["authorization"])'
        ),
        True,
    ),
    (
        "whole headers renamed",
        spelled(top='async def see(r: Request):\n    logger.info("got %s", dict(r.headers))'),
        True,
    ),
    (
        "headers var",
        spelled(top='async def see(r: Request):\n    h = r.headers\n    logger.info("got %s", h)'),
        True,
    ),
    (
        "credentials",
        spelled(
            top='async def see(creds: HTTPAuthorizationCredentials = Depends(bearer)):\n    logger.info("got %s", creds.credentials)'
        ),
        True,
    ),
    (
        "helper that logs",
        spelled(
            "note(context.access_token)", more='def note(text):\n    logger.info("x %s", text)'
        ),
        True,
    ),
    (
        "helper other file",
        spelled(
            "note(context.access_token)",
            imports="from app.notes import note",
            **{
                "app/notes.py": 'import logging\nlog = logging.getLogger(__name__)\ndef note(text):\n    log.info("x %s", text)\n'
            },
        ),
        True,
    ),
    (
        "helper that formats",
        spelled(
            "logger.info(text_of(context.access_token))",
            more='def text_of(t):\n    return f"token {t}"',
        ),
        True,
    ),
    ("fstring concat", spelled('logger.info("a" f"{context.access_token}")'), True),
    ("percent", spelled('logger.info("a %s" % context.access_token)'), True),
    ("format", spelled('logger.info("a {}".format(context.access_token))'), True),
    ("extra", spelled('logger.info("a", extra={"t": context.access_token})'), True),
    ("getattr", spelled('logger.info("a %s", getattr(context, "access_token", None))'), True),
    (
        "cookie",
        spelled(
            top='async def see(r: Request):\n    logger.info("got %s", r.cookies.get("access_token"))'
        ),
        True,
    ),
    (
        "self member",
        spelled(
            'logger.info("a %s", self.kept)',
            more="    def keep(self, context):\n        self.kept = context.access_token",
        ),
        True,
    ),
    ("stderr", spelled("sys.stderr.write(context.access_token)", imports="import sys"), True),
    ("comment", spelled("pass  # logger.info(token)"), False),
    ("text", spelled('logger.info("the token was refused")'), False),
    ("bool", spelled('logger.info("%s", bool(context.token))'), False),
    (
        "llm tokens",
        spelled('async for token in stream(item):\n            logger.debug("delta %s", token)'),
        False,
    ),
    ("for tokens", spelled("for token in text.split():\n            print(token)"), False),
    (
        "claims of token",
        spelled(
            top='import jwt\nasync def see(r: Request):\n    token = jwt.decode(r.headers["authorization"], "k", algorithms=["HS256"])\n    logger.info("user %s", token["sub"])'
        ),
        False,
    ),
    (
        "attr of parsed",
        spelled(
            top='class Parsed: ...\nasync def see(token: Parsed = Depends(parse)):\n    logger.info("user %s", token.user_id)'
        ),
        False,
    ),
    (
        "user found by token",
        spelled(
            'logger.info("user %s", find_user(context.token))',
            more="def find_user(token):\n    return USERS[token].id",
        ),
        False,
    ),
    (
        "await find",
        spelled(
            'user = await find_user(context.token)\n        logger.info("user %s", user.id)',
            imports="from app.users import find_user",
            **{"app/users.py": "async def find_user(token):\n    return await db.get(token)\n"},
        ),
        False,
    ),
    ("catalog", spelled("catalog.info(context.token)"), False),
    (
        "digest",
        spelled(
            "logger.info(sha256(context.token.encode()).hexdigest())",
            imports="from hashlib import sha256",
        ),
        False,
    ),
    (
        "masked by own",
        spelled(
            "logger.info(short(context.token))", more='def short(t):\n    return t[:4] + "..."'
        ),
        False,
    ),
    (
        "other header",
        spelled(
            top='async def see(r: Request):\n    logger.info("got %s", r.headers.get("user-agent"))'
        ),
        False,
    ),
    (
        "SecretStr",
        spelled(
            top='from pydantic import SecretStr\ndef see(token: SecretStr):\n    logger.info("got %s", token)'
        ),
        False,
    ),
    ("auth service", spelled('logger.info("made %s", self.auth)'), False),
    (
        "test file",
        spelled(
            **{
                "tests/test_x.py": "import logging\nfrom app.server import logger\ndef test_it(token):\n    print(token)\n"
            }
        ),
        False,
    ),
    ("number of tokens", spelled('token = 5\n        logger.info("used %s", token)'), False),
    ("constant kind", spelled('token = "bearer"\n        logger.info("kind %s", token)'), False),
    (
        "prefix",
        spelled('token = context.access_token\n        logger.info("%s", token[:6])'),
        False,
    ),
]


@pytest.mark.parametrize(("name", "files", "is_found"), SPELLINGS, ids=[e[0] for e in SPELLINGS])
def test_spelled_otherwise(
    findings: Findings, name: str, files: dict[str, str], is_found: bool
) -> None:
    assert bool(findings(token_not_logged, files)) == is_found
