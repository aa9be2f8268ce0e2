"""People keep tasks, and see only their own."""

from collections.abc import Callable

import pytest
from fastapi.testclient import TestClient

SignIn = Callable[[str], dict[str, str]]


def test_a_task_is_added_changed_and_deleted(api: TestClient, sign_in: SignIn) -> None:
    alice = sign_in("alice")
    added = api.post("/tasks", json={"title": " buy milk "}, headers=alice)
    assert added.status_code == 201
    task = added.json()
    assert (task["title"], task["done"]) == ("buy milk", False)
    changed = api.patch(f"/tasks/{task['id']}", json={"done": True}, headers=alice).json()
    assert changed == {**task, "done": True}
    assert api.get("/tasks", headers=alice).json() == [changed]
    assert api.delete(f"/tasks/{task['id']}", headers=alice).status_code == 204
    assert api.get("/tasks", headers=alice).json() == []


def test_tasks_can_be_listed_by_what_is_done(api: TestClient, sign_in: SignIn) -> None:
    alice = sign_in("alice")
    for title in ("one", "two"):
        api.post("/tasks", json={"title": title}, headers=alice)
    api.patch("/tasks/2", json={"done": True}, headers=alice)
    assert [task["id"] for task in api.get("/tasks?done=true", headers=alice).json()] == [2]
    assert [task["id"] for task in api.get("/tasks?done=false", headers=alice).json()] == [1]
    assert len(api.get("/tasks?limit=1", headers=alice).json()) == 1


def test_nobody_touches_the_tasks_of_another(api: TestClient, sign_in: SignIn) -> None:
    alice, bob = sign_in("alice"), sign_in("bob")
    path = f"/tasks/{api.post('/tasks', json={'title': 'secret'}, headers=alice).json()['id']}"
    assert api.get("/tasks", headers=bob).json() == []
    assert api.patch(path, json={"title": "mine"}, headers=bob).status_code == 404
    assert api.delete(path, headers=bob).status_code == 404
    assert [task["title"] for task in api.get("/tasks", headers=alice).json()] == ["secret"]


@pytest.mark.parametrize("title", ["", "   ", "x" * 201])
def test_a_title_has_a_sensible_length(api: TestClient, sign_in: SignIn, title: str) -> None:
    answer = api.post("/tasks", json={"title": title}, headers=sign_in("alice"))
    assert answer.status_code == 422


def test_without_a_sign_in_there_are_no_tasks(api: TestClient) -> None:
    assert api.get("/tasks").status_code == 401
    assert api.get("/health").json() == {"status": "ok"}
