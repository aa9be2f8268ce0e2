"""The element in a real browser, with the delivered chat, PostgreSQL and the offline model."""

from __future__ import annotations

import importlib
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from chatkit_agent.sandbox.model import OfflineModel
from chatkit_agent.sandbox.serving import served

from ..reference.toolbox import Toolbox
from .browsing import Browsing, Visit
from .stage import SECRET, application, stage_router

TARGET = os.environ.get("CHATKIT_TARGET", "chatkit_agent.reference")
STATIC = Path(str(importlib.import_module(TARGET).__file__)).parent / "chatkit_page"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    reason = browsing_is_impossible()
    for item in items:
        if here in item.path.parents and reason and "visit" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.skip(reason=reason))


def browsing_is_impossible() -> str:
    if chromium() is None:
        return "no Chromium is here; on Debian: apt-get install chromium"
    try:
        importlib.import_module("playwright")
    except ImportError:
        return "no Playwright is here: pip install playwright"
    return ""


def chromium() -> str | None:
    names = ("chromium", "chromium-browser", "google-chrome", "chrome")
    return next(filter(None, map(shutil.which, names)), None)


@pytest.fixture(scope="session")
def npm_packages() -> Path:
    """Where npm has put what package.json names. No lock file: the versions are exact."""
    here = Path(__file__).parent
    if shutil.which("npm") is None:
        pytest.skip("no npm is here; on Debian: apt-get install npm")
    command = ["npm", "install", "--no-package-lock", "--no-audit", "--no-fund", "--silent"]
    done = subprocess.run(command, cwd=here, capture_output=True, text=True)
    if done.returncode != 0:
        pytest.skip(f"npm cannot install what the checks need: {done.stderr[-200:]}")
    return here / "node_modules"


@pytest.fixture(scope="session")
def axe(npm_packages: Path) -> Path:
    return npm_packages / "axe-core" / "axe.min.js"


@pytest.fixture
def configured(
    monkeypatch: pytest.MonkeyPatch, database_url: str, tmp_path: Path
) -> Iterator[OfflineModel]:
    prefix = importlib.import_module(f"{TARGET}.chatkit_store.config").ENV_PREFIX
    for name in list(os.environ):
        if name.startswith((prefix, "OPENAI_", "MCP_SERVER_URL")):
            monkeypatch.delenv(name)
    with OfflineModel() as model:
        values = {
            f"{prefix}DATABASE_URL": database_url,
            f"{prefix}JWT_SECRET": SECRET,
            f"{prefix}ATTACHMENTS_SECRET": SECRET,
            f"{prefix}ATTACHMENTS_FOLDER": str(tmp_path / "files"),
            "OPENAI_API_KEY": "sk-offline",
            "OPENAI_BASE_URL": model.url,
        }
        for name, value in values.items():
            monkeypatch.setenv(name, value)
        yield model


@pytest.fixture
def toolbox(configured: OfflineModel, monkeypatch: pytest.MonkeyPatch) -> Iterator[Toolbox]:
    box = Toolbox()
    with served(box.app()) as url:
        box.url = f"{url}/mcp"
        monkeypatch.setenv("MCP_SERVER_URL", box.url)
        yield box


@pytest.fixture
def chat_url(configured: OfflineModel, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The application with the chat and the page; it reads its settings at its first request."""
    router = stage_router(TARGET)
    prefix = importlib.import_module(f"{TARGET}.chatkit_store.config").ENV_PREFIX
    with served(application(router, STATIC)) as url:
        monkeypatch.setenv(f"{prefix}ATTACHMENTS_URL", f"{url}/chatkit")
        yield url


@pytest.fixture(scope="module")
def browsing() -> Iterator[Browsing]:
    """A browser for a file: Playwright keeps an event loop running in this thread meanwhile, in
    which no other test could run one of its own."""
    with Browsing(str(chromium())) as browser:
        yield browser


@pytest.fixture
def visit(browsing: Browsing, chat_url: str) -> Iterator[Callable[..., Visit]]:
    """Opens the page as somebody; in the end, nothing may have left the application's origin."""
    visits: list[Visit] = []

    def open_page(user: str = "alice", **options: Any) -> Visit:
        visits.append(browsing.visit(chat_url, user, **options))
        return visits[-1]

    yield open_page
    for one in visits:
        one.close()
    for one in visits:
        one.check()
