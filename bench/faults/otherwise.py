"""Faults that `missing` has as well, spelled otherwise: by names, pieces and helpers."""

from __future__ import annotations

from fault import Fault, changed

ENDPOINT, MAIN = "notes/chat/endpoint.py", "notes/main.py"
SERVER, STORE = "notes/chat/server.py", "notes/chat/store.py"
BY_ID = """        row = await (await self.pool()).fetchval(
            "select data from notes_chat.threads where user_id = $1 and id = $2",
            context.user_id,
            thread_id,
        )
        if row is None:
            raise NotFoundError"""
PIECES = """        query = "select data from notes_chat.threads where user_id = $1"
        query += " and id = " + quoted(thread_id)
        row = await (await self.pool()).fetchval(query, context.user_id)
        if row is None:
            raise NotFoundError"""
REMEMBERED = f"""        if (found := self._known(thread_id)) is not None:
            return found
{BY_ID}"""
PAGE = "def page(found: list[Any], limit: int) -> Page[Any]:"
LAST = 'f"order by position {way} limit $4"'
BAD = """    except NotFoundError as error:
        raise HTTPException(404, "There is no such conversation.") from error
"""
OTHERWISE = (
    Fault(
        "a statement is put together of pieces by a helper",
        "handmade",
        ("sql_parameterised",),
        (
            changed(STORE, BY_ID, PIECES),
            changed(
                STORE,
                PAGE,
                f'def quoted(given: str) -> str:\n    return "\'" + given + "\'"\n\n\n{PAGE}',
            ),
        ),
    ),
    Fault(
        "a cache of threads stands behind a method",
        "handmade",
        ("caches_of_their_users",),
        (
            changed(STORE, BY_ID, REMEMBERED),
            changed(
                STORE,
                "    async def begin_turn",
                "    def _known(self, key: str) -> Any:\n        return KNOWN.get(key)\n\n"
                "    async def begin_turn",
            ),
            changed(STORE, PAGE, f"KNOWN: dict[str, Any] = dict()\n\n\n{PAGE}"),
        ),
    ),
    Fault(
        "a page has its end in a comment only",
        "handmade",
        ("pages_bounded",),
        (
            changed(STORE, LAST, 'f"order by position {way} -- limit $4"'),
            changed(
                STORE,
                "            thread_id,\n            after,\n"
                "            min(max(limit, 1), 100) + 1,",
                "            thread_id,\n            after,",
            ),
        ),
    ),
    Fault(
        "items are ordered by time behind a name",
        "handmade",
        ("items_ordered_by_sequence",),
        (
            changed(STORE, LAST, 'f"{BY_TIME} {way} limit $4"'),
            changed(STORE, PAGE, f'BY_TIME = "order by created_at"\n\n\n{PAGE}'),
        ),
    ),
    Fault(
        "a helper shows what exceptions say",
        "handmade",
        ("errors_kept_inside",),
        (
            changed(
                ENDPOINT,
                '        raise HTTPException(503, "Try again in a moment.", '
                '{"Retry-After": "5"}) from error',
                "        raise away(error) from error",
            ),
            changed(
                ENDPOINT,
                '@router.get("/chatkit/health")',
                "def away(error: Exception) -> HTTPException:\n    told = repr(error)\n"
                '    return HTTPException(503, f"Away: {told}")\n\n\n'
                '@router.get("/chatkit/health")',
            ),
        ),
    ),
    Fault(
        "unknown threads are refused in another route only",
        "handmade",
        ("bad_requests_refused",),
        (
            changed(ENDPOINT, BAD, ""),
            changed(
                ENDPOINT,
                "    except (OSError, asyncpg.PostgresError):\n        return JSONResponse",
                "    except (OSError, asyncpg.PostgresError, NotFoundError):\n"
                "        return JSONResponse",
            ),
        ),
    ),
    Fault(
        "a helper of the turn blocks the event loop",
        "handmade",
        ("event_loop_free",),
        (
            changed(
                SERVER,
                '        said = draft = ""\n        result = None',
                '        ready()\n        said = draft = ""\n        result = None',
            ),
            changed(
                SERVER,
                "logger = logging.getLogger(__name__)\n",
                "logger = logging.getLogger(__name__)\n\n\ndef ready() -> None:\n"
                "    from time import sleep as pause\n\n    pause(1)\n",
            ),
        ),
    ),
    Fault(
        "every page may act with cookies, by a dict",
        "handmade",
        ("cors_credentials_bounded",),
        (
            changed(
                MAIN,
                'allow_origins=["http://localhost:3000"],',
                '**dict(allow_origins="*".split(","), allow_credentials=True),',
            ),
        ),
    ),
    Fault(
        "the route is one for every method, and names none",
        "handmade",
        ("route_takes_posts",),
        (changed(ENDPOINT, "@router.post(", "@router.api_route("),),
    ),
    Fault(
        "a token that names nobody has a name",
        "handmade",
        ("subject_required",),
        (
            changed("notes/signin.py", '            options={"require": ["exp", "sub"]},\n', ""),
            changed("notes/signin.py", 'claims["sub"]', 'claims.get("sub", "guest")'),
        ),
    ),
    Fault(
        "a store's method asks for nobody",
        "handmade",
        ("threads_of_their_users",),
        (
            changed(
                STORE,
                BY_ID,
                BY_ID.replace("user_id = $1 and id = $2", "id = $1").replace(
                    "            context.user_id,\n", ""
                ),
            ),
        ),
    ),
    Fault(
        "only the container reaches the server",
        "handmade",
        ("server_heard_outside",),
        (changed("Dockerfile", '"--host", "0.0.0.0", ', ""),),
    ),
    Fault(
        "the agent's session is the same for everybody",
        "handmade",
        ("agent_sessions_apart",),
        (
            changed(SERVER, "max_turns=10,", 'max_turns=10, session=SQLiteSession("notes"),'),
            changed(
                SERVER, "import asyncio\n", "import asyncio\n\nfrom agents import SQLiteSession\n"
            ),
        ),
    ),
)
