"""Values of settings that are checked when they are read, to say what is wrong."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr
from pydantic_settings import NoDecode

from ..chatkit_store.settings import A_DAY


def check_url(url: str) -> str:
    """Raises ValueError where this is not the address of a server."""
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.port == 0:
        raise ValueError("an address such as https://host/path is wanted")
    if not url.isascii() or set(url) & set(" \t\r\n"):
        raise ValueError("an address has neither spaces nor letters beyond ASCII")
    return url


def check_urls(urls: str) -> str:
    for url in listed(urls):
        check_url(url)
    return urls


def check_key(key: SecretStr) -> SecretStr:
    """Raises ValueError where no header could carry this."""
    text = key.get_secret_value()
    if not (text.strip() and text.isprintable() and text.isascii()):
        raise ValueError("a key has visible ASCII letters only, and no line ends")
    return key


def check_origins(origins: str) -> str:
    for each in listed(origins):
        if not ORIGIN.fullmatch(each):
            raise ValueError("each origin is wanted, such as https://app.example.com")
    return origins


def listed(text: str | Sequence[str]) -> list[str]:
    """What stands between commas, be it written as a list in JSON."""
    if not isinstance(text, str):
        return list(text)
    bare = re.sub(r"(?s)^\s*\[(.*)\]\s*$", r"\1", text)
    return [part for each in bare.split(",") if (part := each.strip(" \t\r\n\"'"))]


# What a database takes for a number, and for one of bytes.
MOST, MOST_BYTES = 2**31 - 1, 2**63 - 1
ORIGIN = re.compile(r"[a-z][a-z0-9+.-]*://[^/?#\s*]+/?")
Seconds = Annotated[float, Field(gt=0, le=A_DAY)]
Key = Annotated[SecretStr, AfterValidator(check_key)]
Url = Annotated[str, AfterValidator(check_url)]
Urls = Annotated[str, AfterValidator(check_urls)]
Names = Annotated[tuple[str, ...], NoDecode, BeforeValidator(listed)]
Origins = Annotated[str, AfterValidator(check_origins)]
