"""Readers are given anything, and say what they could not read: they never stop."""

from __future__ import annotations

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chatkit_agent.errors import CannotRead
from chatkit_agent.project.manifest import MANIFEST, manifest_of
from chatkit_agent.project.paths import not_planned
from chatkit_agent.project.read import read_project
from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.nesting import DEEPEST, depth_of
from chatkit_agent.project.text.visible import UNSAFE, visible

BOUNDED = settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
MAIN = "from fastapi import FastAPI\n\napp = FastAPI()\n"
WORDS = st.sampled_from(
    [
        *("[project]", "[tool.poetry]", "dependencies", "=", "[", "]", "{", "}", '"', "'", "\n"),
        *("fastapi", "==", "-r", "-c", "../x", "name", "python", "'3'", "services:", "  ", "env"),
        *("FROM python", "RUN pip install -r", "uvicorn", "main:app", "#", "\\", "$", "%", "\x00"),
        *("[options]", "install_requires", "- pip:", "import", "def f(", "class A(", "if", "elif"),
    ]
)
TEXTS = st.one_of(st.text(max_size=300), st.lists(WORDS, max_size=60).map(" ".join))
NAMES = st.sampled_from(
    (
        *("pyproject.toml", "requirements.txt", "setup.cfg", "setup.py", "Pipfile", "compose.yml"),
        *("environment.yml", ".env", "Dockerfile", "uv.lock", "Makefile", "app.py", "alembic.ini"),
    )
)
KEYS = (
    *("format", "version", "plan_id", "options", "files", "folders", "path", "before", "after"),
    *("text", "base64", "app", "home", "x"),
)
ANY_BYTES = st.one_of(
    st.binary(max_size=300), TEXTS.map(lambda text: text.encode(errors="replace"))
)
DEEP = st.sampled_from(["(", "[", "-", "not ", "f(", "a.b + ", "1 + ", "lambda: "])
PARTS = st.sampled_from(["a", ".git", ".GIT", "..", ".", "b.py", ".env", "git~1"])
JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=10)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(
            st.sampled_from(KEYS),
            inner,
            max_size=6,
        ),
    ),
    max_leaves=20,
)


@BOUNDED
@given(files=st.dictionaries(NAMES, TEXTS, max_size=4))
def test_a_project_of_any_files_is_read(
    files: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    root = tmp_path_factory.mktemp("any")
    (root / "main.py").write_text(MAIN)
    for name, text in files.items():
        (root / name).write_bytes(text.encode(errors="surrogatepass"))
    project = read_project(root)
    assert any(each and each.ref == "main:app" for each in (project.app, *project.candidates))


@BOUNDED
@given(document=JSON)
def test_a_manifest_of_anything_is_refused_or_read(
    document: object, tmp_path_factory: pytest.TempPathFactory
) -> None:
    root = tmp_path_factory.mktemp("any")
    (root / MANIFEST).parent.mkdir()
    (root / MANIFEST).write_text(json.dumps(document))
    with pytest.raises(CannotRead):
        manifest_of(root)


@BOUNDED
@given(
    source=st.one_of(st.binary(max_size=300), TEXTS.map(lambda text: text.encode(errors="replace")))
)
def test_source_of_any_bytes_is_parsed_or_refused(source: bytes) -> None:
    depth_of(source)
    try:
        module = syntax.parse(source)
    except CannotRead:
        return
    assert module.bytes == source


@BOUNDED
@given(
    parts=st.lists(
        st.sampled_from(["(", "[", "-", "not ", "f(", "a.", "1 + ", "lambda: "]), max_size=40
    ),
    times=st.integers(1, 400),
)
def test_what_is_deep_is_never_parsed(parts: list[str], times: int) -> None:
    text = "".join(parts) * times
    closing = {"(": ")", "[": "]"}
    ends = "".join(closing[each] for each in reversed(text) if each in closing)
    source = f"x = {text}1{ends}\n".encode()
    expected = "levels deep" if depth_of(source) > DEEPEST else "not valid Python"
    assert _outcome(source) in (source, expected)


def _outcome(source: bytes) -> bytes | str:
    try:
        return syntax.parse(source).bytes
    except CannotRead as error:
        said = str(error)
    return next((each for each in ("levels deep", "not valid Python") if each in said), said)


@BOUNDED
@given(text=st.text())
def test_nothing_unsafe_is_visible(text: str) -> None:
    assert not UNSAFE.search(visible(text))


@BOUNDED
@given(parts=st.lists(PARTS, min_size=1))
def test_no_path_below_git_is_planned(parts: list[str]) -> None:
    path = "/".join(parts)
    if {".git", ".GIT", "..", ".", "git~1", ".env"} & {*parts}:
        assert not_planned(path)
