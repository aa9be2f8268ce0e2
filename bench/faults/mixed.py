"""What belongs to one turn or one message, and is kept, named or given as if it were all's."""

from __future__ import annotations

from fault import Fault, changed
from hidden import SERVER, TOOLS, hand
from holes import ENDPOINT

PROCESS = "        result = await server.process(body, context)\n"
HISTORY = 'page = await self.notes.load_thread_items(thread.id, None, HISTORY, "desc", context)'
OF_CALLER = """
caller = ContextVar("caller")


def saved() -> str:
    return (FOLDER / caller.get().user_id).read_text()


@function_tool
async def my_notes() -> str:
    \"\"\"Read what is saved.\"\"\"
    return await asyncio.get_running_loop().run_in_executor(None, saved)


@asynccontextmanager
async def tools_of"""

MIXED: tuple[Fault, ...] = (
    hand(
        "the server keeps who is asking",
        "turns_kept_apart",
        changed(ENDPOINT, PROCESS, f"        server.caller = context\n{PROCESS}"),
        changed(SERVER, HISTORY, HISTORY.replace("context)", "self.caller)")),
    ),
    hand(
        "the server keeps who is asking in a dict of the module",
        "turns_kept_apart",
        changed(TOOLS, "@lru_cache\n", "CURRENT: dict[str, ChatContext] = {}\n\n\n@lru_cache\n"),
        changed(TOOLS, "context.token}", "CURRENT['caller'].token}"),
        changed(ENDPOINT, PROCESS, f"        CURRENT.update(caller=context)\n{PROCESS}"),
        changed(
            ENDPOINT,
            "from notes.signin",
            "from notes.chat.tools import CURRENT\nfrom notes.signin",
        ),
    ),
    hand(
        "a thread does not know who is asking",
        "variables_reach_turns",
        changed(TOOLS, "import RunContextWrapper", "import RunContextWrapper, function_tool"),
        changed(TOOLS, "import logging\n", "import asyncio\nimport logging\n"),
        changed(
            TOOLS,
            "from functools import lru_cache\n",
            "from contextvars import ContextVar\nfrom functools import lru_cache\n",
        ),
        changed(TOOLS, "\n\n@asynccontextmanager\nasync def tools_of", OF_CALLER),
        changed(SERVER, "import explain, tools_of", "import caller, explain, my_notes, tools_of"),
        changed(
            SERVER,
            '        said = draft = ""\n        result',
            '        caller.set(context)\n        said = draft = ""\n        result',
        ),
        changed(
            SERVER,
            "                    mcp_servers=servers,\n",
            "                    mcp_servers=servers,\n                    tools=[my_notes],\n",
        ),
    ),
)
