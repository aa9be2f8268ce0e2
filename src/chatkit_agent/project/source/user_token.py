"""The user's token: the expression that finds it in a request, where the application does."""

from __future__ import annotations

import json

from chatkit_agent.project.facts import Credential, UserDependency


def user_token(user: UserDependency | None) -> str:
    """What gives the token of a `request`; empty where it is in the usual place, or nowhere."""
    tokens = user.tokens if user else ()
    if len(tokens) == 1 and tokens[0].is_usual:
        return ""
    return " or ".join(map(_of_request, tokens))


def _of_request(credential: Credential) -> str:
    if credential.is_usual:
        return "bearer_token(request)"
    mapping = {"header": "headers", "cookie": "cookies", "query": "query_params"}
    return f"request.{mapping[credential.place]}.get({json.dumps(credential.name)})"
