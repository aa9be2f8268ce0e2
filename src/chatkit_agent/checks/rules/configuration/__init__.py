"""The rules on configuration, by their codes."""

from __future__ import annotations

from typing import Any

from chatkit_agent.checks.check import Check
from chatkit_agent.checks.rules.configuration.calls_fit import calls_fit
from chatkit_agent.checks.rules.configuration.chat_set_up import chat_set_up
from chatkit_agent.checks.rules.configuration.chat_variables_fit import chat_variables_fit
from chatkit_agent.checks.rules.configuration.coroutines_awaited import coroutines_awaited
from chatkit_agent.checks.rules.configuration.domain_key_set import domain_key_set
from chatkit_agent.checks.rules.configuration.environment_files_readable import (
    environment_files_readable,
)
from chatkit_agent.checks.rules.configuration.environment_loaded_first import (
    environment_loaded_first,
)
from chatkit_agent.checks.rules.configuration.failed_start_told import failed_start_told
from chatkit_agent.checks.rules.configuration.ignores_used import ignores_used
from chatkit_agent.checks.rules.configuration.libraries_declared import libraries_declared
from chatkit_agent.checks.rules.configuration.model_key_reaches_sdk import model_key_reaches_sdk
from chatkit_agent.checks.rules.configuration.model_variables_fit import model_variables_fit
from chatkit_agent.checks.rules.configuration.modules_there import modules_there
from chatkit_agent.checks.rules.configuration.required_fields_set import required_fields_set
from chatkit_agent.checks.rules.configuration.sdk_names_free import sdk_names_free
from chatkit_agent.checks.rules.configuration.services_answer import services_answer
from chatkit_agent.checks.rules.configuration.unknown_variables_ignored import (
    unknown_variables_ignored,
)
from chatkit_agent.checks.rules.configuration.variables_set import variables_set
from chatkit_agent.checks.rules.configuration.versions_fit import versions_fit

CONFIGURATION: tuple[Check[Any], ...] = (
    modules_there,
    calls_fit,
    coroutines_awaited,
    versions_fit,
    libraries_declared,
    sdk_names_free,
    unknown_variables_ignored,
    environment_files_readable,
    variables_set,
    required_fields_set,
    environment_loaded_first,
    model_key_reaches_sdk,
    model_variables_fit,
    chat_variables_fit,
    domain_key_set,
    failed_start_told,
    services_answer,
    ignores_used,
    chat_set_up,
)
