"""The user's token: the expression that finds it in a request, where the application does."""

from __future__ import annotations

import json
from collections.abc import Iterator

from chatkit_agent.project.facts import OF_KEY, Credential, UserDependency

BEARER = "bearer_token"
ONE_KEY = "one_key"


def user_token(user: UserDependency | None) -> str:
    """What gives the token of a `request`; empty where it is in the usual place, or nowhere."""
    tokens = user.tokens if user else ()
    if len(tokens) == 1 and tokens[0].is_usual:
        return ""
    read = [_of_request(each) for each in tokens]
    # Who has a key is known by the key itself, so it has to be the one that was verified.
    is_known_by_it = user is not None and user.user_id == OF_KEY and len(read) > 1
    return f"{ONE_KEY}({', '.join(read)})" if is_known_by_it else " or ".join(read)


def helpers(user: UserDependency) -> Iterator[str]:
    """What these expressions call, which the runtime has."""
    if BEARER in user_token(user):
        yield BEARER
    if user.user_id == OF_KEY:
        yield OF_KEY
    if ONE_KEY in user_token(user):
        yield ONE_KEY


def _of_request(credential: Credential) -> str:
    if credential.is_usual:
        return f"{BEARER}(request)"
    mapping = {"header": "headers", "cookie": "cookies", "query": "query_params"}
    return f"request.{mapping[credential.place]}.get({json.dumps(credential.name)})"
