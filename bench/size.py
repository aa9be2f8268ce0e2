"""Counts the delivered code: `size.py` prints the tables of `docs/size.md`, `--write` puts them in.

usage: size.py [--write]
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

from chatkit_agent.edits.deliver_backend import REFERENCE, SIGN_IN
from chatkit_agent.options.features import MODULES

PAGE = Path(__file__).resolve().parent.parent / "docs" / "size.md"
BEGIN, END = "<!-- counted by `make size` -->\n", "<!-- until here -->\n"
YOURS = (
    "services/chat_agent.py",
    "services/chatkit_server.py",
    "services/chat_settings.py",
    "chatkit_store/config.py",
    "chatkit_store/context.py",
)
BESIDE = ("main.py", "sign_in.py")
OPTIONAL = {file: f"`--with {each.name}`" for each in MODULES for file in each.files}
OPTIONAL |= dict.fromkeys(MODULES[-3].files, "`--tools routes`")
OPTIONAL |= dict.fromkeys(MODULES[-2].files, "`--token auto` or `argument`")
OPTIONAL |= dict.fromkeys(MODULES[-1].files, "`--token prompt`")
OPTIONAL |= dict.fromkeys(SIGN_IN, "`--auth jwt` or `none`, and a sidecar")
OPTIONAL |= dict.fromkeys(BESIDE, "a sidecar")


def delivered() -> list[str]:
    """The code that can arrive, by its path below the reference."""
    folders = ("services", "chatkit_store", "chatkit_runtime")
    found = [path for folder in folders for path in sorted((REFERENCE / folder).iterdir())]
    paths = [path.relative_to(REFERENCE).as_posix() for path in found if _is_code(path)]
    return [*paths, *BESIDE]


def _is_code(path: Path) -> bool:
    return path.suffix in {".py", ".sql"}


def lines(path: str) -> int:
    return len((REFERENCE / path).read_text(encoding="utf-8").splitlines())


def purpose(path: str) -> str:
    """What the file's first line says."""
    text = (REFERENCE / path).read_text(encoding="utf-8")
    if path.endswith(".sql"):
        return text.splitlines()[0].removeprefix("--").strip()
    return (ast.get_docstring(ast.parse(text)) or "").splitlines()[0]


def table(paths: list[str]) -> Iterator[str]:
    yield "| File | Lines | What it is for |"
    yield "|---|---:|---|"
    for path in paths:
        yield f"| `{path}` | {lines(path)} | {purpose(path)} |"


def tables() -> str:
    core = [path for path in delivered() if path not in OPTIONAL]
    machinery = [path for path in core if path not in YOURS]
    chosen = [path for path in delivered() if path in OPTIONAL]
    parts = [
        f"Yours: {sum(map(lines, YOURS))} lines.\n",
        *table(list(YOURS)),
        f"\nBeneath, for everybody: {sum(map(lines, machinery))} lines.\n",
        *table(machinery),
        "\nAnd what was chosen:\n",
        "| File | Lines | What it is for | Arrives with |",
        "|---|---:|---|---|",
        *(f"| `{path}` | {lines(path)} | {purpose(path)} | {OPTIONAL[path]} |" for path in chosen),
    ]
    return "\n".join(parts) + "\n"


def main() -> None:
    if "--write" not in sys.argv[1:]:
        print(tables(), end="")
        return
    text = PAGE.read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    PAGE.write_text(f"{before}{BEGIN}{tables()}{END}{rest.partition(END)[2]}", encoding="utf-8")


if __name__ == "__main__":
    main()
