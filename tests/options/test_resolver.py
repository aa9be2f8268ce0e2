"""The resolver is asked before anything is written, and names what stands in the way."""

from __future__ import annotations

import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from chatkit_agent.options.blockers import known_obstacle
from chatkit_agent.options.resolver import Resolution, python_of, resolve
from chatkit_agent.project.read import read_project

APP = "from fastapi import FastAPI\n\napp = FastAPI()\n"
RELEASES = {
    "openai-chatkit 1.6.5": ["openai-agents"],
    "openai-chatkit 0.0.1": [],
    "openai-agents 0.24.0": ["pydantic>=2.12.2,<3", "mcp"],
    "mcp 2.0": ["starlette>=0.27", "httpx>=0.27.1"],
    "asyncpg 0.30": [],
    "pydantic-settings 2.7": ["pydantic>=2"],
    "pyjwt 2.10": [],
    "python-dotenv 1.0": [],
    "opentelemetry-api 1.24": [],
    "pydantic 1.10.2": [],
    "pydantic 2.12.2": [],
    "starlette 0.19": [],
    "starlette 0.50": [],
    "httpx 0.13": [],
    "httpx 0.28": [],
    "fastapi 0.78.0": ["pydantic<2", "starlette==0.19"],
    "fastapi 0.120.0": ["pydantic>=1.7", "starlette"],
    "fastapi-users 9.0.0": ["pyjwt==2.3.0"],
    "pyjwt 2.3.0": [],
}


