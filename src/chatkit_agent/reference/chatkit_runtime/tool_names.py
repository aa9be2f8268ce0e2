"""Tool names that every provider takes, no two alike, and the names that the servers know."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from hashlib import sha256

LONGEST_NAME = 64
# What OpenAI takes for one request.
MOST_TOOLS = 128


def plain_name(name: str) -> str:
    """The name with letters, digits, _ and - only, beginning with a letter, 64 at most."""
    text = re.sub(r"[^a-zA-Z0-9_-]", "_", name)
    text = text if re.match(r"[a-zA-Z_]", text) else f"t_{text}"
    return text if len(text) <= LONGEST_NAME else with_mark(text, name)


def offered_names(names: Sequence[str]) -> list[str]:
    """A name for each of these, the same ones each time; who had to change gives way."""
    plain = [plain_name(name) for name in names]
    alike = Counter(plain)
    taken = {name for name in names if plain_name(name) == name}
    found: dict[str, None] = {}
    for name, text in zip(names, plain, strict=True):
        if text != name and (alike[text] > 1 or text in taken):
            text = with_mark(text, name)
        while text in found:
            text = with_mark(text, f"{name} {len(found)}")
        found[text] = None
    return list(found)


def with_mark(text: str, name: str) -> str:
    """So many letters of the text, and a mark of the name that it stands for."""
    mark = sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    return f"{text[: LONGEST_NAME - len(mark) - 1]}_{mark}"
