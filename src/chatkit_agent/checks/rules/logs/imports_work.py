"""The log has no import that failed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from chatkit_agent.checks.check import LOG, Finding, check
from chatkit_agent.checks.known_errors import Known, known_errors
from chatkit_agent.evidence.static import Evidence
from chatkit_agent.evidence.symptoms import Symptom

SEEN: tuple[Symptom, ...] = ("does_not_start", "unavailable")
SDK = r"(?P<name>agents|chatkit|mcp|openai)"

KNOWN = (
    Known(
        r"Error loading ASGI app\. (?:Could not import|Attribute)"
        r"|Failed to find attribute '\w+' in",
        "The server does not find the application that it is told to run.",
        "Name it right (`uvicorn package.module:app`), and start the server in the folder from "
        "which the module can be imported.",
        "application name",
    ),
    Known(
        r"requires \"?(?P<name>python-multipart)|(?P<other>email-validator) is not installed"
        r"|the (?P<third>greenlet) library is required",
        "The package `{name}{other}{third}` is not installed where the application runs.",
        "Install it, and declare it with the application's other packages.",
        "package",
    ),
    Known(
        rf"No module named '{SDK}(?:\.[\w.]+)?'; '\w+' is not a package",
        "A module of the project hides the installed library `{name}`.",
        "Rename `{name}.py` and the imports of it.",
        "shadow:{name}",
    ),
    Known(
        rf"cannot import name '\w+' from '{SDK}(?:\.[\w.]+)?' \((?![^)]*-packages)",
        "A module of the project hides the installed library `{name}`.",
        "Rename the module whose path is in the message, and the imports of it.",
        "shadow:{name}",
    ),
    Known(
        rf"cannot import name '(?P<what>\w+)' from '{SDK}(?:\.[\w.]+)?' \([^)]*-packages",
        "The installed `{name}` does not have `{what}`: its version does not fit the code.",
        "Install the versions that go together: `openai-chatkit>=1.6.5,<1.7`, "
        "`openai-agents>=0.20,<0.25` and `mcp>=1.21.2,<3`; or import what that version has.",
        "version:{name}",
    ),
    Known(
        r"No module named '(?P<name>agents|chatkit|mcp|openai)(?:\.[\w.]+)?'",
        "The library `{name}` is not installed where the application runs, or the one that is "
        "there is too old or an empty placeholder.",
        "Install the dependencies into that environment: `openai-chatkit>=1.6.5,<1.7`, "
        "`openai-agents>=0.20,<0.25` and `mcp>=1.21.2,<3`.",
        "version:{name}",
    ),
    Known(
        rf"cannot import name '\w+' from (?:partially initialized module )?'{SDK}(?:\.[\w.]+)?'",
        "`{name}` does not have what is imported from it: another module of that name hides it, or "
        "its version does not fit.",
        "Look at the path in the message: where it is in your project, rename that module; where "
        "it is in site-packages, install the versions that go together.",
        "import:{name}",
    ),
    Known(
        r"(?:ModuleNotFoundError|ImportError): No module named '(?P<name>[\w.]+)'",
        "The module `{name}` cannot be imported where the application runs.",
        "Install what brings it, and start the application in the folder from which its own "
        "modules can be imported.",
        "module:{name}",
    ),
)


@check("CK901", needs=LOG)
def imports_work(evidence: Evidence) -> Iterator[Finding]:
    """Told apart: a module of the project in the way, a library that is missing or too old."""
    if evidence.log:
        hiding = {_library(path) for path in evidence.project.shadows}
        for finding in known_errors(evidence.log, KNOWN, SEEN):
            name = finding.cause.partition(":")[2].split(".")[0] if finding.cause else ""
            # Told with the file that hides it, by what looks at the files.
            yield replace(finding, cause=f"shadow:{name}") if name in hiding else finding


def _library(path: str) -> str:
    return path.removesuffix("/__init__.py").removesuffix(".py").rpartition("/")[2]
