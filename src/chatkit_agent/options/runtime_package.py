"""The chat's machinery: its files, versions and checksums, delivered or as a package of its own."""

from __future__ import annotations

import ast
import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Literal

from chatkit_agent.options.features import feature_requirements
from chatkit_agent.project.tree import Tree

FOLDER = "chatkit_runtime"
YOURS = ("services/", "chatkit_store/config.py", "chatkit_store/context.py", "chatkit_page/")
README = """\
# The chat's machinery

You need not read or change any of this: what is yours stands in `services/`, and in
`chatkit_store/config.py` and `context.py`. `chatkit-agent update` replaces a file here whole while
its checksum is the one in `SHA256SUMS`; one that you edited is told, and merged.

| File | What it is for |
|---|---|
"""


def is_yours(path: str) -> bool:
    """Whether a delivered file, by its path below the chat's home, is the user's to change."""
    return path.startswith(YOURS)


def runtime_files(delivered: Mapping[str, bytes], version: str) -> Iterator[tuple[str, bytes]]:
    """`README.md`, `VERSION` and `SHA256SUMS` of the machinery among these files."""
    ours = {path: content for path, content in sorted(delivered.items()) if not is_yours(path)}
    rows = (f"| `{path}` | {_purpose(path, content)} |\n" for path, content in ours.items())
    yield f"{FOLDER}/README.md", (README + "".join(rows)).encode()
    yield f"{FOLDER}/VERSION", f"{version}\n".encode()
    sums = (f"{_checksum(content)}  {path}\n" for path, content in ours.items())
    yield f"{FOLDER}/SHA256SUMS", "".join(sums).encode()


def runtime_files_here(tree: Tree, home: str) -> dict[str, bool]:
    """The machinery, by path in the project, and whether each file is as it was delivered."""
    base = "" if home == "." else f"{home}/"
    listed = f"{base}{FOLDER}/SHA256SUMS"
    if not tree.exists(listed):
        return {}
    lines = tree.read(listed).decode("utf-8", "replace").splitlines()
    pairs = (line.partition("  ") for line in lines if line)
    return {base + path: _now(tree, base + path) == known for known, _, path in pairs}


def written_anew(home: str) -> set[str]:
    """What is made of the machinery, and never merged."""
    base = "" if home == "." else f"{home}/"
    return {f"{base}{FOLDER}/{name}" for name in ("README.md", "VERSION", "SHA256SUMS")}


def _now(tree: Tree, path: str) -> str | None:
    return _checksum(tree.read(path)) if tree.exists(path) else None


def _checksum(content: bytes) -> str:
    """As git compares: a clone with other ends of line is not an edit."""
    return hashlib.sha256(content.replace(b"\r\n", b"\n")).hexdigest()


@lru_cache(maxsize=1024)
def _purpose(path: str, content: bytes) -> str:
    text = content.decode()
    if path.endswith(".py"):
        return (ast.get_docstring(ast.parse(text)) or "").partition("\n")[0]
    first = text.partition("\n")[0]
    return first.removeprefix("--").strip() if path.endswith(".sql") else ""


Runtime = Literal["vendored", "package"]
PACKAGE = "chatkit_agent_runtime"
NAME = "chatkit-agent-runtime"
REQUIREMENT = f"{NAME}>=0.1,<0.2"
REPLACED = "which `update` replaces; its README says what is what"
STORE = b'"""The chat\'s store is in the package; its names and who is asking are yours."""\n'
# `config` and `context` are the user's, and stay where they are.
OF_THE_RUNTIME = re.compile(
    r"^([+ -]?)from \.+(chatkit_runtime|chatkit_store)(?!\.(?:config|context)\b)(?=[. ])",
    re.MULTILINE,
)
OF_THE_STORE = re.compile(r"^from \.(?=\w+ import )", re.MULTILINE)
LAST_ABSOLUTE = re.compile(rf"^(from {PACKAGE}\.[^\n]*\n)(?=from \.)", re.MULTILINE)
PAGE = ("chatkit_page/page.html", "chatkit_page/page.js", "chatkit_page/page.css")


def also_required(features: Sequence[str], runtime: Runtime) -> list[str]:
    """What a chat with these options needs besides what every chat needs."""
    packaged = [REQUIREMENT] if runtime == "package" else []
    return [*feature_requirements(features), *packaged]


def without_runtime(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """What is left to deliver beside the package: the user's, which imports the rest from it."""
    yours = {path: content for path, content in files.items() if _is_delivered(path)}
    rendered = {
        path: imported_from_package(content.decode(), path).encode()
        if path.endswith(".py")
        else content
        for path, content in yours.items()
    }
    return {"chatkit_store/__init__.py": STORE, **rendered}


def imported_from_package(text: str, path: str = "") -> str:
    """Source, or a document that shows some, with the package's names for what is not here."""
    if path.startswith("chatkit_store/"):
        text = OF_THE_STORE.sub(f"from {PACKAGE}.chatkit_store.", text)
    text = OF_THE_RUNTIME.sub(rf"\1from {PACKAGE}.\2", text)
    return LAST_ABSOLUTE.sub(r"\1\n", text)


def documented(text: str, home: str) -> str:
    """The guide to a chat whose machinery is not in the project."""
    for folder in (FOLDER, "chatkit_store"):
        kept = "(?!config|context)" if folder == "chatkit_store" else ""
        text = re.sub(rf"`{re.escape(home)}{folder}/{kept}", f"`{PACKAGE}/{folder}/", text)
    text = text.replace(REPLACED, f"of the package `{NAME}`: upgrade it as your other packages")
    return imported_from_package(text)


def _is_delivered(path: str) -> bool:
    return path in PAGE or (is_yours(path) and not path.startswith("chatkit_page/"))
