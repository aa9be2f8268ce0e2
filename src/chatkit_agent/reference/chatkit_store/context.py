"""RequestContext: who is asking. Your prompt and your tools get it."""

from __future__ import annotations

from dataclasses import dataclass

from .caller import Caller


@dataclass(frozen=True)
class RequestContext(Caller):
    """A Caller. Add fields with a default here; override `of` to fill them from your user."""
