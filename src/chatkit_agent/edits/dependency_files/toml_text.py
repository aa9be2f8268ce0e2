"""TOML as text: parsed with its format, changed, and written back only where that is faithful."""

from __future__ import annotations

import re
from dataclasses import replace

import tomlkit
from tomlkit import TOMLDocument
from tomlkit.exceptions import TOMLKitError

from chatkit_agent.errors import UnusualFile
from chatkit_agent.project.text.lines import Text


def parsed(text: Text) -> TOMLDocument:
    """The document.

    Raises:
        UnusualFile: it is not valid, or would not be written back as it is.
    """
    try:
        document = tomlkit.parse(text.text)
    except TOMLKitError as error:
        raise UnusualFile(f"it is not valid TOML: {error}.") from error
    if tomlkit.dumps(document) != text.text:
        raise UnusualFile("it could not be written back as it is.")
    return document


def dumped(text: Text, document: TOMLDocument) -> Text:
    """The text of a document that was changed.

    Raises:
        UnusualFile: the text would not say what the document does.
    """
    changed = tomlkit.dumps(document)
    try:
        is_same = tomlkit.parse(changed).unwrap() == document.unwrap()
    except TOMLKitError as error:
        raise UnusualFile("its list is laid out in an unusual way.") from error
    if not is_same:
        raise UnusualFile("its list is laid out in an unusual way.")
    # tomlkit ends what it adds with a plain line feed, whatever the file's lines end with.
    if text.newline == "\r\n":
        changed = re.sub(r"(?<!\r)\n", "\r\n", changed)
    return replace(text, text=changed)
