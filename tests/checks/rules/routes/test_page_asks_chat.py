"""An address that leads to no route of the chat is found, however it is put together."""

from __future__ import annotations

import pytest

from chatkit_agent.checks.rules.routes.page_asks_chat import page_asks_chat
from tests.checks.rules.conftest import Findings

MAIN = """\
from chatkit.server import StreamingResult
from fastapi import APIRouter, Depends, FastAPI, Request
from app.auth import get_current_user
from app.server import Server
{lines}
@{router}.post({path})
async def chatkit(request: Request, user: str = Depends(get_current_user)):
    return await Server().process(await request.body(), {{"user": user}})
{after}
"""
PLAIN = MAIN.format(lines="app = FastAPI()", router="app", path='"/chatkit"', after="")
PREFIXED = MAIN.format(
    lines='P = "/v1"\nAPI = f"/api{P}"\nrouter = APIRouter(prefix="/ai")',
    router="router",
    path='path="/chatkit"',
    after="app = FastAPI()\napp.include_router(router, prefix=API)",
)
MOUNTED = MAIN.format(
    lines="inner = FastAPI()",
    router="inner",
    path='"/chatkit"',
    after='app = FastAPI()\napp.mount("/api", inner)',
)
PAGE = """\
<openai-chatkit></openai-chatkit>
<script type="module">
const BASE = "/chat";
const where = { chat: "/elsewhere" };
chat.setOptions({ api: { {url}, domainKey: KEY } });
</script>
"""
REACT = """\
import { useChatKit } from "@openai/chatkit-react";
import { CHATKIT_URL } from "./config";
// url: "/wrong"
const chat = useChatKit({ api: { url: {url}, domainKey: KEY, fetch: signedIn } });
"""


@pytest.mark.parametrize(
    ("main", "url"),
    [
        (PLAIN, 'url: "/chat"'),
        (PLAIN, "'url': '/api/chatkit'"),
        (PLAIN, "url: BASE"),
        (PLAIN, "url: `${BASE}/kit`"),
        (PLAIN, 'url: "/chatkit/stream?x=1"'),
        (PLAIN, 'url: "http://localhost:8000/api/chatkit"'),
        (PLAIN, 'url: window.CHAT_URL ?? "/chat-kit"'),
        (PREFIXED, 'url: "/chatkit"'),
        (PREFIXED, 'url: "/api/chatkit"'),
        (PREFIXED, 'url: "/ai/chatkit"'),
    ],
)
def test_found(findings: Findings, main: str, url: str) -> None:
    found = findings(
        page_asks_chat, {"app/main.py": main, "web/index.html": PAGE.replace("{url}", url)}
    )
    assert [each.where for each in found] == ["web/index.html:5"]


@pytest.mark.parametrize(
    ("main", "url"),
    [
        (PLAIN, 'url: "/chatkit"'),
        (PLAIN, 'url: "/chatkit/"'),
        (PLAIN, 'url: "/chatkit?lang=en"  // "/chat"'),
        (PLAIN, 'url: "https://api.example.com/v2/chatkit"'),
        (PLAIN, 'url: "chatkit"'),
        (PLAIN, "url: computed()"),
        (PLAIN, "url: window.CHAT_URL"),
        (PLAIN, "getClientSecret: secret"),
        (PLAIN, 'url: "http://localhost:8000/chatkit"'),
        (PREFIXED, 'url: "/api/v1/ai/chatkit"'),
        (MOUNTED, 'url: "/anywhere"'),
        (PLAIN.replace('"/chatkit"', "PATH"), 'url: "/anywhere"'),
    ],
)
def test_quiet(findings: Findings, main: str, url: str) -> None:
    page = PAGE.replace("{url}", url)
    assert not findings(page_asks_chat, {"app/main.py": main, "web/index.html": page})


