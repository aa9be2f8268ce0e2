"""Side files: those for tests, documentation, examples or scripts."""

from __future__ import annotations

import re
from functools import lru_cache

SIDE_FOLDERS = re.compile(
    r"(?:e2e|tests?|testing|fixtures|docs?|docs_src|examples?|samples?|demos?|tutorials?"
    r"|bench|benchmarks?|scripts?|tools|migrations|alembic|chat(?:kit)?-sidecar)/",
    re.IGNORECASE,
)
SIDE_FILES = re.compile(r"(?:test_.*|.*_test|conftest|setup|noxfile)\.py")


@lru_cache(maxsize=65536)
def is_side_file(path: str) -> bool:
    """Whether a file is for tests, documentation, examples or scripts."""
    folder, _, name = path.rpartition("/")
    sides = (SIDE_FOLDERS.fullmatch(f"{part}/") for part in folder.split("/"))
    return any(sides) or SIDE_FILES.fullmatch(name) is not None
