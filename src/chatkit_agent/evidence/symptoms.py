"""Symptoms: what a person sees when a chat is ill, and the words in which they say it."""

from __future__ import annotations

import re
from typing import Literal

Symptom = Literal[
    "unavailable",
    "stream_error",
    "extra_fields",
    "token_missing",
    "unauthorized",
    "not_found",
    "server_error",
    "does_not_start",
    "silent",
    "cut_off",
    "cors",
    "forgets",
    "repeats",
    "mixed_up",
    "leaks",
    "slow",
    "invisible",
]

WORDS: dict[Symptom, str] = {
    "unavailable": r"\b503\b|unavailable|not (?:initiali[sz]ed|configured)",
    "stream_error": r"stream ?error|during (?:a|the) (?:response|answer|stream)|keyerror",
    "extra_fields": r"validation ?error|extra (?:field|input)|extra_forbidden|not permitted",
    "token_missing": r"(?:auth|access|bearer)?[ _-]?token.{0,40}\b(?:missing|lacks?|absent|empty"
    r"|lost|not)\b|\b(?:missing|lacks?|without|no)\b.{0,40}token|tools?.{0,40}(?:401|unauthori[sz]ed)",
    "unauthorized": r"\b40[13]\b|unauthori[sz]ed|forbidden|not signed in",
    "not_found": r"\b40[45]\b|not found|method not allowed",
    "server_error": r"\b500\b|internal server error|traceback",
    "does_not_start": r"(?:does|do|will|can)(?:n[o']t| not) (?:start|boot|import)|crash"
    r"|(?:import|modulenotfound|attribute)error",
    "silent": r"silent|no (?:answer|reply|response|output)|nothing (?:happens|comes)|empty"
    r"|never answers|hangs?\b|apolog|i apologize|trouble connecting",
    "cut_off": r"cut|breaks? off|truncat|time[sd]? ?-?out|incomplete|disconnect"
    r"|stops? (?:half|mid)",
    "cors": r"\bcors\b|cross.origin|preflight|access-control",
    "forgets": r"forget|remember|history|lost|gone|amnesia|restart|does not know what",
    "repeats": r"twice|duplicate|several times|repeat|two (?:times|tasks)|again and again",
    "mixed_up": r"(?:other|another|wrong|someone|somebody)\b.{0,30}(?:user|account|person|thread"
    r"|chat|conversation|answers?)|mixed|impersonat|overwrit",
    "leaks": r"leak|expos|visible.{0,20}token|token.{0,30}(?:log|prompt|trace|visible|shown)",
    "slow": r"slow|latency|buffer|all at once|at once|lag|blocks?\b|freez",
    "invisible": r"blank|invisible|does(?:n't| not) (?:appear|show|render|load)"
    r"|domain ?key|disappear",
}


def symptoms_in(words: str) -> frozenset[Symptom]:
    """The symptoms that somebody's words speak of."""
    return frozenset(
        symptom for symptom, pattern in WORDS.items() if re.search(pattern, words, re.IGNORECASE)
    )
