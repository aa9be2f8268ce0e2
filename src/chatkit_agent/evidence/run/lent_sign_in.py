"""A lent sign-in: tokens that the application's own sign-in believes, with keys of this run."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from urllib.parse import urlsplit

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from chatkit_agent.evidence.run.signing import Signer, signer_for, signer_with_key, value_of
from chatkit_agent.project.facts import Named, Tokens
from chatkit_agent.project.read import Project
from chatkit_agent.project.scratch import values_in
from chatkit_agent.sandbox.serving import served

WEB = re.compile(r"https?://[^/\s]+")
DISCOVERY = "openid-configuration"


@dataclass(frozen=True)
class LentSignIn:
    """Who signs, the variables by which the application believes that, and what it may reach."""

    signer: Signer | None = None
    variables: Mapping[str, str] = field(default_factory=dict)
    servers: tuple[str, ...] = ()


@contextmanager
def lend_sign_in(
    tokens: Tokens | None, project: Project, own: Mapping[str, str]
) -> Iterator[LentSignIn]:
    """A secret of this run, or an identity provider that serves its public key."""
    if tokens is None:
        yield LentSignIn()
    elif not tokens.is_jwks:
        signer = signer_for(tokens, own) if tokens.key_variable else None
        named = {tokens.key_variable: signer.secret} if signer and tokens.key_variable else {}
        yield LentSignIn(signer, named)
    else:
        with _provider(tokens, {**_in_files(project), **own}) as lent:
            yield lent


@contextmanager
def _provider(tokens: Tokens, own: Mapping[str, str]) -> Iterator[LentSignIn]:
    service = Named(tokens.key_variable) if tokens.key_variable else tokens.key_service
    address = value_of(service, own) or ""
    if service is None or service.variable is None or not WEB.match(address):
        yield LentSignIn()
        return
    signer = signer_with_key(tokens, own)
    with served(Starlette(routes=[Route("/{path:path}", _answering(signer))])) as url:
        lent = {service.variable: url + urlsplit(address).path}
        claims = signer_for(tokens, {**own, **lent}).claims
        yield LentSignIn(replace(signer, claims=claims), lent, (url,))


def _in_files(project: Project) -> dict[str, str]:
    """What the environment files of a project say, where nothing else does; examples last."""
    files = sorted(project.env_files, key=lambda each: not each.is_example)
    found = [values_in(project.root / each.path) for each in files]
    return {name: value for each in found for name, value in each.items() if value}


def _answering(signer: Signer) -> Callable[[Request], Awaitable[JSONResponse]]:
    """Keys wherever they are asked for, and where they are, as OpenID Connect says it."""

    async def answer(request: Request) -> JSONResponse:
        asked = str(request.url)
        if not asked.endswith(DISCOVERY):
            return JSONResponse(signer.keys)
        issuer = asked.partition("/.well-known/")[0]
        return JSONResponse({"issuer": issuer, "jwks_uri": f"{issuer}/jwks"})

    return answer