@pytest.fixture(autouse=True)
def _index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A package index of wheels that hold nothing but what they need."""
    folder = tmp_path / "index"
    folder.mkdir()
    for release, needs in RELEASES.items():
        wheel(folder, *release.split(), needs)
    (tmp_path / "uv.toml").write_text(f'no-index = true\nfind-links = ["{folder}"]\n')
    monkeypatch.setenv("UV_CONFIG_FILE", str(tmp_path / "uv.toml"))
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "cache"))


def wheel(folder: Path, name: str, version: str, needs: list[str]) -> None:
    stem = f"{name.replace('-', '_')}-{version}"
    metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
    metadata += "".join(f"Requires-Dist: {need}\n" for need in needs)
    metadata += "Provides-Extra: crypto\n"
    with zipfile.ZipFile(folder / f"{stem}-py3-none-any.whl", "w") as archive:
        archive.writestr(f"{stem}.dist-info/METADATA", metadata)
        archive.writestr(f"{stem}.dist-info/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        archive.writestr(f"{stem}.dist-info/RECORD", "")


def asked(root: Path, files: dict[str, str], *features: str) -> Resolution:
    for path, text in {"main.py": APP, **files}.items():
        (root / path).write_text(text)
    before = {path: path.read_bytes() for path in root.iterdir() if path.is_file()}
    answer = resolve(read_project(root), features)
    assert {path: path.read_bytes() for path in root.iterdir() if path.is_file()} == before
    return answer


def test_what_goes_together(tmp_path: Path) -> None:
    answer = asked(tmp_path, {"requirements.txt": "fastapi==0.120.0  # web\n-e ./own\n"})
    assert (answer.ok, answer.obstacle, answer.reason) == (True, None, None)


PYDANTIC_2 = "the chat needs `pydantic>=2.12.2"


@pytest.mark.parametrize(
    ("path", "text", "pin"),
    [
        ("pyproject.toml", '[tool.poetry.dependencies]\npydantic="^1.9"\n', "pydantic>=1.9,<2"),
        ("environment.yml", "dependencies:\n  - pydantic=1.10\n  - fastapi\n", "pydantic==1.10.*"),
    ],
)
def test_the_pin_in_the_way(path: str, text: str, pin: str, tmp_path: Path) -> None:
    answer = asked(tmp_path, {path: text})
    assert answer.ok is False
    assert answer.obstacle
    assert answer.obstacle.startswith(f"`{pin}` in `{path}`; {PYDANTIC_2}")


def test_the_file_that_is_included_is_named(tmp_path: Path) -> None:
    files = {"requirements.txt": "-r base.txt\nfastapi\n", "base.txt": "pydantic==1.10.2\n"}
    said = asked(tmp_path, files).obstacle or ""
    assert said.startswith(f"`pydantic==1.10.2` in `base.txt`; {PYDANTIC_2}")


@pytest.mark.parametrize(
    ("text", "obstacle"),
    [
        ("mcp==1.2", "`mcp==1.2` in `requirements.txt`; the chat needs `mcp>=1.21.2,<3`"),
        (
            "fastapi==0.78.0",
            "`fastapi==0.78.0` in `requirements.txt`; it does not go together with "
            "`pydantic>=2.12.2,<3` that the chat needs",
        ),
        (
            "fastapi-users==9.0.0",
            "`fastapi-users==9.0.0` in `requirements.txt`; it does not go together with "
            "`pyjwt[crypto]>=2.10` that the chat needs",
        ),
    ],
)
def test_what_a_pin_brings(text: str, obstacle: str, tmp_path: Path) -> None:
    if text.startswith("mcp"):
        wheel(tmp_path / "index", "mcp", "1.2", [])
    assert asked(tmp_path, {"requirements.txt": f"{text}\n"}).obstacle == obstacle


def test_several_pins_in_the_way(tmp_path: Path) -> None:
    said = asked(tmp_path, {"requirements.txt": "httpx==0.13\nstarlette==0.19\n"}).obstacle or ""
    assert "`httpx==0.13` in `requirements.txt`; the chat needs `httpx>=0.27.1`" in said
    assert "`starlette==0.19` in `requirements.txt`; the chat needs `starlette>=0.27`" in said


def test_pins_that_are_in_the_way_together(tmp_path: Path) -> None:
    index = tmp_path / "index"
    wheel(index, "alpha", "1", ["beta"])
    wheel(index, "beta", "1", ["gamma==1 ; extra == 'crypto'", "starlette<0.20"])
    wheel(index, "beta", "2", ["httpx>=0.27.1"])
    answer = asked(tmp_path, {"requirements.txt": "alpha==1\nbeta<=1\n"})
    assert answer.ok is False
    assert "beta<=1" in (answer.obstacle or "")


def test_an_empty_release_is_never_taken(tmp_path: Path) -> None:
    (tmp_path / "index" / "openai_chatkit-1.6.5-py3-none-any.whl").unlink()
    answer = asked(tmp_path, {"requirements.txt": "fastapi\n"})
    assert answer.ok is None
    assert "openai-chatkit" in (answer.reason or "")


def test_what_only_a_private_index_has_is_left_out(tmp_path: Path) -> None:
    text = "our-own==1\n-e ./local\nother @ file:///nowhere.whl\nfastapi\n"
    answer = asked(tmp_path, {"requirements.txt": text})
    assert (answer.ok, answer.unasked) == (True, ("other", "our-own"))


def test_pins_that_never_went_together_are_not_blamed_on_the_chat(tmp_path: Path) -> None:
    wheel(tmp_path / "index", "alpha", "1", ["beta==2"])
    wheel(tmp_path / "index", "beta", "1", [])
    answer = asked(tmp_path, {"requirements.txt": "alpha==1\nbeta==1\nfastapi\n"})
    assert answer.ok is None
    assert answer.reason
    assert answer.reason.startswith("the project's own dependencies do not resolve for Python 3.")


def test_what_is_locked_stays_but_for_what_is_in_the_way(tmp_path: Path) -> None:
    for name, version in (("alpha", "1"), ("alpha", "2"), ("pydantic", "2.0")):
        wheel(tmp_path / "index", name, version, [])
    locked = {"alpha": "1", "pydantic": "2.0", "fastapi": "0.120.0", "gone": "7"}
    lock = "".join(
        f'[[package]]\nname = "{name}"\nversion = "{version}"\nsource = {{ registry = "x" }}\n'
        for name, version in locked.items()
    )
    pyproject = '[project]\nname = "x"\ndependencies = ["fastapi", "alpha", "pydantic"]\n'
    answer = asked(tmp_path, {"pyproject.toml": pyproject, "uv.lock": lock})
    assert answer.ok
    assert [each.partition(" -> ")[0] for each in answer.moved] == ["pydantic 2.0"]


def test_what_has_to_move_along_with_what_is_in_the_way_is_told(tmp_path: Path) -> None:
    """FastAPI itself, say, whose release of the lock takes no newer pydantic."""
    for name, version, needs in (
        ("pydantic", "2.0", ()),
        ("alpha", "1", ("pydantic<2.1",)),
        ("alpha", "2", ("pydantic", "below")),
        ("below", "1", ()),
        ("below", "2", ()),
        ("aside", "1", ()),
    ):
        wheel(tmp_path / "index", name, version, list(needs))
    locked = {"alpha": "1", "aside": "1", "below": "1", "pydantic": "2.0"}
    lock = "".join(
        f'[[package]]\nname = "{name}"\nversion = "{version}"\nsource = {{ registry = "x" }}\n'
        for name, version in locked.items()
    )
    pyproject = '[project]\nname = "x"\ndependencies = ["alpha", "aside", "below>1"]\n'
    answer = asked(tmp_path, {"pyproject.toml": pyproject, "uv.lock": lock})
    assert answer.ok
    moved = [each.partition(" -> ")[0] for each in answer.moved]
    assert moved == ["alpha 1", "below 1", "pydantic 2.0"]


@pytest.mark.parametrize(
    ("version", "python"),
    [("3.12", "3.12"), ("3.10.4", "3.10"), ("3.14", "3.14"), ("3.15", "3.15"), ("3.9", None)],
)
def test_the_python_of_the_project(version: str, python: str | None, tmp_path: Path) -> None:
    (tmp_path / ".python-version").write_text(version)
    (tmp_path / "main.py").write_text(APP)
    assert python_of(read_project(tmp_path)) == python


@pytest.mark.parametrize("requires", ["==3.11.7", "~=3.11.2", "3.11.7", "==3.11"])
def test_one_release_of_python_is_enough(requires: str, tmp_path: Path) -> None:
    text = f'[project]\nname = "x"\nrequires-python = "{requires}"\ndependencies = ["fastapi"]\n'
    (tmp_path / "pyproject.toml").write_text(text)
    (tmp_path / "main.py").write_text(APP)
    project = read_project(tmp_path)
    assert python_of(project) == "3.11"
    assert known_obstacle(project) is None


def test_the_python_of_its_environment_goes_first(tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text(APP)
    (tmp_path / ".venv").mkdir()
    (tmp_path / ".venv" / "pyvenv.cfg").write_text("home = /usr/bin\nversion_info = 3.13.1\n")
    text = '[project]\nname = "x"\nrequires-python = ">=3.9"\ndependencies = ["fastapi"]\n'
    (tmp_path / "pyproject.toml").write_text(text)
    assert python_of(read_project(tmp_path)) == "3.13"


def test_a_python_that_is_too_old(tmp_path: Path) -> None:
    answer = asked(tmp_path, {"runtime.txt": "python-3.9.1", "requirements.txt": "fastapi\n"})
    assert answer.ok is False
    assert answer.obstacle == "Python `==3.9.*` in `runtime.txt`; the chat needs 3.10 or newer"


def test_an_index_that_is_not_reached(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("UV_CONFIG_FILE")
    monkeypatch.setenv("UV_DEFAULT_INDEX", "http://127.0.0.1:9/simple")
    answer = asked(tmp_path, {"requirements.txt": "fastapi\n"})
    assert answer.ok is None
    assert "the package index was not reached" in (answer.reason or "")


@contextmanager
def served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The same releases, by HTTP as long as the block runs."""
    for file in (tmp_path / "index").iterdir():
        folder = tmp_path / "simple" / file.name.split("-")[0].replace("_", "-")
        folder.mkdir(parents=True, exist_ok=True)
        file.rename(folder / file.name)
    monkeypatch.delenv("UV_CONFIG_FILE")
    handler = partial(SimpleHTTPRequestHandler, directory=str(tmp_path))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        monkeypatch.setenv("UV_DEFAULT_INDEX", f"http://127.0.0.1:{server.server_port}/simple")
        yield
        server.shutdown()


