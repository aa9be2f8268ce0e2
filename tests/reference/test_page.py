"""The page's files are served to everybody, as what they are, and nothing else is."""

from __future__ import annotations

import importlib
import os
from pathlib import Path

import pytest
from fastapi import APIRouter, FastAPI
from fastapi.middleware.gzip import GZipMiddleware
from starlette.testclient import TestClient

TARGET = os.environ.get("CHATKIT_TARGET", "chatkit_agent.reference")
page = importlib.import_module(f"{TARGET}.chatkit_runtime.page")
TurnServer = importlib.import_module(f"{TARGET}.chatkit_runtime.turn").TurnServer
FOLDER = Path(str(page.__file__)).parent.parent / "chatkit_page"


@pytest.fixture
def client() -> TestClient:
    return client_of(TurnServer)


def client_of(server: type) -> TestClient:
    router = APIRouter()
    page.add_page(router, "/chat", server)
    app = FastAPI()
    app.include_router(router)
    return TestClient(app, raise_server_exceptions=True)


def test_the_page_is_strict_about_what_it_loads(client: TestClient) -> None:
    answer = client.get("/chat")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    rules = answer.headers["content-security-policy"].split("; ")
    assert rules[0] == "default-src 'self'"
    assert not any("unsafe" in rule or "http" in rule or "*" in rule for rule in rules)
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert b"<chatkit-panel>" in answer.content


def test_what_the_page_names_is_there(client: TestClient) -> None:
    for name in ("page.js", "page.css", "icon.svg", "chatkit-panel.js"):
        answer = client.get(f"/chat/static/{name}")
        assert answer.status_code == 200, name
        assert answer.content == (FOLDER / name).read_bytes()


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("page.js", "text/javascript; charset=utf-8"),
        ("page.css", "text/css; charset=utf-8"),
        ("icon.svg", "image/svg+xml"),
    ],
)
def test_types_are_not_the_machine_s(
    name: str, kind: str, client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mimetypes.guess_type", lambda *_, **__: ("text/plain", None))
    assert client.get(f"/chat/static/{name}").headers["content-type"] == kind


def test_what_is_known_is_not_sent_again(client: TestClient) -> None:
    first = client.get("/chat/static/page.js")
    assert first.headers["cache-control"] == "no-cache"
    again = client.get("/chat/static/page.js", headers={"If-None-Match": first.headers["etag"]})
    assert again.status_code == 304
    assert again.content == b""
    assert again.headers["content-security-policy"] == first.headers["content-security-policy"]


def test_it_is_sent_compressed_to_whoever_takes_that(client: TestClient) -> None:
    name = "/chat/static/chatkit-panel.js"
    packed = client.get(name, headers={"Accept-Encoding": "br, gzip"})
    plain = client.get(name, headers={"Accept-Encoding": "identity"})
    assert packed.headers["content-encoding"] == "gzip"
    assert int(packed.headers["content-length"]) < len(plain.content) / 2
    assert packed.content == plain.content
    assert "content-encoding" not in plain.headers
    assert packed.headers["etag"] == plain.headers["etag"]
    assert packed.headers["vary"] == "Accept-Encoding"
    again = client.get(name, headers={"If-None-Match": packed.headers["etag"]})
    assert again.status_code == 304


def test_it_is_compressed_once_where_the_application_does_so_too() -> None:
    router = APIRouter()
    page.add_page(router, "/chat", TurnServer)
    app = FastAPI()
    app.include_router(router)
    app.add_middleware(GZipMiddleware)
    answer = TestClient(app).get("/chat/static/page.js", headers={"Accept-Encoding": "gzip"})
    assert answer.content == (FOLDER / "page.js").read_bytes()


def test_what_changed_is_sent_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page, "FOLDER", tmp_path)
    client = client_of(TurnServer)
    for text in ("one", "other"):
        (tmp_path / "page.css").write_text(text)
        assert client.get("/chat/static/page.css").text == text


def test_its_head_is_told(client: TestClient) -> None:
    assert client.head("/chat").status_code == 200
    assert client.post("/chat").status_code == 405


@pytest.mark.parametrize(
    "name",
    [
        "../chatkit_runtime/page.py",
        "%2e%2e/services/chat_agent.py",
        "..%2f..%2fpyproject.toml",
        "..%5c..%5cx.js",
        "../../../x.js",
        "/etc/hosts.js",
        "%2fetc%2fhosts.css",
        "C:/x.js",
        "README.md",
        "missing.js",
        "page.js%00.css",
        "",
        ".",
        "a" * 5000 + ".js",
    ],
)
def test_nothing_else_is_served(name: str, client: TestClient) -> None:
    assert client.get(f"/chat/static/{name}").status_code == 404


def test_a_link_out_of_the_folder_is_not_followed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "page").mkdir()
    (tmp_path / "secret.js").write_text("secret")
    (tmp_path / "page/link.js").symlink_to(tmp_path / "secret.js")
    monkeypatch.setattr(page, "FOLDER", tmp_path / "page")
    assert client_of(TurnServer).get("/chat/static/link.js").status_code == 404


def test_an_application_starts_without_the_files(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page, "FOLDER", "gone")
    assert client_of(TurnServer).get("/chat").status_code == 404


def test_what_lies_beside_the_chat_s_own_server_comes_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As where the machinery is a package, and only the page's own files are in the project."""
    (tmp_path / "services").mkdir()
    (tmp_path / "chatkit_page").mkdir()
    (tmp_path / "chatkit_page/page.html").write_text("ours")
    (tmp_path / "services/own_server.py").write_text(
        f"from {TARGET}.chatkit_runtime.turn import TurnServer\n\n\n"
        "class OwnServer(TurnServer):\n    pass\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path / "services"))
    client = client_of(importlib.import_module("own_server").OwnServer)
    assert client.get("/chat").text == "ours"
    assert client.get("/chat/static/chatkit-panel.js").status_code == 200
