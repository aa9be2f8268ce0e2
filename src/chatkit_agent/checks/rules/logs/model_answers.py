"""The log has no error of the model's provider, and no turn that failed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from chatkit_agent.checks.check import LOG, Finding, check
from chatkit_agent.checks.known.provider_accounts import ACCOUNT
from chatkit_agent.checks.known.provider_network import NETWORK
from chatkit_agent.checks.known.provider_requests import REQUESTS
from chatkit_agent.checks.known.turns import TURNS
from chatkit_agent.checks.known_errors import known_errors
from chatkit_agent.evidence.static import Evidence, Log

KNOWN = (*REQUESTS, *TURNS, *ACCOUNT, *NETWORK)
"""What is said in general comes last."""
TROUBLE = re.compile(
    r"error|exception|unsupported|tripwire|fail|warn|critical|refus|denied|exceeded|cannot"
    r"|broke off|busy|renewed|keeps no answers|guardrail|timed out|callers are one",
    re.IGNORECASE,
)


@check("CK905", needs=LOG)
def model_answers(evidence: Evidence) -> Iterator[Finding]:
    """Told apart by cause: account, credit, rate and region; address, network and certificates;
    what a provider refuses in the history, the tools and the settings; and how a turn ended, in the
    words of the SDKs and of a delivered chat.
    """
    if evidence.log:
        yield from known_errors(_of_trouble(evidence.log), KNOWN)


def _of_trouble(log: Log) -> Log:
    """Its lines of which something went wrong; the others have words of these as well."""
    return replace(log, lines=tuple(line if TROUBLE.search(line) else "" for line in log.lines))
