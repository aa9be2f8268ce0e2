"""The rules on deployment, by their codes."""

from __future__ import annotations

from typing import Any

from chatkit_agent.checks.check import Check
from chatkit_agent.checks.rules.deployment.answers_given_time_to_end import (
    answers_given_time_to_end,
)
from chatkit_agent.checks.rules.deployment.app_boots import app_boots
from chatkit_agent.checks.rules.deployment.application_untouched import application_untouched
from chatkit_agent.checks.rules.deployment.containers_find_services import containers_find_services
from chatkit_agent.checks.rules.deployment.files_in_repository import files_in_repository
from chatkit_agent.checks.rules.deployment.image_has_chat import image_has_chat
from chatkit_agent.checks.rules.deployment.policy_allows_chat import policy_allows_chat
from chatkit_agent.checks.rules.deployment.proxy_keeps_path import proxy_keeps_path
from chatkit_agent.checks.rules.deployment.proxy_passes_token import proxy_passes_token
from chatkit_agent.checks.rules.deployment.proxy_streams import proxy_streams
from chatkit_agent.checks.rules.deployment.server_heard_outside import server_heard_outside
from chatkit_agent.checks.rules.deployment.server_speaks_asgi import server_speaks_asgi

DEPLOYMENT: tuple[Check[Any], ...] = (
    app_boots,
    application_untouched,
    server_speaks_asgi,
    server_heard_outside,
    image_has_chat,
    files_in_repository,
    containers_find_services,
    proxy_keeps_path,
    proxy_passes_token,
    proxy_streams,
    answers_given_time_to_end,
    policy_allows_chat,
)
