"""What many tests share: one PostgreSQL for the session, and an empty database for each test."""

from __future__ import annotations

import gc
import os
import signal
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path

import pytest
from asyncpg import InvalidCatalogNameError
from httpx._transports import default as transports

from chatkit_agent.sandbox import postgres as embedded

from .databases import emptied, made

# `make quick` runs one of so many cases of each test.
CASES = 6
# What reads and decides: no process is started and no port opened. `make quick` runs these alone.
QUICK = (
    "checks/rules",
    "edits",
    "evidence/static",
    "options/test_env_vars.py",
    "options/test_features.py",
    "options/test_options.py",
    "output",
    "plan",
    "project",
    "test_house.py",
    "test_size.py",
    "test_traps.py",
)
STARTS_PROCESSES = (
    "edits/test_write_workflow.py",
    "evidence/static/test_probing.py",
    "evidence/static/test_services.py",
    "evidence/static/test_trying.py",
    "output/terminal/test_working.py",
    "project/detectors/test_shadows.py",
    "project/test_git.py",
    "project/test_samples.py",
    "project/test_scratch.py",
)
# Where checks look at the page in a browser as well; everywhere else that would only take long.
BROWSING = (
    "checks/test_verification.py::test_everything",
    "evidence/run/test_browser.py",
    "test_example_taskflow.py",
)
HERE = Path(__file__).parent
# Takes a model that is compiled first: `make real-model`.
collect_ignore = [] if os.environ.get("REAL_MODEL") else ["real_model"]

# What is parsed makes many objects that stay: looking through them so often takes a seventh of it.
gc.set_threshold(50_000, 20, 50)

# A shell starts what runs in the background with interrupts ignored, and children inherit that.
signal.signal(signal.SIGINT, signal.default_int_handler)


def starts_processes(path: Path) -> bool:
    place = path.relative_to(HERE).as_posix()
    return not place.startswith(QUICK) or place.startswith(STARTS_PROCESSES)


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """What `make quick` leaves out is not imported either."""
    is_quick = config.option.markexpr.startswith("not processes") and collection_path.is_file()
    return True if is_quick and starts_processes(collection_path) else None


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """The long ones go first, so that no worker is left with one at the end.

    These alone are run again: whoever may be asks another process before each test, which takes
    longer than most tests that start none.
    """
    reruns = getattr(config.option, "reruns", None)  # not there where that plugin is not
    config.option.reruns = None
    cases = Counter[tuple[str, str]]()
    for item in items:
        if starts_processes(item.path):
            item.add_marker("processes")
            if reruns:
                item.add_marker(pytest.mark.flaky(reruns=reruns))
        test = item.path.as_posix(), getattr(item, "originalname", item.name)
        if cases[test] % CASES and item.path.name != "test_house.py":
            item.add_marker("further")
        cases[test] += 1
    items.sort(key=lambda item: item.get_closest_marker("processes") is None)


@pytest.fixture(autouse=True)
def browser_where_it_matters(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = f"{request.path.relative_to(HERE).as_posix()}::{request.node.name}"
    if not place.startswith(BROWSING):
        # By its word: where libraries are old, what reads projects is not there to be imported.
        monkeypatch.setenv("CHATKIT_AGENT_BROWSER", "none")


@pytest.fixture(scope="session", autouse=True)
def certificates_read_once() -> Iterator[None]:
    """Each client reads those of all authorities, which takes longer than most requests here."""
    create = transports.create_ssl_context

    @cache
    def made_for(_environment: object, *asked: object, **options: object) -> object:
        return create(*asked, **options)

    def read_once(*asked: object, **options: object) -> object:
        where = os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR")
        return made_for(where, *asked, **options)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(transports, "create_ssl_context", read_once)
        yield


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The URL of a server of this session's own."""
    with embedded.postgres() as url:
        yield url


@pytest.fixture(scope="session")
def empty_databases() -> list[str]:
    return []


@pytest.fixture
def database_url(postgres: str, empty_databases: list[str]) -> Iterator[str]:
    """The URL of an empty database, whose name nobody has heard before."""
    url = empty_databases.pop() if empty_databases else made(postgres)
    yield url
    with suppress(InvalidCatalogNameError):  # a test may have dropped it
        empty_databases.append(emptied(url))
