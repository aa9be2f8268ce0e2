"""Dependency files: new requirements put into each kind, with every other byte of it kept."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from chatkit_agent.edits.dependency_files.conda import add_to_environment
from chatkit_agent.edits.dependency_files.lines import add_to_requirements
from chatkit_agent.edits.dependency_files.setup_cfg import add_to_setup_cfg
from chatkit_agent.edits.dependency_files.setup_py import add_to_setup_py
from chatkit_agent.edits.dependency_files.toml import add_to_list, add_to_table
from chatkit_agent.project.facts import Packaging, Style
from chatkit_agent.project.text.lines import Text

Writer = Callable[[Text, Sequence[str], Packaging], Text]
"""Takes a file's text and requirements that are not in it, and gives the text with them.

A writer raises UnusualFile where it cannot be sure.
"""

WRITERS: Mapping[Style, Writer] = {
    "requirements": add_to_requirements,
    "pep621": add_to_list,
    "poetry": add_to_table,
    "pipfile": add_to_table,
    "pixi": add_to_table,
    "setup.cfg": add_to_setup_cfg,
    "setup.py": add_to_setup_py,
    "conda": add_to_environment,
}
