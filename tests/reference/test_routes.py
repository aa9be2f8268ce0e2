"""The chat's routes: who gets in, what is refused, and that what is missing is named."""

from __future__ import annotations

import asyncio
import importlib
import json
import logging
from collections.abc import AsyncIterator, Callable
from types import ModuleType
from typing import Annotated, Any

import httpx
import pytest
from fastapi import Depends, FastAPI, HTTPException
from fastapi.testclient import TestClient

from chatkit_agent.sandbox.model import ToolCall
from chatkit_agent.sandbox.serving import served

from .conftest import TARGET

HELLO = {
    "content": [{"type": "input_text", "text": "Hello"}],
    "attachments": [],
    "inference_options": {},
}
CREATE = {"type": "threads.create", "params": {"input": HELLO}}


def client(services: ModuleType, **options: Any) -> TestClient:
    app = FastAPI()
    app.include_router(services.create_chatkit_router(**options))
    return TestClient(app)


def test_what_is_missing_is_named(
    services: ModuleType, settings: Callable[..., None], verified_user: Any
) -> None:
    signed_in_by = {
        verified_user: ("_JWT_SECRET", "_JWKS_URL"),
        lambda: "ann": ("OPENAI_API_KEY", "_DATABASE_URL"),
    }
    for current_user, names in signed_in_by.items():
        answer = client(services, current_user=current_user).post("/chatkit", content=b"{}")
        assert answer.status_code == 503
        assert answer.headers["retry-after"]
        assert answer.json()["error"]["code"] == "not_configured"
        assert all(name in answer.json()["error"]["message"] for name in names)
    health = client(services, current_user=verified_user).get("/chatkit/health")
    assert health.status_code == 503
    assert health.json()["live"] is True
    assert health.json()["ready"] is False
    assert {"OPENAI_API_KEY"} < set(health.json()["missing"])
    assert any("_JWT_SECRET" in name for name in health.json()["missing"])


def test_a_risk_is_told_once_when_the_application_starts(
    services: ModuleType,
    configured: Callable[..., None],
    verified_user: Any,
    caplog: pytest.LogCaptureFixture,
) -> None:
    importlib.import_module(f"{TARGET}.chatkit_runtime.jwt")._warn_of_nobody.cache_clear()
    configured(AUTH="none")
    for _ in range(2):
        with client(services, current_user=verified_user):
            pass
    told = [each.getMessage() for each in caplog.records]
    assert len([each for each in told if "AUTH=none" in each]) == 1


def test_a_wrong_setting_is_named_without_its_value(
    services: ModuleType, configured: Callable[..., None]
) -> None:
    configured(MODEL_API="hunter2")
    answer = client(services, current_user=lambda: "ann").post("/chatkit", json=CREATE)
    assert answer.status_code == 503
    assert "model_api" in answer.text.lower()
    assert "hunter2" not in answer.text


def test_health_says_what_is_away(
    chat_url: str, configured: Callable[..., None], settings: Callable[..., None]
) -> None:
    assert httpx.get(f"{chat_url}/chatkit/health").json() == {
        "live": True,
        "ready": True,
        "missing": [],
        "degraded": [],
    }


def test_without_its_tools_the_chat_is_ready_but_degraded(
    chat_url: str, configured: Callable[..., None], toolbox: Any
) -> None:
    configured(MCP_SERVER_URL=f"{toolbox.url},http://127.0.0.1:1/mcp")
    health = httpx.get(f"{chat_url}/chatkit/health")
    assert health.status_code == 200
    assert health.json()["degraded"] == ["MCP_SERVER_URL"]


def test_tools_that_answer_are_not_degraded(chat_url: str, toolbox: Any) -> None:
    assert httpx.get(f"{chat_url}/chatkit/health").json()["degraded"] == []


def test_one_person_cannot_have_everything_written_at_once(
    person: Callable[..., Any], configured: Callable[..., None], offline_model: Any
) -> None:
    configured(TURNS_PER_USER="2")
    offline_model.behave(seconds_per_word=0.05)
    offline_model.script([" ".join(["word"] * 40)] * 2)
    alice, bob = person("alice"), person("bob")
    with alice.saying("One") as one, alice.saying("Two") as two:
        next(one), next(two)
        refused = person("alice").ask("threads.create", input=HELLO)
        assert refused.status_code == 429
        assert refused.json()["error"]["code"] == "too_many"
        assert int(refused.headers["retry-after"]) > 0
        assert person("alice").ask("threads.list").status_code == 200
        assert bob.say("Hello").text
        assert not list(one)[-1].get("message")
        list(two)
    assert alice.say("Three").text


def test_a_process_that_writes_all_it_can_says_so_early(
    person: Callable[..., Any], configured: Callable[..., None], offline_model: Any
) -> None:
    configured(TURNS_PER_PROCESS="2")
    offline_model.behave(seconds_per_word=0.05)
    offline_model.script([" ".join(["word"] * 40)] * 2)
    with person("alice").saying("One") as one, person("bob").saying("Two") as two:
        next(one), next(two)
        refused = person("carol").ask("threads.create", input=HELLO)
        assert (refused.status_code, refused.json()["error"]["code"]) == (503, "overloaded")
        assert int(refused.headers["retry-after"]) > 0
        assert person("carol").ask("threads.list").json()["data"] == []
        list(one), list(two)
    assert person("carol").say("Three").text


