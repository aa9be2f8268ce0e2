"""Optional packages: what a group, an extra or another list of the project brings of a module."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from packaging.utils import canonicalize_name

from chatkit_agent.project.detectors.packaging import REQUIREMENTS, declarations
from chatkit_agent.project.facts import Declared, Packaging
from chatkit_agent.project.source.declared import requirement_lines
from chatkit_agent.project.source.folders import within
from chatkit_agent.project.source.sources import Sources

CALLED = ("{}", "python-{}", "py{}", "{}-binary", "{}-python")
"""What a package may be called that brings a module."""


def optional_package(sources: Sources, packaging: Packaging, module: str) -> str | None:
    """Such as `aiosqlite>=0.21`, as the project itself declares it; None where it does not.

    At home it is there: uv, Poetry and PDM install groups for development unless told otherwise.
    """
    names = {canonicalize_name(each.format(module.partition(".")[0])) for each in CALLED}
    found = (each for each in _declared_aside(sources, packaging) if each.name in names)
    return next((each.text for each in found if each.text and not each.limits_only), None)


def _declared_aside(sources: Sources, packaging: Packaging) -> Iterator[Declared]:
    folder = (packaging.file or "").rpartition("/")[0]
    path = within(folder, "pyproject.toml")
    if sources.tree.exists(path):
        yield from itertools.chain(*(each for _, _, each in declarations(sources.toml(path), path)))
    for path in sources.tree.paths:
        if path.rpartition("/")[0] == folder and REQUIREMENTS.fullmatch(path.rpartition("/")[2]):
            yield from requirement_lines(sources, path)
