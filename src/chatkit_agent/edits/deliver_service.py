"""Deliver what makes the chat a service of its own: its application, and whose tokens it takes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from chatkit_agent.edits.mount_router import routes_given
from chatkit_agent.options.options import Options
from chatkit_agent.project.facts import Named, Tokens
from chatkit_agent.project.read import Project
from chatkit_agent.project.tree import Tree

REFERENCE = Path(__file__).parent.parent / "reference"
ROUTER = "create_chatkit_router(current_user=VerifiedUser(ApplicationTokens))"
IMPORT = "from .sign_in import ApplicationTokens\n"
FIELDS = '    secret_variable: ClassVar[str] = "SECRET_KEY"\n'
BASE = "class SignInSettings(TokenSettings):\n    model_config = ENVIRONMENT\n"
RUNTIME = "from ..chatkit_runtime.jwt import TokenSettings, TokenUser\n"
WHOSE = "the user of a request's bearer token. Settings: `chatkit_runtime/jwt.py`."
THEIRS = "the user of a token that the application itself gives out."
UNNEEDED = {
    "ClassVar": "from typing import ClassVar\n",
    "ENV_PREFIX": "from .chatkit_store.config import ENV_PREFIX\n",
    "AliasChoices": "from pydantic import AliasChoices, Field, SecretStr\n",
}


def deliver_service(project: Project, options: Options, tree: Tree) -> Tree:
    if options.is_sidecar:
        for name, text in _files(project, options):
            path = f"{options.home}/{name}"
            if not tree.exists(path):
                tree = tree.write(path, text.encode())
    return tree


def _files(project: Project, options: Options) -> Iterator[tuple[str, str]]:
    main = (REFERENCE / "main.py").read_text(encoding="utf-8")
    if given := list(routes_given(options)):
        router = f"{ROUTER.removesuffix(')')}, {', '.join(given)})"
        main = main.replace(
            f"app.include_router({ROUTER})", f"app.include_router(\n    {router}\n)"
        )
    if options.tokens is None:
        main = main.replace(IMPORT, "").replace("(ApplicationTokens)", "()")
    else:
        yield "sign_in.py", _sign_in(options.tokens, _env_file(project))
    yield "main.py", main


def _env_file(project: Project) -> str:
    """The application's env file, as its settings name it."""
    named = [name for each in project.settings for name in each.env_files]
    plain = [name for name in named if name and not set(name) & set("\"'(){}\\\n ")]
    return next((name for name in plain if not name.startswith("/")), ".env")


def _sign_in(tokens: Tokens, env_file: str) -> str:
    """The reference's class with this application's names in place of its own."""
    text = (REFERENCE / "sign_in.py").read_text(encoding="utf-8")
    before, _, _ = text.partition(FIELDS)
    text = before.replace('APPLICATION / ".env"', f'APPLICATION / "{env_file}"')
    text = text.rstrip() + "\n" + "".join(_lines(tokens))
    for word, line in UNNEEDED.items():
        if text.count(word) == line.count(word):
            text = text.replace(line, "")
    return text


def sign_in_settings(content: bytes, tokens: Tokens) -> bytes:
    """`services/current_user.py` with what the application verifies its own tokens with."""
    text = content.decode()
    assert text.count(BASE) == 1, "current_user.py has no settings"
    fields = "".join(_lines(tokens)).rstrip("\n")
    text = text.replace(BASE, f"{BASE}{fields}\n")
    assert text.count(WHOSE) == 1, "current_user.py does not say whose tokens it takes"
    text = text.replace(WHOSE, THEIRS)
    known = [f"{UNNEEDED[word]}\n" for word in ("ClassVar", "AliasChoices") if word in fields]
    text = text.replace(RUNTIME, "".join([*known, RUNTIME]))
    if "ENV_PREFIX" in fields:
        text = text.replace("import ENVIRONMENT", "import ENV_PREFIX, ENVIRONMENT")
    return text.encode()


def _lines(tokens: Tokens) -> Iterator[str]:
    if tokens.key_variable and tokens.is_jwks:
        yield from ("\n", *_reading_lines("jwks_url", "str | None", Named(tokens.key_variable)))
    elif tokens.key_variable:
        yield f"    secret_variable: ClassVar[str] = {json.dumps(tokens.key_variable)}\n\n"
        yield from _reading_lines("jwt_secret", "SecretStr | None", Named(tokens.key_variable))
    else:
        yield "\n"
    if not tokens.is_jwks:
        yield from _setting("jwt_algorithm", tokens.algorithm, "HS256")
    yield from _setting("jwt_issuer", tokens.issuer, None)
    yield from _setting("jwt_audience", tokens.audience, None)
    yield f"    jwt_user: str = {json.dumps(tokens.user)}\n"
    if tokens.header.lower() != "authorization":
        yield f"    jwt_header: str = {json.dumps(tokens.header)}\n"
    if tokens.cookie:
        yield f"    jwt_cookie: str = {json.dumps(tokens.cookie)}\n"
    yield from _setting("jwt_scheme", tokens.scheme, "Bearer")


def _setting(name: str, named: Named | None, usual: str | None) -> Iterator[str]:
    """A line where it differs from what the chat takes for granted."""
    if named is None or named == Named(default=usual):
        return
    kind = "str" if named.default is not None else "str | None"
    if named.variable is None:
        yield f"    {name}: {kind} = {json.dumps(named.default)}\n"
    else:
        yield from _reading_lines(name, kind, named)


def _reading_lines(name: str, kind: str, named: Named) -> Iterator[str]:
    default = "None" if named.default is None else json.dumps(named.default)
    own = f'f"{{ENV_PREFIX}}{name.upper()}"'
    yield f"    {name}: {kind} = Field(\n"
    yield f"        default={default},\n"
    yield f"        validation_alias=AliasChoices({own}, {json.dumps(named.variable)}),\n"
    yield "    )\n"
