"""The JSON documents are what `docs/commands.md` says that they are."""

from __future__ import annotations

import re
from pathlib import Path

import click
import pytest

from chatkit_agent.errors import NoApplication
from chatkit_agent.frontends import cli
from chatkit_agent.output import documents
from chatkit_agent.output.documents import Document, ErrorDocument, Part

PAGE = (Path(__file__).parents[2] / "docs" / "commands.md").read_text()
ROWS = [line for line in PAGE.splitlines() if line.startswith("|")]


def models(base: type[Part]) -> list[type[Part]]:
    found = [value for value in vars(documents).values() if isinstance(value, type)]
    return [value for value in found if issubclass(value, base) and value not in (Part, Document)]


def fields(model: type[Part]) -> set[str]:
    return set(model.model_fields) - {"schema_"}


@pytest.mark.parametrize("model", models(Part), ids=lambda model: model.__name__)
def test_a_row_of_the_page_names_every_field(model: type[Part]) -> None:
    wanted = fields(model)
    if model is documents.AddDocument:
        wanted -= fields(documents.PlanDocument)
    assert any(wanted <= set(re.findall(r"`([a-z_]+)`", row)) for row in ROWS), sorted(wanted)


@pytest.mark.parametrize("name", sorted(cli.main.commands))
def test_the_page_names_every_command_and_option(name: str) -> None:
    assert f"`chatkit-agent {name} " in PAGE
    for parameter in cli.main.commands[name].params:
        if isinstance(parameter, click.Option):
            assert f"`{max(parameter.opts, key=len)}" in PAGE, parameter.opts


def test_a_document_is_versioned_by_its_schema() -> None:
    document = ErrorDocument.of(NoApplication(), 3)
    assert document.model_dump(by_alias=True)["schema"] == "chatkit-agent/error/2"
    assert ErrorDocument.model_validate_json(document.model_dump_json()) == document
