"""Findings as SARIF for code scanning, and as annotations of a GitHub workflow."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from importlib.metadata import version
from typing import Any
from urllib.parse import quote

from chatkit_agent.checks.rules import CHECKS
from chatkit_agent.output.documents import DoctorDocument, FindingPart, VerifyDocument

FILE = r"[\w./ -]*(?:\.\w[\w.-]*|Dockerfile|Procfile)"
PLACE = re.compile(rf"(?P<file>{FILE})(?::(?P<line>\d+))?")
SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
LEVELS = {"error": "error", "warning": "warning", "inconclusive": "warning", "info": "note"}
COMMANDS = {"error": "error", "warning": "warning", "inconclusive": "warning", "info": "notice"}
NAME = "chatkit-agent"


@dataclass(frozen=True)
class Row:
    """A finding with the rule that found it."""

    code: str
    finding: FindingPart

    @property
    def place(self) -> tuple[str, int | None] | None:
        """The file, and the line in it where there is one."""
        found = PLACE.fullmatch(self.finding.where)
        if found is None:
            return None
        return found["file"], int(found["line"]) if found["line"] else None

    @property
    def text(self) -> str:
        found = self.finding
        parts = [found.what, found.evidence, *found.more, found.fix]
        return "\n".join(part for part in parts if part)


def rows(document: DoctorDocument | VerifyDocument) -> Iterator[Row]:
    if isinstance(document, DoctorDocument):
        yield from (Row(each.code, each) for each in document.findings)
    else:
        yield from (Row(check.code, each) for check in document.checks for each in check.findings)


def as_sarif(document: DoctorDocument | VerifyDocument) -> str:
    """SARIF 2.1.0, one run with the rules that found something."""
    found = list(rows(document))
    codes = list(dict.fromkeys(row.code for row in found))
    known = {each.code: each for each in CHECKS}
    driver = {
        "name": NAME,
        "version": version("chatkit-agent"),
        "rules": [
            {
                "id": code,
                "name": known[code].name,
                "shortDescription": {"text": known[code].title},
                "fullDescription": {"text": known[code].about},
                "help": {"text": f"chatkit-agent rule {code}"},
                "defaultConfiguration": {"level": LEVELS[known[code].severity]},
                "properties": {"tags": [known[code].topic]},
            }
            for code in codes
        ],
    }
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": [_result(row, codes) for row in found],
    }
    log = {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}
    return json.dumps(log, indent=2, ensure_ascii=False)


def _result(row: Row, codes: list[str]) -> dict[str, Any]:
    file = row.place[0] if row.place else row.finding.where
    print_ = sha256("\0".join((row.code, file, row.finding.what)).encode()).hexdigest()
    return {
        "ruleId": row.code,
        "ruleIndex": codes.index(row.code),
        "level": LEVELS[row.finding.severity],
        "message": {"text": row.text},
        "locations": [_location(row)],
        "partialFingerprints": {"chatkitAgent/v1": print_[:32]},
    }


def _location(row: Row) -> dict[str, Any]:
    """A place in a file; what was seen elsewhere has a name alone."""
    if row.place is None:
        return {"logicalLocations": [{"name": row.finding.where}]}
    file, line = row.place
    region = {"region": {"startLine": line}} if line else {}
    return {"physicalLocation": {"artifactLocation": {"uri": quote(file)}, **region}}


def as_github(document: DoctorDocument | VerifyDocument) -> str:
    """A workflow command a line, which GitHub shows beside the code."""
    return "\n".join(map(_command, rows(document)))


def _command(row: Row) -> str:
    place = row.place
    file, line = place or ("", None)
    said = {"file": file, "line": str(line or ""), "title": row.code}
    properties = ",".join(f"{name}={_property(value)}" for name, value in said.items() if value)
    where = "" if place else f"{row.finding.where}: "
    return f"::{COMMANDS[row.finding.severity]} {properties}::{_data(where + row.text)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
