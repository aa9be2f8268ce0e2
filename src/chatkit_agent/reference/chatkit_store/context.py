"""RequestContext: who is asking. Your prompt and your tools get it."""

from __future__ import annotations

from dataclasses import dataclass

from .caller import Caller


@dataclass(frozen=True)
class RequestContext(Caller):
    """As in `caller.py`. Add fields with a default; override `of` to fill them from your user."""
