"""Declare what the chat needs in the project's own dependency file, in its own style."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from chatkit_agent.edits.dependency_files import WRITERS
from chatkit_agent.edits.dependency_files.lines import is_lock
from chatkit_agent.errors import CannotEdit, UnusualFile
from chatkit_agent.options.options import Options
from chatkit_agent.options.requirements import SERVICE_REQUIREMENTS, requirements
from chatkit_agent.options.runtime_package import also_required
from chatkit_agent.project.facts import Install, Packaging
from chatkit_agent.project.read import Project
from chatkit_agent.project.source.python_ranges import allows
from chatkit_agent.project.text.lines import Text
from chatkit_agent.project.tree import Tree

PROJECT = """\
[project]
name = "{name}"
version = "0.1.0"
requires-python = ">=3.10"
dependencies = [
{dependencies}]

[project.optional-dependencies]
test = ["httpx>=0.27", "pytest>=8"]

# The service runs from this folder; only what it needs is installed.
[tool.setuptools]
py-modules = []

# A project by itself, whatever stands in the folders above.
[tool.uv.workspace]
members = []

[tool.pytest.ini_options]
pythonpath = ["."]
testpaths = ["tests"]
"""


def declare_dependencies(project: Project, options: Options, tree: Tree) -> Tree:
    missing = missing_requirements(project, options)
    if options.is_sidecar:
        return _declare_service(options, tree, missing)
    path = project.packaging.file
    if path is not None and missing and not project.packaging.is_above:
        try:
            tree = _with_requirements(tree, path, missing, project.packaging)
        except UnusualFile as problem:
            raise CannotEdit(f"`{path}`: {problem}", "\n".join(missing)) from problem
    for install, lacking in _lacking_in_images(project, options):
        if not is_lock(Text.of(tree.read(install.file))):
            tree = _with_requirements(tree, install.file, lacking, _packaging_of(install))
    return tree


def _with_requirements(tree: Tree, path: str, missing: Sequence[str], packaging: Packaging) -> Tree:
    written = WRITERS[packaging.style](Text.of(tree.read(path)), missing, packaging)
    return tree.write(path, written.content)


def locked_images(project: Project, options: Options, tree: Tree) -> Iterator[Install]:
    """What images install, and is made from something else, so that nothing is added to it."""
    for install, _ in _lacking_in_images(project, options):
        if is_lock(Text.of(tree.read(install.file))):
            yield install


def _lacking_in_images(project: Project, options: Options) -> Iterator[tuple[Install, list[str]]]:
    """Lists that are not the project's own, each with what the chat needs and they do not have."""
    images = () if options.is_sidecar else project.images
    for install in (each for image in images for each in image.installs):
        listed = replace(project, packaging=_packaging_of(install))
        if lacking := missing_requirements(listed, options):
            yield install, lacking


def _packaging_of(install: Install) -> Packaging:
    declared, requirements = install.declared, install.requirements
    return Packaging("pip", install.file, "requirements", declared, requirements)


def missing_requirements(project: Project, options: Options) -> list[str]:
    """What the chat needs and the project does not declare."""
    declared = project.packaging.declared
    also = also_required(options.features, options.runtime)
    needed = requirements(verifies_tokens=options.verifies_tokens, also=also)
    if options.is_sidecar:
        return sorted((*needed, *SERVICE_REQUIREMENTS))
    missing = [each for each in needed if canonicalize_name(_name(each)) not in declared]
    if options.auth == "jwt" and "pyjwt" in declared and not _verifies_public_keys(project):
        missing.append("cryptography>=42")
    if not is_locked_for_older_pythons(project):
        return missing
    return [f"{each} ; python_version >= '3.10'" for each in missing]


def is_locked_for_older_pythons(project: Project) -> bool:
    """Whether the project's manager resolves for a Python that the chat's libraries do not have."""
    requires = project.python.requires
    is_old = requires is not None and allows(requires, "3.9")
    return is_old and project.packaging.manager in ("uv", "poetry", "pdm")


def _declare_service(options: Options, tree: Tree, needed: Sequence[str]) -> Tree:
    """The sidecar's own file, which pip, uv and pytest read."""
    path = f"{options.service_folder}/pyproject.toml"
    if tree.exists(path):
        return tree
    return tree.write(path, _service_project(options, needed).encode())


def _service_project(options: Options, needed: Sequence[str]) -> str:
    name = re.sub(r"[^a-z0-9]+", "-", options.app_name.lower()).strip("-") or "app"
    listed = "".join(f"    {json.dumps(each)},\n" for each in needed)
    return PROJECT.format(name=f"{name}-chat", dependencies=listed)


def _verifies_public_keys(project: Project) -> bool:
    """Whether the pyjwt that is declared comes with what its `crypto` extra brings."""
    packaging = project.packaging
    texts = [each.text for each in packaging.requirements if each.name == "pyjwt" and each.text]
    has_extra = any("crypto" in Requirement(text).extras for text in texts)
    return has_extra or "cryptography" in packaging.declared


def _name(requirement: str) -> str:
    return Requirement(requirement).name
