"""History: what a person and the assistant said about one project, without tools and secrets."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Sequence
from pathlib import Path

from platformdirs import user_state_path

MOST_MESSAGES = 20
MOST_CHARACTERS = 4000
Message = dict[str, str]


class History:
    """The latest messages, kept in the person's own state folder, readable by nobody else."""

    def __init__(self, root: Path, folder: Path | None = None) -> None:
        name = hashlib.sha256(str(root.resolve()).encode()).hexdigest()[:24]
        self.file = (folder or user_state_path("chatkit-agent") / "conversations") / f"{name}.json"

    def messages(self) -> list[Message]:
        try:
            found = json.loads(self.file.read_text(encoding="utf-8"))
            return [{"role": each["role"], "content": each["content"]} for each in found]
        except (OSError, ValueError, TypeError, KeyError):
            # A history that cannot be read is no reason not to answer.
            return []

    def add(self, messages: Sequence[Message]) -> None:
        short = [{**each, "content": each["content"][:MOST_CHARACTERS]} for each in messages]
        kept = [*self.messages(), *short][-MOST_MESSAGES:]
        self.file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        new = self.file.with_suffix(f".{os.getpid()}")
        with open(new, "w", encoding="utf-8", opener=_private) as file:
            json.dump(kept, file, ensure_ascii=False, indent=1)
        new.replace(self.file)

    def forget(self) -> None:
        self.file.unlink(missing_ok=True)


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
