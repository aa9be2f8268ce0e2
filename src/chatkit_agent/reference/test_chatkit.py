"""The chat is mounted, says whether it is ready, and lets nobody in without a token.

Runs without a database, a model or an MCP server.
"""

from fastapi.testclient import TestClient

from .example_app import app

PATH = "/chatkit"
client = TestClient(app)


def ask(**headers: str) -> tuple[int, str]:
    """The status, and the code of the error where the chat itself refuses."""
    question = {"type": "threads.list", "params": {"limit": 1}}
    answer = client.post(PATH, json=question, headers=headers)
    error = answer.json().get("error")
    return answer.status_code, error["code"] if isinstance(error, dict) else ""


def test_the_chat_is_mounted() -> None:
    health = client.get(f"{PATH}/health")
    assert health.status_code == (200 if health.json()["ready"] else 503)
    assert health.json()["live"] is True


def test_nobody_gets_in_without_a_token() -> None:
    status, code = ask()
    assert status in (401, 403) or (status, code) == (503, "not_configured")


def test_a_forged_token_is_no_token() -> None:
    status, _ = ask(Authorization="Bearer forged")
    # 503: what would verify it is not configured, or not reached from here.
    assert status in (401, 403, 503)
