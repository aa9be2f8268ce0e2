"""The chat is mounted, says whether it is ready, and lets no stranger in.

Runs without a database, a model or an MCP server.
"""

from fastapi.testclient import TestClient

from .example_app import app

PATH = "/chatkit"
client = TestClient(app)


def test_the_chat_is_mounted() -> None:
    health = client.get(f"{PATH}/health")
    assert health.status_code in (200, 503)
    assert health.json()["live"] is True


def test_nobody_gets_in_without_a_token() -> None:
    question = {"type": "threads.list", "params": {"limit": 1}}
    answer = client.post(PATH, json=question)
    assert answer.status_code in (401, 403, 503)


def test_a_forged_token_is_no_token() -> None:
    question = {"type": "threads.list", "params": {"limit": 1}}
    answer = client.post(PATH, json=question, headers={"Authorization": "Bearer forged"})
    assert answer.status_code in (401, 403, 503)