def test_a_release_that_is_not_in_the_cache_is_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "index" / "asyncpg-0.30-py3-none-any.whl").unlink()
    (tmp_path / "index" / "asyncpg-0.30.tar.gz").touch()
    wheel(tmp_path / "index", "asyncpg", "0.31", [])
    with served(tmp_path, monkeypatch):
        asked(tmp_path, {"requirements.txt": "asyncpg==0.30\n"})
        now = asked(tmp_path, {"requirements.txt": "asyncpg\n"})
    assert now.ok


def test_what_was_resolved_before_needs_no_index(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with served(tmp_path, monkeypatch):
        first = asked(tmp_path, {"requirements.txt": "fastapi==0.120.0\n"})
    second = asked(tmp_path, {"requirements.txt": "fastapi==0.120.0\n"})
    never = asked(tmp_path, {"requirements.txt": "fastapi==0.121.0\n"})
    assert (first.ok, second.ok, never.ok) == (True, True, None)


def test_no_answer_in_time(tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text(APP)
    (tmp_path / "requirements.txt").write_text("fastapi\n")
    answer = resolve(read_project(tmp_path), seconds=0)
    assert answer.ok is None
    assert answer.reason == "the resolver had no answer after 0 seconds"


def test_modules_bring_their_own(tmp_path: Path) -> None:
    files = {"requirements.txt": "opentelemetry-api==1.2\n"}
    wheel(tmp_path / "index", "opentelemetry-api", "1.2", [])
    assert asked(tmp_path, files).ok is True
    assert "opentelemetry-api>=1.24" in (asked(tmp_path, files, "telemetry").obstacle or "")


def test_what_anybody_wrote_above_a_temporary_folder_is_no_setting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("UV_CONFIG_FILE")
    monkeypatch.setenv("UV_NO_INDEX", "1")
    monkeypatch.setenv("UV_FIND_LINKS", str(tmp_path / "index"))
    shared, project = tmp_path / "shared", tmp_path / "project"
    for folder in (shared, project):
        folder.mkdir()
        (folder / "uv.toml").write_text('constraint-dependencies = ["fastapi<0.1"]\n')
    monkeypatch.setattr(tempfile, "tempdir", str(shared))
    answer = asked(project, {"requirements.txt": "fastapi==0.120.0\n"})
    assert (answer.ok, answer.reason) == (True, None)
