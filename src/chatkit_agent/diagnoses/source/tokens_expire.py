"""A token that has expired is refused."""

from __future__ import annotations

import re
from collections.abc import Iterator

import libcst as cst

from chatkit_agent.findings import Finding
from chatkit_agent.observations import Observations
from chatkit_agent.reading import syntax
from chatkit_agent.reading.scopes import within_node

OWN_LOOK = re.compile(r"\[[\"']exp[\"']\]|get\([\"']exp[\"']")


def tokens_expire(observations: Observations) -> Iterator[Finding]:
    chat = observations.chat
    for call in (each for scope in chat.sign_ins for each in chat.code.inside(scope)):
        # Whoever reads the claim may look at it by themselves, with a leeway of their own.
        looks = OWN_LOOK.search(chat.code.sources.text(call.scope.file))
        if call.method != "decode" or "jwt" not in call.written.lower() or looks:
            continue
        for each in within_node(call.node, cst.DictElement):
            is_off = syntax.dotted(each.value) == "False"
            if syntax.text(each.key) == "verify_exp" and is_off:
                yield Finding(
                    what="A token that was once valid is valid for ever, also one that was stolen.",
                    where=chat.code.where(call.scope, each),
                    evidence=f"`{call.written}` is told not to look at `exp`.",
                    fix='Take it out, and require it: `options={"require": ["exp", "sub"]}`.',
                    cause="tokens for ever",
                    explains=("leaks", "mixed_up"),
                )
