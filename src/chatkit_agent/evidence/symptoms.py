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

NOT = r"(?:(?:does|do|did|will|can|wo)(?:n['o]?t| not)|won't|cannot|never|refuses to|fails? to)"
WORDS: dict[Symptom, str] = {
    "unavailable": r"\b50[234]\b|unavailable|not (?:initiali[sz]ed|configured)|\b(?:down|offline)\b"
    r"|bad gateway|refused|unreachable|too many connections",
    "stream_error": r"stream ?error|during (?:a|the) (?:response|answer|stream)|keyerror"
    r"|while streaming|went wrong|an error occurred|invents?\b|hallucinat",
    "extra_fields": r"validation ?error|extra (?:field|input)|extra_forbidden|not permitted"
    r"|\b422\b|unprocessable",
    "token_missing": r"(?:auth|access|bearer)?[ _-]?token.{0,40}\b(?:missing|lacks?|absent|empty"
    r"|lost|not)\b|\b(?:missing|lacks?|without|no)\b.{0,40}token|tools?.{0,40}(?:401|unauthori[sz]ed"
    r"|away|gone|\buser)|mcp\b.{0,40}(?:token|401|unauthori[sz]ed)|know who",
    "unauthorized": r"\b40[13]\b|unauthori[sz]ed|forbidden|invalid token|permission denied"
    r"|not (?:signed|logged) in|(?:signed|logged) out|(?:log ?in|sign in)\b",
    "not_found": r"\b40[45]\b|not found|method not allowed",
    "server_error": r"\b500\b|internal (?:server )?error|traceback|went wrong"
    r"|relation .{0,40}does not exist|no such (?:table|column)|database is locked",
    "does_not_start": rf"{NOT} (?:start|boot|import|come up)|crash|\bexits?\b|refused"
    r"|restart\w* (?:in a loop|loop|again)|(?:import|modulenotfound|attribute)error",
    "silent": r"silent|no (?:answer|reply|response|output)|nothing (?:happens|comes|shows|appears)"
    rf"|{NOT} (?:answer|repl(?:y|ies)|respond|load)|\bempty\b|hangs?\b|stuck|forever|spinn|apolog"
    r"|trouble connecting|tools?.{0,30}(?:away|gone)",
    "cut_off": r"\bcuts?\b|breaks? off|truncat|time[sd]? ?-?out|incomplete|disconnect"
    r"|(?:stop|end)s? (?:half|mid|early|before|abrupt|in the middle|too soon)|half (?:an|the|of)\b",
    "cors": r"\bcors\b|cross.origin|preflight|access-control|failed to fetch|networkerror",
    "forgets": r"forget|remember|history|lost|gone|amnesia|restart|does not know what|vanish"
    r"|disappear|out of order|wrong order",
    "repeats": r"twice|duplicate|several times|repeat|two (?:times|tasks|answers)|again and again"
    r"|\b\dx\b|\bdoubled?\b",
    "mixed_up": r"(?:other|another|wrong|someone|somebody)\b.{0,30}(?:user|account|person|thread"
    r"|chat|conversation|answers?)|\bsees? \w+'s|each other|mixed|impersonat|overwrit",
    "leaks": r"leak|expos|visible.{0,20}token|token.{0,30}(?:\blogs?\b|prompt|trace|visible|shown)",
    "slow": r"slow|latency|buffer|all at once|at once|\blag|blocks?\b|freez"
    r"|takes? (?:\d|long|forever|minutes|ages)|rate limit|\b429\b|too many requests",
    "invisible": r"blank|invisible|does(?:n't| not) (?:appear|show|render|load)|\bwhite\b"
    r"|domain ?key|domain.{0,20}(?:verif|allow)|disappear|vanish",
}


def symptoms_in(words: str) -> frozenset[Symptom]:
    """The symptoms that somebody's words speak of."""
    return frozenset(
        symptom for symptom, pattern in WORDS.items() if re.search(pattern, words, re.IGNORECASE)
    )