def test_answers_that_other_workers_write_count_too(
    person: Callable[..., Any],
    configured: Callable[..., None],
    database_url: str,
    delivered: ModuleType,
) -> None:
    configured(TURNS_PER_USER="2")
    alice = person()
    first, second, third = (alice.say("Hello").thread for _ in range(3))

    async def other_worker() -> None:
        store = delivered.PostgresStore(delivered.StoreConfig())
        for thread in (first, second):
            await store.begin_turn(thread, delivered.RequestContext("alice"), seconds=60)
        await store.close()

    asyncio.run(other_worker())
    threads = alice.ask("threads.list").json()["data"]
    for kind, where in (("threads.create", {}), ("threads.add_user_message", {"thread_id": third})):
        assert alice.ask(kind, input=HELLO, **where).status_code == 429
    assert alice.ask("threads.list").json()["data"] == threads
    assert person("bob").say("Hello").text


def test_a_database_that_is_down_is_503(
    person: Callable[..., Any], configured: Callable[..., None]
) -> None:
    url = "postgresql://nobody:hunter2@127.0.0.1:1/none"
    configured(DATABASE_URL=url, SAVE_RETRY_SECONDS="600")
    alice = person()
    answer = alice.http.post("/chatkit", json=CREATE)
    assert answer.status_code == 503
    assert answer.headers["retry-after"]
    assert "hunter2" not in answer.text
    health = alice.http.get("/chatkit/health")
    assert (health.status_code, health.json()["missing"]) == (503, ["database"])


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"{}", 400),
        (b"null", 400),
        (b"[]", 400),
        (b"\xff\xfe", 400),
        (b'{"type": "threads.unheard_of", "params": {}}', 400),
        (b'{"type": "threads.create", "params": {"input": "my secret"}}', 400),
        (b'{"type": "threads.list", "params": {"limit": -1}}', 200),
        (b'{"type": "threads.list", "params": {"limit": 1000000000000000000000}}', 200),
        (b'{"type": "threads.list", "params": {"order": "my secret"}}', 400),
        (b'{"type": "threads.list", "params": {"after": "thr_x\\u0000"}}', 404),
        (b'{"type": "threads.list", "params": {"after": "thr_none"}}', 404),
        (b'{"type": "threads.get_by_id", "params": {"thread_id": "none"}}', 404),
        (b'{"type": "items.list", "params": {"thread_id": "none"}}', 404),
        (b'{"type": "threads.delete", "params": {"thread_id": "none"}}', 404),
        (b'{"type": "threads.update", "params": {"thread_id": "none", "title": "x"}}', 404),
        (
            b'{"type": "threads.retry_after_item", "params": {"thread_id": "n", "item_id": "n"}}',
            404,
        ),
        (b'{"type": "input.transcribe", "params": {"audio_base64": "x", "mime_type": "x"}}', 501),
        (b'{"type": "attachments.create", "params": {"name":"x","size":1,"mime_type":"x"}}', 501),
        (b'{"type": "attachments.delete", "params": {"attachment_id": "x"}}', 501),
        (b'{"type":"threads.custom_action","params":{"thread_id":"x","action":{"type":"x"}}}', 501),
        (
            b'{"type":"threads.sync_custom_action","params":{"thread_id":"x","action":{"type":"x"}}}',
            501,
        ),
        (b'{"type": "threads.list", "params": {}}' + b" " * 2**20, 413),
        (
            json.dumps({**CREATE, "params": {"input": {**HELLO, "attachments": ["x"]}}}).encode(),
            501,
        ),
    ],
)
def test_each_request_gets_its_answer(person: Callable[..., Any], body: bytes, status: int) -> None:
    answer = person().http.post("/chatkit", content=body)
    assert answer.status_code == status, answer.text
    if status != 200:
        assert answer.json()["error"].keys() == {"code", "message"}
    assert "my secret" not in answer.text


def test_what_does_not_fit_the_conversation_is_400(person: Callable[..., Any]) -> None:
    alice = person()
    thread = alice.say("Hello").thread
    answer_item = alice.items(thread)[1]["id"]
    for kind, params in {
        "threads.retry_after_item": {"item_id": answer_item},
        "threads.add_client_tool_output": {"result": 1},
        "threads.add_structured_input": {"item_id": answer_item, "input": {}},
    }.items():
        assert alice.ask(kind, thread_id=thread, **params).status_code == 400, kind
    assert len(alice.items(thread)) == 2


def test_feedback_is_kept(person: Callable[..., Any]) -> None:
    alice = person()
    thread = alice.say("Hello").thread
    item = alice.items(thread)[1]["id"]
    kept = alice.ask("items.feedback", thread_id=thread, item_ids=[item], kind="positive")
    assert kept.status_code == 200
    lost = alice.ask("items.feedback", thread_id=thread, item_ids=["none"], kind="positive")
    assert lost.status_code == 404
    none = alice.ask("items.feedback", thread_id=thread, item_ids=[], kind="positive")
    assert (none.status_code, none.json()["error"]["code"]) == (400, "empty")


