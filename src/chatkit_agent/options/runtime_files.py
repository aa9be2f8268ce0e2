"""What lies beside the delivered machinery: what each file is for, its version, and checksums."""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Iterator, Mapping
from functools import lru_cache

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
