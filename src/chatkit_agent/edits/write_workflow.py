"""Write a GitHub Actions workflow that checks the chat on every push, where that was asked for."""

from __future__ import annotations

import os
import re
import shlex

from chatkit_agent.errors import CannotEdit
from chatkit_agent.options.options import Options
from chatkit_agent.project.facts import Packaging
from chatkit_agent.project.read import Project
from chatkit_agent.project.scratch import repository_of
from chatkit_agent.project.source.python_ranges import allows
from chatkit_agent.project.tree import Tree

PATH = ".github/workflows/chatkit.yml"
EXACT = re.compile(r"={2,3}\s*(\d+\.\d+\.\d+)")
PYTHONS = ("3.12", "3.11", "3.13", "3.10")
WORKFLOW = """\
# Boots the application and checks its chat, with an embedded PostgreSQL and an offline model.
name: chatkit
on:
  push:
  pull_request:
permissions:
  contents: read
jobs:
  verify:
    runs-on: ubuntu-latest
    timeout-minutes: 15
{folder}    steps:
      - uses: actions/checkout@v4
      - uses: actions/setup-python@v5
        with:
          python-version: "{python}"
      - name: Install the project
        run: {install}
      - name: Install the tool
        # Where your package index does not have it, let this repository variable say what pip
        # shall install instead, such as the address of its source.
        run: pipx install "${{{{ vars.CHATKIT_AGENT || 'chatkit-agent' }}}}"
      - name: Check the chat
        run: chatkit-agent verify --junit chatkit.xml --report chatkit.html
      - uses: actions/upload-artifact@v4
        if: always()
        with:
          name: chatkit
          path: {above}chatkit.*
"""


def write_workflow(project: Project, options: Options, tree: Tree) -> Tree:
    if not options.ci or tree.exists(PATH):
        return tree
    folder = os.path.relpath(project.root, repository_of(project.root))
    text = _workflow(project, folder)
    if folder != ".":
        raise CannotEdit(
            f"Workflows lie at the top of the repository, above this project. Save this there as "
            f"`{PATH}`.",
            text,
        )
    return tree.write(PATH, text.encode())


def _workflow(project: Project, folder: str) -> str:
    below = f"    defaults:\n      run:\n        working-directory: {folder}\n"
    return WORKFLOW.format(
        folder="" if folder == "." else below,
        above="" if folder == "." else f"{folder}/",
        python=_python(project.python.requires),
        install=_install(project.packaging),
    )


def _python(requires: str | None) -> str:
    if exact := EXACT.fullmatch(requires or ""):
        return exact[1]
    return next((each for each in PYTHONS if allows(requires, each)), PYTHONS[0])


def _install(packaging: Packaging) -> str:
    """Into an environment that is found again: the project's `.venv`, or the manager's own."""
    if packaging.manager == "uv":
        return "pipx run uv sync"
    if packaging.manager in ("poetry", "pdm"):
        own = "POETRY_VIRTUALENVS_IN_PROJECT=true " if packaging.manager == "poetry" else ""
        return f"{own}pipx run {packaging.manager} install"
    if packaging.manager == "pipenv":
        return "PIPENV_VENV_IN_PROJECT=1 pipx run pipenv install --dev"
    file = packaging.file or ""
    what = f"-r {shlex.quote(file)}" if file.endswith((".txt", ".in")) else "."
    if packaging.manager in ("conda", "pixi") or not file:
        raise CannotEdit(
            "How this project is installed by a machine is not known. Save this as "
            f"`{PATH}`, with the command that does it.",
            "run: python -m venv .venv && .venv/bin/pip install ...",
        )
    return f"python -m venv .venv && .venv/bin/pip install {what}"
