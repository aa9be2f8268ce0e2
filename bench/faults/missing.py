"""Faults of security, storage and the life of a turn, in a chat that was written by hand."""

from __future__ import annotations

from fault import Fault, changed

SIGNIN, ENDPOINT = "notes/signin.py", "notes/chat/endpoint.py"
SERVER, STORE, MAIN = "notes/chat/server.py", "notes/chat/store.py", "notes/main.py"
BY_ID = """        row = await (await self.pool()).fetchval(
            "select data from notes_chat.threads where user_id = $1 and id = $2",
            context.user_id,
            thread_id,
        )
        if row is None:
            raise NotFoundError"""
INJECTED = """        row = await (await self.pool()).fetchval(
            f"select data from notes_chat.threads where user_id = $1 and id = '{thread_id}'",
            context.user_id,
        )
        if row is None:
            raise NotFoundError"""
CACHED = f"""        if thread_id in self.kept:
            return self.kept[thread_id]
{BY_ID}"""
CALLER = "context = ChatContext(caller.user_id, caller.token)"
MISSING = (
    Fault(
        "a statement is an f-string",
        "handmade",
        ("sql_parameterised",),
        (changed(STORE, BY_ID, INJECTED),),
    ),
    Fault(
        "a cache of threads is shared by all users",
        "handmade",
        ("caches_of_their_users",),
        (
            changed(STORE, BY_ID, CACHED),
            changed(
                STORE, "        self._opening =", "        self.kept = {}\n        self._opening ="
            ),
        ),
    ),
    Fault(
        "the history is given backwards",
        "handmade",
        ("newest_items_given",),
        (changed(SERVER, "list(reversed(page.data))", "page.data"),),
    ),
    Fault(
        "only the oldest messages are given",
        "handmade",
        ("newest_items_given",),
        (
            changed(SERVER, "list(reversed(page.data))", "page.data"),
            changed(SERVER, 'HISTORY, "desc"', 'HISTORY, "asc"'),
        ),
    ),
    Fault(
        "the caller is taken from the query",
        "handmade",
        ("caller_verified",),
        (
            changed(
                ENDPOINT, "request: Request, caller:", "request: Request, user_id: str, caller:"
            ),
            changed(ENDPOINT, CALLER, "context = ChatContext(user_id, caller.token)"),
        ),
    ),
    Fault(
        "a token is taken for a day after its end",
        "handmade",
        ("leeway_small",),
        (changed(SIGNIN, 'algorithms=["HS256"],', 'algorithms=["HS256"], leeway=24 * 3600,'),),
    ),
    Fault(
        "a failure keeps the lock of its thread",
        "handmade",
        ("lock_given_back",),
        (
            changed(
                SERVER,
                "            await asyncio.shield(self.notes.end_turn(thread.id, context))\n",
                "",
            ),
            changed(
                SERVER,
                '        except Exception:\n            logger.exception("a turn failed")',
                "            await self.notes.end_turn(thread.id, context)\n"
                '        except Exception:\n            logger.exception("a turn failed")',
            ),
        ),
    ),
    Fault(
        "a page has no end",
        "handmade",
        ("pages_bounded",),
        (
            changed(STORE, 'f"order by position {way} limit $4"', 'f"order by position {way}"'),
            changed(
                STORE,
                "            thread_id,\n            after,\n"
                "            min(max(limit, 1), 100) + 1,",
                "            thread_id,\n            after,",
            ),
        ),
    ),
    Fault(
        "what people write is logged",
        "handmade",
        ("conversation_not_logged",),
        (
            changed(
                SERVER,
                "        page = await self.notes.load_thread_items",
                '        logger.info("asked %s", thread.title)\n'
                "        page = await self.notes.load_thread_items",
            ),
            changed(
                SERVER,
                "        return await History()",
                '        messages = page.data\n        logger.info("heard %s", messages)\n'
                "        return await History()",
            ),
        ),
    ),
    Fault(
        "every page may act with cookies",
        "handmade",
        ("cors_credentials_bounded",),
        (
            changed(
                MAIN,
                'allow_origins=["http://localhost:3000"],',
                'allow_origins=["*"], allow_credentials=True,',
            ),
        ),
    ),
    Fault(
        "the router is included twice",
        "handmade",
        ("router_included_once",),
        (
            changed(
                MAIN,
                "app.include_router(router)",
                "app.include_router(router)\napp.include_router(router)",
            ),
        ),
    ),
    Fault(
        "the sign-in returns the id alone",
        "handmade",
        ("sign_in_gives_what_it_says",),
        (
            changed(SIGNIN, "(request: Request) -> Caller", "(request: Request) -> Caller"),
            changed(SIGNIN, 'return Caller(claims["sub"], token)', 'return claims["sub"]'),
        ),
    ),
    Fault(
        "a tool is named that nothing defines",
        "handmade",
        ("tool_names_known",),
        (changed(SERVER, "mcp_servers=servers,", "mcp_servers=servers, tools=[find_notes],"),),
    ),
    Fault(
        "everybody is one user",
        "handmade",
        ("somebody_signs_in",),
        (
            changed(
                ENDPOINT,
                ', caller: Annotated[Caller, Depends(get_caller, scope="function")]',
                "",
            ),
            changed(ENDPOINT, CALLER, 'context = ChatContext("demo", "-")'),
        ),
    ),
    Fault(
        "nothing closes the tools' connection",
        "handmade",
        ("connections_closed",),
        (
            changed(
                "notes/chat/tools.py",
                "    try:\n        yield [server]\n    finally:\n        await server.cleanup()",
                "    yield [server]",
            ),
        ),
    ),
    Fault(
        "a mounted server of tools is not started",
        "handmade",
        ("session_manager_runs",),
        (
            changed(
                MAIN,
                "app.include_router(router)",
                'tools = FastMCP("notes")\napp.mount("/mcp", tools.streamable_http_app())\n'
                "app.include_router(router)",
            ),
            changed(
                MAIN,
                "from fastapi import FastAPI\n",
                "from fastapi import FastAPI\nfrom mcp.server.fastmcp import FastMCP\n",
            ),
        ),
    ),
    Fault(
        "the tools have names that no provider takes",
        "handmade",
        ("tool_names_taken", "model_answers"),
        boot=True,
        tools="names",
    ),
    Fault(
        "an answer is longer than its header says",
        "handmade",
        ("requests_not_cut",),
        (
            changed(
                MAIN,
                "app.include_router(router)",
                '@app.middleware("http")\nasync def sized(request, call_next):\n'
                "    response = await call_next(request)\n"
                '    response.headers["content-length"] = "20"\n'
                "    return response\n\n\napp.include_router(router)",
            ),
        ),
        seen=True,
    ),
    Fault(
        "nobody awaits the prompt",
        "handmade",
        ("coroutines_awaited",),
        (
            changed(SERVER, "instructions=INSTRUCTIONS,", "instructions=instructions(),"),
            changed(
                SERVER,
                "class History(",
                "async def instructions() -> str:\n    return INSTRUCTIONS\n\n\nclass History(",
            ),
        ),
    ),
    Fault(
        "the context is made without the token that it needs",
        "handmade",
        ("calls_fit",),
        (changed(ENDPOINT, CALLER, CALLER.replace(", caller.token", "")),),
    ),
)
