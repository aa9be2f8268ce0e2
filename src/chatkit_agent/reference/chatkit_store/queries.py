"""The statements of a `.sql` file, by the names that stand before them."""

from __future__ import annotations

import re
from pathlib import Path

COMMENT = re.compile(r"^--.*\n", re.MULTILINE)
NAMED = re.compile(r"^-- name: (\w+)\n(.*?);$", re.MULTILINE | re.DOTALL)


def queries(file: str) -> dict[str, str]:
    text = Path(__file__).with_name(file).read_text(encoding="utf-8")
    return {name: COMMENT.sub("", query).strip() for name, query in NAMED.findall(text)}
