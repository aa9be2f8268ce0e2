"""Not every page may act with a visitor's cookies."""

from __future__ import annotations

from collections.abc import Iterator

from chatkit_agent.checks.check import SOURCE, Finding, check
from chatkit_agent.project.source.anatomy import Anatomy
from chatkit_agent.project.source.cors import cors_calls
from chatkit_agent.project.source.meaning import texts_of, truth_of

ANY = {".*", "^.*$", ".+", "https?://.*", "https://.*", "http.*", "^https?://.*$", "(.*)"}


@check("CK616", needs=SOURCE, symptoms=("leaks",))
def cors_credentials_bounded(chat: Anatomy) -> Iterator[Finding]:
    """With `allow_credentials=True` and every origin allowed, Starlette answers each page with its
    own origin: any page that a signed-in person visits reads their conversations, where the
    sign-in is a cookie.
    """
    for call in cors_calls(chat):
        shared = truth_of(chat.code, call.scope, call.value("allow_credentials"))
        origins = texts_of(chat.code, call.scope, call.value("allow_origins"))
        regex = call.text("allow_origin_regex")
        is_any = "*" in (origins or ()) or regex in ANY
        if shared and is_any:
            yield Finding(
                what="Any page that a signed-in person visits may read their conversations.",
                where=call.where,
                evidence="CORS allows every origin, together with credentials.",
                fix="List the origins of your own pages in `allow_origins`, or take "
                "`allow_credentials` out: a token in a header does not need it.",
                cause="cors:credentials",
            )
