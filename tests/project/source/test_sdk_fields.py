"""The table says of each class what the installed SDK says."""

from __future__ import annotations

from importlib import import_module

from chatkit_agent.project.source.sdk_fields import REQUIRED


def test_the_table_is_that_of_the_sdk() -> None:
    for name, fields in REQUIRED.items():
        module, _, kind = name.rpartition(".")
        model = getattr(import_module(module), kind)
        assert {k for k, each in model.model_fields.items() if each.is_required()} == {*fields}
