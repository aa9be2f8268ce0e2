"""What rules are for, as they declare it themselves."""

from __future__ import annotations

from chatkit_agent.checks.rules import CHECKS
from chatkit_agent.output.documents.rules import RuleDocument


def test_each_rule_in_the_order_that_was_asked_for() -> None:
    document = RuleDocument.of(reversed(CHECKS))
    assert [each.code for each in document.rules] == [each.code for each in reversed(CHECKS)]
    for part, check in zip(document.rules, reversed(CHECKS), strict=True):
        assert (part.name, part.topic, part.title) == (check.name, check.topic, check.title)
        assert (part.about, part.severity) == (check.about, check.severity)
        assert (part.needs, part.symptoms) == (check.kinds, check.symptoms)
