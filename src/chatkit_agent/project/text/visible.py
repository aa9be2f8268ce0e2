"""Visible: text from files and logs without what a terminal would take for an order."""

from __future__ import annotations

import re

# C0 but tab, form feed and ends of line, DEL, C1, what turns the direction of text, surrogates.
UNSAFE = re.compile(
    r"[\x00-\x08\x0b\x0e-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2060-\u2069"
    r"\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e007f]|\r(?!\n)"
)


def visible(text: str) -> str:
    """The text with each unsafe character written as an escape, such as `\\x1b`."""
    return UNSAFE.sub(_escape, text)


def is_plain(name: str) -> bool:
    """Whether a name is Unicode without control characters, line ends and tabs among them."""
    return not UNSAFE.search(name) and not {"\n", "\t"} & {*name}


def _escape(found: re.Match[str]) -> str:
    code = ord(found[0])
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
