"""Env files: which names are those of files with variables, and which of these are examples."""

from __future__ import annotations

import re

# `.env local`; `env`, `prod.env` and `app.env.prod`; `prod-env`. No `.envrc`, which a shell runs.
ENV_FILE = re.compile(
    r"\.env(?![a-z]).*|(?:[\w.-]*\.|\.?dot|\.?flask)?env(?:[._-][\w.-]+)?|[\w.-]+[-_]env",
    re.IGNORECASE,
)
OTHER_FORMAT = re.compile(
    r".*\.(?:py|m?js|ts|sh|ps1|bat|md|html?|json|ya?ml|toml|ini|lock)", re.IGNORECASE
)
EXAMPLE = re.compile(r"example|sample|template|dist|default|tmpl", re.IGNORECASE)


def is_env_file(name: str) -> bool:
    """Whether a file of that name holds variables, for real or as an example."""
    return ENV_FILE.fullmatch(name) is not None and OTHER_FORMAT.fullmatch(name) is None


def is_example(name: str) -> bool:
    return EXAMPLE.search(name) is not None
