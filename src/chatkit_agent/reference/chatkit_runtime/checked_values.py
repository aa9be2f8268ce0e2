"""Values of settings that are checked when they are read, to say what is wrong."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr


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
    if not (text.isprintable() and text.isascii()):
        raise ValueError("a key has visible ASCII letters only, and no line ends")
    return key


def listed(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


Seconds = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Key = Annotated[SecretStr, AfterValidator(check_key)]
Url = Annotated[str, AfterValidator(check_url)]
Urls = Annotated[str, AfterValidator(check_urls)]
