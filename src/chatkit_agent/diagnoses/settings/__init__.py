"""What is read from settings, environment files, dependencies and deployment files."""

from __future__ import annotations

from chatkit_agent.diagnoses.settings.answers_given_time_to_end import answers_given_time_to_end
from chatkit_agent.diagnoses.settings.chat_variables_fit import chat_variables_fit
from chatkit_agent.diagnoses.settings.connections_enough import connections_enough
from chatkit_agent.diagnoses.settings.containers_find_services import containers_find_services
from chatkit_agent.diagnoses.settings.domain_key_set import domain_key_set
from chatkit_agent.diagnoses.settings.environment_files_readable import environment_files_readable
from chatkit_agent.diagnoses.settings.environment_loaded_first import environment_loaded_first
from chatkit_agent.diagnoses.settings.files_in_repository import files_in_repository
from chatkit_agent.diagnoses.settings.image_has_chat import image_has_chat
from chatkit_agent.diagnoses.settings.keys_not_committed import keys_not_committed
from chatkit_agent.diagnoses.settings.model_key_reaches_sdk import model_key_reaches_sdk
from chatkit_agent.diagnoses.settings.model_variables_fit import model_variables_fit
from chatkit_agent.diagnoses.settings.pooler_respected import pooler_respected
from chatkit_agent.diagnoses.settings.proxy_keeps_path import proxy_keeps_path
from chatkit_agent.diagnoses.settings.proxy_passes_token import proxy_passes_token
from chatkit_agent.diagnoses.settings.proxy_streams import proxy_streams
from chatkit_agent.diagnoses.settings.required_fields_set import required_fields_set
from chatkit_agent.diagnoses.settings.sdk_names_free import sdk_names_free
from chatkit_agent.diagnoses.settings.secret_long_enough import secret_long_enough
from chatkit_agent.diagnoses.settings.server_speaks_asgi import server_speaks_asgi
from chatkit_agent.diagnoses.settings.unknown_variables_ignored import unknown_variables_ignored
from chatkit_agent.diagnoses.settings.variables_set import variables_set
from chatkit_agent.diagnoses.settings.versions_fit import versions_fit
from chatkit_agent.evidence.static import Check

SETTINGS: tuple[Check, ...] = (
    versions_fit,
    sdk_names_free,
    unknown_variables_ignored,
    environment_files_readable,
    variables_set,
    required_fields_set,
    environment_loaded_first,
    model_key_reaches_sdk,
    model_variables_fit,
    chat_variables_fit,
    containers_find_services,
    secret_long_enough,
    keys_not_committed,
    pooler_respected,
    proxy_keeps_path,
    proxy_passes_token,
    proxy_streams,
    answers_given_time_to_end,
    server_speaks_asgi,
    image_has_chat,
    files_in_repository,
    connections_enough,
    domain_key_set,
)
