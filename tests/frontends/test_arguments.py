"""What agents are told of the tools is short, and fits what the tools take and give out."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

from chatkit_agent.api import inspect_project
from chatkit_agent.frontends.arguments import output_schema
from chatkit_agent.frontends.tools import TOOLS, Tool

PROJECTS = Path(__file__).parents[1] / "projects"


def test_the_list_of_tools_is_short() -> None:
    """Every conversation pays for it; it was 59 kB with the documents' whole schemas."""
    told = [
        (each.name, each.description, each.input_schema(), each.output_schema()) for each in TOOLS
    ]
    assert len(json.dumps(told)) < 25_000


@pytest.mark.parametrize("tool", TOOLS, ids=lambda tool: tool.name)
def test_a_short_schema_names_what_the_full_one_does(tool: Tool) -> None:
    short, full = tool.input_schema(), tool.arguments.model_json_schema(by_alias=True)
    jsonschema.Draft202012Validator.check_schema(short)
    jsonschema.Draft202012Validator.check_schema(tool.output_schema())
    assert list(short["properties"]) == list(full["properties"])
    assert short.get("required") == full.get("required")
    for name, each in full["properties"].items():
        assert short["properties"][name].get("description") == each.get("description")
        kinds = [each, *each.get("anyOf", ())]
        assert short["properties"][name].get("enum") in [kind.get("enum") for kind in kinds]


def test_a_document_fits_what_was_told_of_it() -> None:
    document = inspect_project(PROJECTS / "module_level").model_dump(mode="json", by_alias=True)
    schema = next(each for each in TOOLS if each.name == "inspect_project").output_schema()
    jsonschema.validate(document, schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**document, "settings": "none"}, schema)


def test_a_field_that_may_be_absent_has_no_kind() -> None:
    full = {"properties": {"app": {"anyOf": [{"type": "string"}, {"type": "null"}]}}}
    assert output_schema(full)["properties"] == {"app": {}}
