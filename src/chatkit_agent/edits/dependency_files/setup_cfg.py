"""`setup.cfg`: the indented lines of `install_requires`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from configparser import ConfigParser
from configparser import Error as ConfigParserError

from chatkit_agent.errors import UnusualFile
from chatkit_agent.project.facts import Packaging
from chatkit_agent.project.text.lines import Text

SECTION = re.compile(r"\[(.+)\]\s*")
OPTION = re.compile(r"install_requires\s*[=:]\s*(\S.*)?", re.IGNORECASE)
INDENT = "    "


def add_to_setup_cfg(text: Text, missing: Sequence[str], packaging: Packaging) -> Text:
    before = _requirements(text)
    new = [each for each in missing if each not in before]
    first = _option_line(text)
    value = OPTION.match(text.lines[first])
    if value and ";" in (value[1] or ""):
        raise UnusualFile("its `install_requires` has several requirements on one line.")
    last, indent = _last_line(text, first)
    changed = text.insert_after(last + 1, [f"{indent}{each}" for each in new])
    if _requirements(changed) != [*before, *new]:
        raise UnusualFile("its `install_requires` is laid out in an unusual way.")
    return changed


def _option_line(text: Text) -> int:
    section = ""
    for number, line in enumerate(text.lines):
        if found := SECTION.fullmatch(line.rstrip()):
            section = found[1]
        elif section == "options" and OPTION.match(line):
            return number
    raise UnusualFile("it has no `install_requires` in `[options]`.")


def _last_line(text: Text, first: int) -> tuple[int, str]:
    """The last line of the option's value, and the indentation of its lines."""
    last, indent = first, INDENT
    for number, line in enumerate(text.lines[first + 1 :], first + 1):
        if line.strip() and not line[0].isspace() and not line.startswith("#"):
            break
        if line.strip() and line[0].isspace():
            last, indent = number, line[: len(line) - len(line.lstrip())]
    return last, indent


def _requirements(text: Text) -> list[str]:
    parser = ConfigParser(interpolation=None, strict=False)
    try:
        parser.read_string(text.text)
    except ConfigParserError as error:
        raise UnusualFile("it is not a valid configuration file.") from error
    value = parser.get("options", "install_requires", fallback="")
    return [line.strip() for line in value.splitlines() if line.strip()]
