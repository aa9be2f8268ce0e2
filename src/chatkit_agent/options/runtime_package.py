"""The chat's machinery as a package of its own, where only what is the user's is delivered."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Literal

from chatkit_agent.options.features import feature_requirements
from chatkit_agent.options.runtime_files import FOLDER, is_yours

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
