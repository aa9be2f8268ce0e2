"""Hints: the places in a project that say which application is started, and how."""

from __future__ import annotations

import re
from collections.abc import Iterator

from chatkit_agent.project.facts import Hint
from chatkit_agent.project.source.sources import Sources, is_side_file

SERVER = re.compile(
    r"uvicorn|gunicorn|hypercorn|granian|daphne|fastapi|APP_MODULE|wsgi_app|entrypoint"
)
REFERENCE = re.compile(r"(?<![\w./:-])([A-Za-z_]\w*(?:\.\w+)*):([A-Za-z_]\w*(?:\.\w+)*)(?![\w:/.])")
FASTAPI_FILE = re.compile(r"fastapi[\"',\s]+(?:run|dev)\b[^\n]*?([\w./-]+)\.py")
RUN_VARIABLE = re.compile(r"\b(?:uvicorn\.)?run\(\s*(?:app\s*=\s*)?([A-Za-z_]\w*)\s*[,)]")

DEPLOYS = re.compile(
    r"(.*/)?(Dockerfile.*|.*\.dockerfile|(docker-)?compose.*\.ya?ml|Procfile.*|fly\.toml|app\.ya?ml"
    r"|render\.yaml|.*\.service|pyproject\.toml|gunicorn.*\.py|heroku\.yml|serverless\.ya?ml)",
    re.IGNORECASE,
)
RUNS = re.compile(
    r"(.*/)?(Makefile|justfile|Taskfile\.ya?ml|.*\.sh|package\.json|tox\.ini|setup\.cfg|.*\.ps1"
    r"|.*\.bat)",
    re.IGNORECASE,
)
MENTIONS = re.compile(r"(.*/)?(README.*|CONTRIBUTING.*|DEVELOP.*)", re.IGNORECASE)
LARGEST = 200_000


def find_hints(sources: Sources) -> tuple[Hint, ...]:
    """Every hint, the strongest first."""
    hints = {*_texts(sources), *_python(sources)}
    return tuple(sorted(hints, key=lambda hint: (-hint.weight, hint.source, hint.module)))


def _texts(sources: Sources) -> Iterator[Hint]:
    for path in sources.tree.paths:
        weight = _weight(path)
        if not weight or len(sources.tree.read(path)) > LARGEST:
            continue
        text = sources.text(path)
        if not SERVER.search(text):
            continue
        for module, attribute in REFERENCE.findall(text):
            yield Hint(module, attribute, path, weight)
        for stem in FASTAPI_FILE.findall(text):
            yield Hint(_module_of(stem), None, path, weight)


def _weight(path: str) -> int:
    for weight, pattern in ((3, DEPLOYS), (2, RUNS), (1, MENTIONS)):
        if pattern.fullmatch(path):
            return weight
    return 0


def _module_of(stem: str) -> str:
    return stem.removeprefix("./").strip("/").replace("/", ".").removesuffix(".__init__")


def _python(sources: Sources) -> Iterator[Hint]:
    """`uvicorn.run("app.main:app")`, and `uvicorn.run(app)` beside the application itself."""
    for path in sources.holding(b"uvicorn", b"hypercorn", b"granian"):
        text = sources.text(path)
        weight = 1 if is_side_file(path) else 2
        for module, attribute in REFERENCE.findall(text):
            yield Hint(module, attribute, path, weight)
        for variable in RUN_VARIABLE.findall(text):
            yield Hint(_module_of(path.removesuffix(".py")), variable, path, weight)
