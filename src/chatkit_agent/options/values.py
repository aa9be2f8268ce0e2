"""Values: how the value of an option is read, and what is taken where none is given."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any
from urllib.parse import SplitResult, urlsplit

from chatkit_agent.errors import BadOption
from chatkit_agent.options.features import chosen_features
from chatkit_agent.project.text.visible import visible

ROUTE = re.compile(r"GET|(?:GET|POST|PUT|PATCH|DELETE) /[A-Za-z0-9._~{}:@/-]{0,200}")
URL = re.compile(r"[A-Za-z0-9._~:/?#\[\]@!&*+,;=%()-]{1,2000}")


def read_tools(asked: str) -> str:
    kind, _, named = asked.partition(":")
    routes = [" ".join(each.split()) for each in named.split(",")] if ":" in asked else []
    wrong = [each for each in routes if not ROUTE.fullmatch(each)]
    if kind not in ("mcp", "routes", "none") or (routes and kind != "routes") or wrong:
        raise BadOption(
            f"--tools {visible(asked)[:200]}: give mcp, none, routes, or routes with those that "
            'are wanted, such as "routes:GET,POST /tasks" (GET alone is all that read).'
        )
    return f"routes:{','.join(routes)}" if routes else kind


def read_extras(names: Sequence[str]) -> tuple[str, ...]:
    return tuple(each.name for each in chosen_features(names))


def _words(name: str) -> str:
    """A name as an identifier in lower case, such as `my_app` for `My-App`."""
    words = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")
    return words if re.match(r"[a-z]", words) else f"app_{words}".strip("_")


def read_env_prefix(asked: str | None, name: str) -> str:
    if asked is not None and not re.fullmatch(r"[A-Za-z]\w*", asked, re.ASCII):
        raise BadOption(
            f"--env-prefix {asked}: a variable is named with letters, digits and underscores, "
            "and begins with a letter, such as TASKFLOW."
        )
    words = _words(asked or name).upper().removesuffix("_CHATKIT")
    return f"{words}_CHATKIT_"


def read_schema(asked: str | None, name: str) -> str:
    if asked is None:
        words = _words(name)
        # PostgreSQL keeps those for itself.
        own = f"app_{words}" if f"{words}_".startswith("pg_") else words
        return f"{own[:58].rstrip('_')}_chat"
    if not re.fullmatch(r"[a-z_][a-z0-9_]{0,62}", asked) or asked.startswith("pg_"):
        raise BadOption(
            f"--schema {asked}: a schema is named with at most 63 lower-case letters, digits and "
            "underscores, begins with a letter, and not with `pg_`."
        )
    return asked


def read_path(asked: str) -> str:
    return _route("--path", asked, "/chatkit")


def read_page_path(asked: str) -> str:
    return _route("--page-path", asked, "/chat")


def _route(option: str, asked: str, example: str) -> str:
    if not re.fullmatch(r"(/(?!\.{1,2}(?:/|$))[A-Za-z0-9._~-]+)+", asked) or len(asked) > 200:
        raise BadOption(
            f"{option} {asked}: a path begins with a slash, ends without one, and has letters, "
            f"digits and `. _ ~ -` between, such as `{example}`."
        )
    return asked


def read_mcp_url(asked: str | None) -> str | None:
    if asked is None:
        return None
    if not URL.fullmatch(asked):
        raise BadOption(
            f"--mcp-url {visible(asked)[:200]}: a URL has no spaces, quotes, line ends or control "
            "characters; it is written to files. Percent-encode them."
        )
    parts = _split(asked)
    if parts is None or parts.scheme not in ("http", "https") or not parts.hostname:
        raise BadOption("--mcp-url: give an http or https URL, with a port of at most 65535.")
    if parts.username or parts.password:
        raise BadOption("--mcp-url: leave out the user and password; the URL is written to files.")
    return asked


def _split(url: str) -> SplitResult | None:
    """The parts of a URL; None where it has no host or port that could be."""
    with suppress(ValueError):
        parts = urlsplit(url)
        return parts if parts.port != 0 else None
    return None


VALUES: Mapping[str, Callable[[Any], Any]] = {
    "env_prefix": lambda asked: read_env_prefix(str(asked).removesuffix("_CHATKIT_"), ""),
    "schema": lambda asked: read_schema(asked, ""),
    "path": read_path,
    "tools": read_tools,
    "page_path": read_page_path,
    "mcp_url": read_mcp_url,
}
"""How the value of an option is read; others are taken as they are."""