def test_another_sites_page_cannot_post_in_a_users_name(person: Callable[..., Any]) -> None:
    alice = person()
    body = json.dumps({"type": "threads.list", "params": {}})
    page = {"Origin": "https://evil.example"}
    for kind, status in {"text/plain": 415, "application/json": 200}.items():
        headers = {**page, "Content-Type": kind}
        assert alice.http.post("/chatkit", content=body, headers=headers).status_code == status


class Session:
    """A connection of the application's own, of which there are only two, to wait for a while."""

    free = 2


async def session() -> AsyncIterator[Session]:
    for _ in range(30):
        if Session.free:
            break
        await asyncio.sleep(0.1)
    else:
        raise HTTPException(500, "the pool is exhausted")
    Session.free -= 1
    try:
        yield Session()
    finally:
        Session.free += 1


class User:
    def __init__(self, id: int) -> None:
        self.id = id
        self.name = "Ann {user_id}"


async def get_current_user(held: Annotated[Session, Depends(session)]) -> User:
    return User(7)


def test_the_applications_own_session_is_given_back_before_the_answer(
    services: ModuleType, configured: Callable[..., None], offline_model: Any
) -> None:
    offline_model.behave(seconds_per_word=0.05)
    offline_model.script([" ".join(["word"] * 120)] * 4)
    app = FastAPI()
    app.include_router(services.create_chatkit_router(current_user=get_current_user))

    async def four_at_once(url: str) -> None:
        talking: list[int] = []
        async with httpx.AsyncClient(base_url=url, timeout=30, trust_env=False) as http:

            async def talk() -> None:
                async with http.stream("POST", "/chatkit", json=CREATE) as answer:
                    assert answer.status_code == 200
                    lines = answer.aiter_lines()
                    async for line in lines:
                        if "content_part.added" in line:
                            talking.append(1)
                        if len(talking) == 4:
                            assert Session.free == 2
                            return

            await asyncio.gather(*(talk() for _ in range(4)))

    with served(app) as url:
        asyncio.run(four_at_once(url))
    instructions = offline_model.requests[0].body["instructions"]
    assert "Ann {user_id}" in instructions


def test_the_applications_own_user_decides(
    services: ModuleType, delivered: ModuleType, configured: Callable[..., None]
) -> None:
    configured(JWT_SECRET=None)

    async def nobody() -> None:
        return None

    async def refused() -> None:
        raise HTTPException(401, "not here")

    for dependency, status in ((nobody, 401), (refused, 401), (lambda: {"id": "ann"}, 200)):
        with client(services, current_user=dependency) as http:
            answer = http.post("/chatkit", json={"type": "threads.list", "params": {}})
        assert answer.status_code == status
    whole = delivered.RequestContext("ann", organization_id="acme")
    with client(services, current_user=lambda: whole) as http:
        answer = http.post("/chatkit", json={"type": "threads.list", "params": {}})
    assert answer.status_code == 200
    wrong = client(services, current_user=lambda: {"id": 1}, user_id=lambda user: user["uuid"])
    answer = wrong.post("/chatkit", json={"type": "threads.list", "params": {}})
    assert answer.status_code == 503
    assert "user_id=" in answer.text


def test_the_routes_can_be_named_by_their_tags(services: ModuleType) -> None:
    app = FastAPI(generate_unique_id_function=lambda route: f"{route.tags[0]}-{route.name}")
    app.include_router(
        services.create_chatkit_router(current_user=lambda: None, path="/api/talk"), prefix="/v1"
    )
    paths = app.openapi()["paths"]
    assert paths["/v1/api/talk"]["post"]["operationId"] == "chatkit-chatkit"
    assert paths["/v1/api/talk/health"]["get"]["summary"]


def test_libraries_that_log_tokens_stay_at_info(
    person: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    alice = person()
    for _ in range(2):  # an application may set its levels at any time
        for name in ("mcp", "openai", "openai.agents", "mcp.client.streamable_http"):
            monkeypatch.setattr(logging.getLogger(name), "level", logging.DEBUG)
        logging.root.manager._clear_cache()  # type: ignore[attr-defined]
        alice.say("Hello")
        for name in ("mcp.client", "openai", "openai.agents", "mcp.client.streamable_http"):
            assert not logging.getLogger(name).isEnabledFor(logging.DEBUG)


def test_no_body_is_logged_at_debug(
    person: Callable[..., Any],
    offline_model: Any,
    toolbox: Any,
    caplog: pytest.LogCaptureFixture,
) -> None:
    alice = person()
    alice.say("Hello")
    caplog.set_level(logging.DEBUG)
    offline_model.script([ToolCall("add_task", {"title": "milk-4711"}), "Done with 4711."])
    assert "4711" in alice.say("Add milk-4711").text
    assert [r.name for r in caplog.records if "4711" in r.getMessage()] == []
    assert [r.name for r in caplog.records if alice.token in r.getMessage()] == []
