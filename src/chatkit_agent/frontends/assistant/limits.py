"""Limits: how much one task may cost."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    turns: int = 30
    tokens: int = 400_000
