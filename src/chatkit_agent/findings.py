"""Finding: what is wrong, where, by which evidence, how to fix it, and how bad it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning", "info"]


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong. `fix` is an instruction; `edit` names the edit that carries it out."""

    what: str
    where: str
    evidence: str
    fix: str
    severity: Severity = "error"
    edit: str | None = None
