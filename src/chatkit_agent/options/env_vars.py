"""Variables: the environment variables that the chat reads, and what each is for."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Literal

from chatkit_agent.options.features import chosen_features
from chatkit_agent.options.options import Options
from chatkit_agent.project.facts import Named, Tokens
from chatkit_agent.project.read import Project


@dataclass(frozen=True)
class Variable:
    """An environment variable that the chat reads. `example` never holds a secret."""

    name: str
    purpose: str
    required: bool
    example: str
    is_set: bool = False
    """Whether the project's `.env` or this environment names it."""

    @property
    def state(self) -> Literal["needed", "set", "optional"]:
        return "set" if self.is_set else "needed" if self.required else "optional"


def variables(options: Options) -> tuple[Variable, ...]:
    """What has to be set for these choices, then what can be."""
    theirs = _of_tokens(options, options.tokens) if options.tokens else _of_auth(options)
    found = (*_always(options), *theirs, *_of_service(options), *_of_extras(options))
    return tuple(sorted(found, key=lambda each: not each.required))


def _always(options: Options) -> Iterator[Variable]:
    prefix = options.env_prefix
    yield Variable(
        f"{prefix}DATABASE_URL",
        f"PostgreSQL for the conversations, in its schema {options.schema}",
        True,
        "postgresql://USER:PASSWORD@localhost:5432/DATABASE",
    )
    yield Variable("OPENAI_API_KEY", "Key of the model's provider", True, "")
    yield Variable(
        "OPENAI_BASE_URL",
        "Another provider that speaks OpenAI's protocol",
        False,
        "https://api.openai.com/v1",
    )
    if options.tools == "mcp" or options.mcp_url:
        yield Variable(
            "MCP_SERVER_URL",
            "MCP server whose tools the assistant calls as the user",
            options.mcp_url is not None,
            options.mcp_url or "http://localhost:8001/mcp",
        )


def _of_auth(options: Options) -> Iterator[Variable]:
    prefix = options.env_prefix
    if options.auth == "jwt":
        yield Variable(
            f"{prefix}JWT_SECRET",
            "Secret that signs the tokens (HS256, 32 bytes or more), unless public keys do",
            True,
            "",
        )
        yield Variable(
            f"{prefix}JWKS_URL",
            "Public keys of who signs the tokens, instead of a secret",
            False,
            "https://auth.example.com/.well-known/jwks.json",
        )
        yield Variable(
            f"{prefix}JWT_ISSUER",
            "Who has to have issued a token; with public keys this or the audience is needed",
            False,
            "",
        )
        yield Variable(f"{prefix}JWT_AUDIENCE", "Whom a token has to be for, or `any`", False, "")
        yield Variable(f"{prefix}JWT_ORGANIZATION", "The claim of an organisation's id", False, "")
    elif options.auth == "none":
        yield Variable(f"{prefix}AUTH", "Lets anybody on this machine in", True, "none")


def _of_tokens(options: Options, tokens: Tokens) -> Iterator[Variable]:
    """What verifies the application's own tokens, by the application's own names."""
    usual = f"{options.env_prefix}{'JWKS_URL' if tokens.is_jwks else 'JWT_SECRET'}"
    if tokens.is_jwks:
        purpose = f"Where the keys are that verify the application's tokens, as in {tokens.file}"
    elif tokens.key_variable is None:
        purpose = f"The secret of the application's tokens: `{tokens.key}` in {tokens.file}"
    else:
        purpose = "The application's own secret, which signs its tokens; read from its `.env` too"
    yield Variable(tokens.key_variable or usual, purpose, True, "")
    if tokens.is_jwks and tokens.issuer is None and tokens.audience is None:
        purpose = "Whom these tokens have to be for, or `any`: the keys alone do not say"
        yield Variable(f"{options.env_prefix}JWT_AUDIENCE", purpose, True, "")
    others: dict[str, Named | None] = {
        "Algorithm of these tokens": None if tokens.is_jwks else tokens.algorithm,
        "Who has to have issued these tokens": tokens.issuer,
        "Whom these tokens have to be for": tokens.audience,
        "What stands before these tokens in their header": tokens.scheme,
    }
    for purpose, named in others.items():
        if named is not None and named.variable:
            yield Variable(named.variable, f"{purpose}, as the application has it", False, "")


def _of_service(options: Options) -> Iterator[Variable]:
    if options.is_sidecar:
        yield Variable(
            f"{options.env_prefix}ALLOWED_ORIGINS",
            "Web pages that may call the chat from a browser",
            False,
            "https://www.example.com",
        )


def _of_extras(options: Options) -> Iterator[Variable]:
    for extra in chosen_features(options.features):
        for name, purpose, example in extra.settings:
            yield Variable(f"{options.env_prefix}{name}", purpose, False, example)


def stated(variables: Iterable[Variable], project: Project) -> tuple[Variable, ...]:
    """The same, each with whether it is set: by name only, values are nobody's business here."""
    in_files = (name for each in project.env_files if not each.is_example for name in each.names)
    known = {*in_files, *(name for name, value in os.environ.items() if value)}
    return tuple(replace(each, is_set=each.name in known) for each in variables)
