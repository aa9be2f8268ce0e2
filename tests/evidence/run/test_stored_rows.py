"""What a chat has stored is read from the sandbox's database, or it is said that it is away."""

from __future__ import annotations

from pathlib import Path

import pytest

from chatkit_agent.errors import CannotBoot
from chatkit_agent.evidence.run.conversation import stored_rows


def test_a_database_that_is_away_is_said(tmp_path: Path) -> None:
    with pytest.raises(CannotBoot, match=r"answered no more.*chatkit-agent verify"):
        stored_rows(f"postgresql://reader@/chat?host={tmp_path}&port=5432")
