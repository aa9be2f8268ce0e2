"""Hints: the places in a project that say which application is started, and how."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache

from chatkit_agent.project.facts import Hint
from chatkit_agent.project.source.folders import is_side_file
from chatkit_agent.project.source.sources import Sources

SERVER = re.compile(
    r"uvicorn|gunicorn|hypercorn|granian|daphne|fastapi|APP_MODULE|wsgi_app|entrypoint"
)
COLON = re.compile(r":[A-Za-z_]")
REFERENCE = re.compile(r"(?<![\w./:-])([A-Za-z_]\w*(?:\.\w+)*):([A-Za-z_]\w*(?:\.\w+)*)(?![\w:/.])")
FASTAPI_FILE = re.compile(r"fastapi[\"',\s]+(?:run|dev)\b[^\n]*?([\w./-]+)\.py")
STARTED = re.compile(r"python[\d.]*[\"',\s]+(?:-u[\"',\s]+)?(?:-m[\"',\s]+([\w.]+)|([\w./-]+)\.py)")
RUN = re.compile(
    r"\((?:(?<=\brun.)|(?<=\bConfig.)|(?<=\bserve.)|(?<=\bGranian.)|(?<=\bApplication.)|(?<=\bMangum.))\s*"
    r"(?:app\s*=\s*)?([A-Za-z_][\w.]*)\s*(?:\(\s*\))?\s*[,)]"
)
IMPORTED = re.compile(
    r"^[ \t]*from[ \t]+(\.*)([\w.]*)[ \t]+import[ \t]+(?:\(([^)]*)\)|([^\n#(]*))", re.MULTILINE
)
FOLDER = re.compile(
    r"(?:\bcd|--app-dir|--chdir|WORKDIR|working[_-]?dir(?:ectory)?|root_?dir|context|build|COPY|ADD"
    r"|cwd|PYTHONPATH)\b[ \t\"',:=]*(?:--\S+[ \t]+)*(?:\$\{\w+\})?([\w./-]+)",
    re.IGNORECASE,
)
ALIASED = re.compile(r"(\w+)(?:\s+as\s+(\w+))?")

DEPLOYS = re.compile(
    r"(.*/)?(Dockerfile.*|Containerfile.*|.*\.dockerfile|(docker-)?compose.*\.ya?ml|Procfile.*"
    r"|fly\.toml|app\.ya?ml|apprunner\.ya?ml|render\.yaml|railway\.(toml|json)|nixpacks\.toml"
    r"|.*\.service|supervisor.*\.(conf|ini)|pyproject\.toml|gunicorn.*\.py|heroku\.yml"
    r"|serverless\.ya?ml|(.*/)?(k8s|kubernetes|deploy|deployment|helm|charts?|manifests|infra)/.*\.ya?ml)",
    re.IGNORECASE,
)
RUNS = re.compile(
    r"(.*/)?(Makefile|justfile|Taskfile\.ya?ml|Tiltfile|.*\.(sh|ps1|bat|cmd|fish)|bin/[^./]+"
    r"|package\.json|ecosystem\.config\.\w+|tox\.ini|setup\.cfg|(pixi|mise)\.toml"
    r"|process-compose\.ya?ml|\.gitlab-ci\.yml|azure-pipelines\.yml|bitbucket-pipelines\.yml|Jenkinsfile"
    r"|\.github/workflows/.*\.ya?ml|\.circleci/config\.yml|\.vscode/launch\.json"
    r"|\.devcontainer/devcontainer\.json)",
    re.IGNORECASE,
)
MENTIONS = re.compile(r"(.*/)?(README.*|CONTRIBUTING.*|DEVELOP.*)", re.IGNORECASE)
HIDDEN = (".github/workflows", ".circleci", ".vscode", ".devcontainer")
"""Folders that are no part of a tree otherwise."""
LARGEST = 200_000


def find_hints(sources: Sources) -> tuple[Hint, ...]:
    """Every hint, the strongest first."""
    texts = tuple(_texts(sources))
    started: dict[str, int] = {}
    for _, weight, text in texts:
        for module, stem in STARTED.findall(text) if weight > 1 else ():
            name = module or _module_of(stem)
            started[name] = max(weight, started.get(name, 0))
    hints = {*_hints_in(texts), *_python(sources, started)}
    return tuple(sorted(hints, key=lambda hint: (-hint.weight, hint.source, hint.module)))


def _texts(sources: Sources) -> Iterator[tuple[str, int, str]]:
    """What may say how something is started, with its weight."""
    for path in (*sources.tree.paths, *hidden_files(sources)):
        weight = _weight(path)
        if weight and len(sources.tree.read(path)) <= LARGEST:
            yield path, weight, sources.text(path)


def hidden_files(sources: Sources) -> Iterator[str]:
    for name in HIDDEN:
        folder = sources.tree.folder(name)
        for path in sorted(folder.iterdir()) if folder else ():
            if sources.tree.exists(f"{name}/{path.name}"):
                yield f"{name}/{path.name}"


def _hints_in(texts: Iterable[tuple[str, int, str]]) -> Iterator[Hint]:
    for path, weight, text in texts:
        if not SERVER.search(text):
            continue
        folders = tuple(dict.fromkeys(_normal(each) for each in FOLDER.findall(text)))
        for module, attribute in _references(text):
            yield Hint(module, attribute, path, weight, folders)
        for stem in FASTAPI_FILE.findall(text):
            yield Hint(_module_of(stem), None, path, weight)


def _references(text: str) -> Iterator[tuple[str, str]]:
    """`app.main:app`, looked for in the lines that have such a colon only, which are few."""
    looked = 0
    for colon in COLON.finditer(text):
        if colon.start() >= looked:
            begin = text.rfind("\n", 0, colon.start()) + 1
            looked = text.find("\n", colon.end()) % (len(text) + 1)
            yield from REFERENCE.findall(text, begin, looked)


def _weight(path: str) -> int:
    for weight, pattern in ((3, DEPLOYS), (2, RUNS), (1, MENTIONS)):
        if pattern.fullmatch(path):
            return weight
    return 0


def _normal(folder: str) -> str:
    return "/".join(each for each in folder.split("/") if each not in ("", "."))


def _module_of(stem: str) -> str:
    return stem.removeprefix("./").strip("/").replace("/", ".").removesuffix(".__init__")


def _python(sources: Sources, started: Mapping[str, int]) -> Iterator[Hint]:
    """`uvicorn.run("app.main:app")`, and `uvicorn.run(app)` wherever that comes from.

    What a deployment starts counts as the deployment does.
    """
    for path in sources.holding(b"uvicorn", b"hypercorn", b"granian", b"gunicorn", b"Mangum"):
        text = sources.text(path)
        weight = 1 if is_side_file(path) else _weight_of(path, started)
        for module, attribute in _references(text):
            yield Hint(module, attribute, path, weight)
        for name in RUN.findall(text):
            yield Hint(*_place(sources, path, text, name), path, weight)


def _weight_of(path: str, started: Mapping[str, int]) -> int:
    module = _module_of(path.removesuffix(".py")).removesuffix(".__main__")
    weights = (weight for name, weight in started.items() if f".{module}".endswith(f".{name}"))
    return max(2, *weights, 0)


def _place(sources: Sources, path: str, text: str, name: str) -> tuple[str, str]:
    """The module and the name of what is run, which a variable of a function may hold."""
    held = _called_for(text, name)
    for each in (name, held):
        if each and (place := _place_of_import(sources, path, text, each)):
            return place
    found = held if held and "." not in held else name
    return _module_of(path.removesuffix(".py")), found


def _called_for(text: str, name: str) -> str | None:
    """`create_app` for the `app` of `    app = create_app()`."""
    for found in re.finditer(rf"{re.escape(name)}\s*=\s*([A-Za-z_][\w.]*)\(", text):
        before = text[text.rfind("\n", 0, found.start()) + 1 : found.start()]
        if before and not before.strip(" \t"):
            return found[1]
    return None


def _place_of_import(sources: Sources, path: str, text: str, name: str) -> tuple[str, str] | None:
    """Where an import says that a name comes from; nothing is parsed, as these files are many."""
    head, _, rest = name.partition(".")
    for dots, module, several, one in _imports(text):
        for original, alias in ALIASED.findall(several or one):
            if head == (alias or original):
                joined = f"{module}.{original}".strip(".") if rest else module
                return _in_file(sources, path, (joined, len(dots)), rest or original)
    return _in_file(sources, path, (name.rpartition(".")[0], 0), name.rpartition(".")[2])


@lru_cache(maxsize=16)
def _imports(text: str) -> list[tuple[str, str, str, str]]:
    return IMPORTED.findall(text)


def _in_file(
    sources: Sources, path: str, module: tuple[str, int], name: str
) -> tuple[str, str] | None:
    file = sources.file_of(path, *module) if any(module) else None
    if file and file.endswith("__init__.py"):
        symbol = sources.resolve(file, name)
        file, name = (symbol.path, symbol.name) if symbol and symbol.path else (file, name)
    return (_module_of(file.removesuffix(".py")), name) if file and name else None