@pytest.mark.parametrize(
    ("more", "is_found"),
    [
        ({"web/config.ts": 'export const CHATKIT_URL = "/chat";'}, True),
        ({"web/config.ts": 'export const CHATKIT_URL: string = "/chatkit";'}, False),
        (
            {"web/config.ts": "export const CHATKIT_URL = import.meta.env.VITE_URL ?? '/chat';"},
            True,
        ),
        (
            {
                "web/config.ts": "export const CHATKIT_URL = process.env.NEXT_PUBLIC_URL;",
                ".env": "NEXT_PUBLIC_URL=http://localhost:8000/chat\n",
            },
            True,
        ),
        (
            {
                "web/config.ts": 'export const CHATKIT_URL = "/api/chatkit";',
                "web/vite.config.ts": 'export default { server: { proxy: { "/api": API } } };',
            },
            False,
        ),
        (
            {
                "web/config.ts": 'export const CHATKIT_URL = "/api/chat";',
                "web/src/app/api/chat/route.ts": "export async function POST(request) {}",
            },
            False,
        ),
        ({"web/other.ts": "export const CHATKIT_URL = compute();"}, False),
    ],
)
def test_in_other_files(findings: Findings, more: dict[str, str], is_found: bool) -> None:
    page = REACT.replace("{url}", "CHATKIT_URL")
    found = findings(page_asks_chat, {"app/main.py": PLAIN, "web/Chat.tsx": page, **more})
    assert len(found) == is_found


@pytest.mark.parametrize(("port", "is_found"), [(8000, False), (9000, True)])
def test_the_port(findings: Findings, port: int, is_found: bool) -> None:
    page = PAGE.replace("{url}", f'url: "http://localhost:{port}/chatkit"')
    procfile = "web: uvicorn app.main:app --port 8000\n"
    files = {"app/main.py": PLAIN, "web/index.html": page, "Procfile": procfile}
    assert len(findings(page_asks_chat, files)) == is_found


TWISTED = PLAIN.replace('"/chatkit"', '"/chatkitt"')
POSTS = "import httpx\nhttpx.post('http://localhost:8000{}', json=BODY)\n"


@pytest.mark.parametrize(
    ("path", "text", "where"),
    [
        ("static/chat.js", "// chatkit\nfetch('/chatkit', {method: 'POST'})", "static/chat.js:2"),
        ("static/chat.js", "fetch(`/chatkit?x=1`)", "static/chat.js:1"),
        ("web/.env", "VITE_CHAT_URL=http://localhost:8000/chatkit\n", "web/.env:1"),
        ("client.py", POSTS.format("/chatkit"), "client.py:2"),
        (
            "tests/test_it.py",
            "def test_it(client):\n    client.post('/chatkit')",
            "tests/test_it.py:2",
        ),
        ("ask.http", "POST http://localhost:8000/chatkit\n", "ask.http:1"),
        ("static/chat.js", "fetch('/chatkitt')", None),
        ("static/chat.js", "fetch('/chatkit'); fetch('/chatkitt')", None),
        ("static/chat.js", "fetch('/chatkit/health'); fetch('/api/chatkit')", None),
        ("static/chat.js", "// it is not /chatkit but /chatkitt", None),
        ("app/more.py", "URL = '/chatkit'\n", None),
    ],
)
def test_a_letter_too_many(findings: Findings, path: str, text: str, where: str | None) -> None:
    found = findings(page_asks_chat, {"app/main.py": TWISTED, path: text})
    assert [each.where for each in found] == ([where] if where else [])


def test_almost_the_same_may_be_another_route(findings: Findings) -> None:
    other = TWISTED + "@app.get('/chatkit')\ndef other(): ...\n"
    assert not findings(page_asks_chat, {"app/main.py": other, "a.js": "fetch('/chatkit')"})
    plain = PLAIN.replace('"/chatkit"', '"/chat"')
    assert not findings(page_asks_chat, {"app/main.py": plain, "a.js": "fetch('/chats')"})
