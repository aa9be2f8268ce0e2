"""However a router is included, mounted or handed on: what is in no application is found."""

from __future__ import annotations

import pytest

from chatkit_agent.checks.rules.routes.router_included import router_included
from tests.checks.rules.conftest import Findings

ROUTER = """\
from chatkit.server import StreamingResult
from fastapi import APIRouter
router = APIRouter()
@router.post("/chatkit")
async def talk(request):
    return await server.process(await request.body(), 1)
"""

INC = """\
from fastapi import FastAPI
from app import routes
app = FastAPI()
{line}
"""


def inc(line: str = "", routes: str = ROUTER, main: str = INC, **files: str) -> dict[str, str]:
    return {"app/routes.py": routes, "app/main.py": main.format(line=line), **files}


SPELLINGS = [
    ("not", inc(), True),
    (
        "other",
        inc(
            "app.include_router(other.router)",
            main=INC.replace("import routes", "import routes, other"),
            **{"app/other.py": "from fastapi import APIRouter\nrouter = APIRouter()\n"},
        ),
        True,
    ),
    (
        "router alias class",
        inc(
            routes=ROUTER.replace("import APIRouter", "import APIRouter as R").replace(
                "= APIRouter()", "= R()"
            )
        ),
        True,
    ),
    ("comment", inc("# app.include_router(routes.router)"), True),
    (
        "test only",
        inc(
            "",
            **{
                "tests/test_a.py": "from fastapi import FastAPI\nfrom app import routes\napp = FastAPI()\napp.include_router(routes.router)\n"
            },
        ),
        True,
    ),
    ("yes", inc("app.include_router(routes.router)"), False),
    ("kw", inc("app.include_router(router=routes.router)"), False),
    ("getattr", inc('getattr(app, "include_router")(routes.router)'), False),
    ("partial", inc('functools.partial(app.include_router, prefix="/x")(routes.router)'), False),
    ("var", inc("r = routes.router\napp.include_router(r)"), False),
    ("loop", inc("for each in (routes.router,):\n    app.include_router(each)"), False),
    ("routes extend", inc("app.router.routes.extend(routes.router.routes)"), False),
    (
        "nested",
        inc(
            "api = APIRouter()\napi.include_router(routes.router)\napp.include_router(api)",
            main=INC.replace("import FastAPI", "import APIRouter, FastAPI"),
        ),
        False,
    ),
    (
        "nested not",
        inc(
            "api = APIRouter()\napi.include_router(routes.router)",
            main=INC.replace("import FastAPI", "import APIRouter, FastAPI"),
        ),
        True,
    ),
    ("mounted", inc('app.mount("/x", routes.router)'), False),
    ("FastAPI routes", inc("app = FastAPI(routes=routes.router.routes)"), False),
]


@pytest.mark.parametrize(("name", "files", "is_found"), SPELLINGS, ids=[e[0] for e in SPELLINGS])
def test_spelled_otherwise(
    findings: Findings, name: str, files: dict[str, str], is_found: bool
) -> None:
    assert bool(findings(router_included, files)) == is_found


def test_quiet_where_a_function_of_another_file_makes_it(findings: Findings) -> None:
    lines = ROUTER.replace("router = APIRouter()\n", "def made():\n    router = APIRouter()\n")
    head, _, rest = lines.partition("@router")
    inner = "".join(f"    {line}\n" for line in f"@router{rest}".splitlines())
    routes = f"{head}{inner}    return router\n"
    main = INC.format(line="app.include_router(routes.made())")
    assert not findings(router_included, {"app/routes.py": routes, "app/main.py": main})
