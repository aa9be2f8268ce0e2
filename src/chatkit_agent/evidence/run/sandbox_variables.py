"""The variables that make a chat, whoever wrote it, use the sandbox's servers and people."""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import urlsplit

from chatkit_agent.evidence.run.signing import Signer, variables_for
from chatkit_agent.options.options import Options
from chatkit_agent.sandbox.mcp_server import PATH

MCP_URL = re.compile(r"MCP.*UR[LI]$|MCP_(?:SERVER|ENDPOINT)$")
MODEL_KEY = re.compile(r"OPENAI\w*_KEY$|LLM_API_KEY$")
SIGNING = re.compile(r"(?:JWT|AUTH|TOKEN|SESSION)\w*(?:SECRET|_KEY)$|^SECRET_KEY$")


def sandbox_variables(
    options: Options, database: str, model: str, key: str, tools: str, signer: Signer | None
) -> dict[str, str]:
    prefix = options.env_prefix
    sandbox = {
        f"{prefix}DATABASE_URL": database,
        f"{prefix}TRACING": "false",
        "MCP_SERVER_URL": tools,
        f"{prefix}MCP_SERVER_URL": tools,
        "OPENAI_API_KEY": key,
        "OPENAI_BASE_URL": model,
    }
    return sandbox | identity_variables(options, signer)


def identity_variables(options: Options, signer: Signer | None) -> dict[str, str]:
    """What makes the chat believe this run's people."""
    prefix = options.env_prefix
    found: dict[str, str] = {}
    if signer is not None:
        ours = ("JWKS_URL", "JWT_ISSUER", "JWT_AUDIENCE", "JWT_ALGORITHM")
        found |= {f"{prefix}{name}": "" for name in ours}
        found |= {f"{prefix}JWT_SECRET": signer.secret, f"{prefix}AUTH": "jwt"}
        if options.tokens is not None:
            found |= variables_for(options.tokens, signer, prefix)
    if options.auth == "none":
        found[f"{prefix}AUTH"] = "none"
    return found


def borrowed_variables(
    others: Mapping[str, str], key: str, tools: str, signer: Signer | None
) -> dict[str, str]:
    """The sandbox's tools and secrets under the names by which others know theirs."""
    found = {}
    for name, now in others.items():
        if MCP_URL.search(name):
            found[name] = urlsplit(tools)._replace(path=urlsplit(now).path or PATH).geturl()
        elif MODEL_KEY.search(name):
            found[name] = key
        elif SIGNING.search(name) and signer is not None:
            found[name] = signer.secret
    return found
