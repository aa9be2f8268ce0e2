"""Says something to the chat of a project, in a process of its own: `talk.py PACKAGE`.

The messages are read from stdin as a JSON list; an object among them is an action of a widget, or
another request by its type; an item_id of "the last" is that of the last item shown. The events of
every answer are written to stdout, as JSON.
"""

from __future__ import annotations

import importlib
import json
import sys
from typing import Any

from fastapi import FastAPI
from fastapi.testclient import TestClient


class User:
    id, name, plan = "ann", "Ann", "gold"


def talk(http: TestClient, said: Any, thread: str | None) -> list[dict[str, Any]]:
    params: dict[str, Any] = {"thread_id": thread} if thread else {}
    kind = "threads.add_user_message" if thread else "threads.create"
    if isinstance(said, dict):
        kind = said.get("type", "threads.custom_action")
        params |= {name: value for name, value in said.items() if name != "type"}
    else:
        content = [{"type": "input_text", "text": said}]
        params["input"] = {
            "content": content,
            "attachments": [],
            "quoted_text": None,
            "inference_options": {},
        }
    headers = {"Authorization": "Bearer the-token-of-ann"}
    answer = http.post("/chatkit", json={"type": kind, "params": params}, headers=headers)
    assert answer.status_code == 200, answer.text
    return [json.loads(line[6:]) for line in answer.text.splitlines() if line[:6] == "data: "]


def main(package: str) -> None:
    server = importlib.import_module(f"{package}.services.chatkit_server")
    app = FastAPI()
    app.include_router(server.create_chatkit_router(current_user=User))
    thread = None
    with TestClient(app) as http:
        last = ""
        for said in json.load(sys.stdin):
            if isinstance(said, dict) and said.get("item_id") == "the last":
                said["item_id"] = last
            events = talk(http, said, thread)
            items = [e["item"] for e in events if "item" in e]
            last = next((i["id"] for i in items[::-1] if i["type"] != "workflow"), last)
            thread = thread or events[0]["thread"]["id"]
            print(json.dumps(events), flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
