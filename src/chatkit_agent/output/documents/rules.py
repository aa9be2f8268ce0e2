"""What rules are for, as they declare it themselves."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from chatkit_agent.output.documents.base import Document, Part

if TYPE_CHECKING:
    from chatkit_agent.checks.check import Check


class RulePart(Part):
    code: str
    name: str
    topic: str
    title: str
    about: str
    severity: str
    needs: tuple[str, ...]
    """Any of these."""
    symptoms: tuple[str, ...]

    @classmethod
    def of(cls, check: Check[Any]) -> RulePart:
        own = ("code", "name", "topic", "title", "about", "severity", "symptoms")
        return cls(needs=check.kinds, **{name: getattr(check, name) for name in own})


class RuleDocument(Document):
    """`rule`: every rule that was asked for."""

    NAME = "rule"
    rules: tuple[RulePart, ...]

    @classmethod
    def of(cls, checks: Iterable[Check[Any]]) -> RuleDocument:
        return cls(rules=tuple(map(RulePart.of, checks)))
