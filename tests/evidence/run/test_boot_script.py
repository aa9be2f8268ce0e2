"""What the script does beside starting an application, which `test_booting` sees."""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any

import pytest
from fastapi import APIRouter

from chatkit_agent.evidence.run.boot_script import alone


@pytest.mark.parametrize("page", [None, "/chatkit/page"])
def test_the_chat_alone_has_its_page_where_it_has_it_in_the_application(
    monkeypatch: pytest.MonkeyPatch, page: str | None
) -> None:
    asked: dict[str, Any] = {}

    def create_chatkit_router(**given: Any) -> APIRouter:
        asked.update(given)
        return APIRouter()

    module = ModuleType("shop_services.chatkit_server")
    monkeypatch.setattr(module, "create_chatkit_router", create_chatkit_router, raising=False)
    monkeypatch.setitem(sys.modules, "shop_services", ModuleType("shop_services"))
    monkeypatch.setitem(sys.modules, "shop_services.chatkit_server", module)
    spec = {"services": "shop_services", "chat_path": "/chatkit", "page": page}
    alone({**spec, "stand_in": {"module": "shop", "name": "user"}, "people": {}, "carried": []})
    assert asked.get("page") == page
    assert asked["path"] == "/chatkit"
