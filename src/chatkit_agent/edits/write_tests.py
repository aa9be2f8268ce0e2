"""Write the chat's own test beside the project's tests."""

from __future__ import annotations

import re
from pathlib import Path, PurePosixPath

from chatkit_agent.options.options import Options
from chatkit_agent.project.read import Project
from chatkit_agent.project.tree import Tree

TEMPLATE = Path(__file__).parent.parent / "reference" / "test_chatkit.py"
NAME = "test_chatkit.py"
OPEN_GATES = """

# Every request has to pass these dependencies of the application; here they let it pass.
for each in app.router.dependencies:
    app.dependency_overrides[each.dependency] = lambda: None
"""
FIRST_IMPORT = "from fastapi.testclient import TestClient\n"
# The application's own tests may be collected from above, in an environment without the chat.
ELSEWHERE = """import pytest

pytest.importorskip("chatkit", reason="the chat has an environment of its own")

"""


def write_tests(project: Project, options: Options, tree: Tree) -> Tree:
    path = str(PurePosixPath(tests_folder(options, tree)) / NAME)
    return tree if tree.exists(path) else tree.write(path, _tests(project, options).encode())


def tests_folder(options: Options, tree: Tree) -> str:
    """The folder of the tests nearest to the top: the project's, then the application's."""
    if options.is_sidecar:
        return f"{options.service_folder}/tests"
    tests = [path for path in tree.glob(".py") if re.search(r"(^|/)(test_\w+|conftest)\.py$", path)]
    folders = {part for path in tests for part in _test_folders(path)}
    default = PurePosixPath(options.app.working_directory) / "tests"
    return min(folders, key=lambda folder: (folder.count("/"), folder), default=str(default))


def _test_folders(path: str) -> list[str]:
    parents = PurePosixPath(path).parents
    return [str(each) for each in parents if each.name in ("tests", "test")][-1:]


def _tests(project: Project, options: Options) -> str:
    app = options.served_by
    holder, _, rest = app.attribute.partition(".")
    imported = f"from {app.module} import {holder}"
    if app.kind == "factory" or rest:
        imported += f"\n\napp = {app.attribute}{'()' if app.kind == 'factory' else ''}"
    elif app.attribute != "app":
        imported += " as app"
    if project.global_dependencies and not options.is_sidecar:
        imported += OPEN_GATES
    text = TEMPLATE.read_text(encoding="utf-8")
    if options.is_sidecar:
        text = text.replace(FIRST_IMPORT, ELSEWHERE + FIRST_IMPORT)
    text = text.replace("from .example_app import app", imported)
    return text.replace('PATH = "/chatkit"', f'PATH = "{options.path}"')
