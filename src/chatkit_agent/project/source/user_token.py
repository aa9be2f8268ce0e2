"""The user's token: the expression that finds it in a request, where the application does."""

from __future__ import annotations

import json
from collections.abc import Iterator

from chatkit_agent.project.facts import OF_KEY, Credential, UserDependency

BEARER = "bearer_token"


def user_token(user: UserDependency | None) -> str:
    """What gives the token of a `request`; empty where it is in the usual place, or nowhere."""
    tokens = user.tokens if user else ()
    if len(tokens) == 1 and tokens[0].is_usual:
        return ""
    return " or ".join(map(_of_request, tokens))


def helpers(user: UserDependency) -> Iterator[str]:
    """What these expressions call, which the runtime has."""
    if BEARER in user_token(user):
        yield BEARER
    if user.user_id == OF_KEY:
        yield OF_KEY


def _of_request(credential: Credential) -> str:
    if credential.is_usual:
        return f"{BEARER}(request)"
    mapping = {"header": "headers", "cookie": "cookies", "query": "query_params"}
    return f"request.{mapping[credential.place]}.get({json.dumps(credential.name)})"
