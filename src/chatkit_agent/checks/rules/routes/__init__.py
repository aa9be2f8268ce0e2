"""The rules on routes, by their codes."""

from __future__ import annotations

from typing import Any

from chatkit_agent.checks.check import Check
from chatkit_agent.checks.rules.routes.bad_requests_refused import bad_requests_refused
from chatkit_agent.checks.rules.routes.body_limited import body_limited
from chatkit_agent.checks.rules.routes.cors_credentials_bounded import cors_credentials_bounded
from chatkit_agent.checks.rules.routes.cors_lets_chat_through import cors_lets_chat_through
from chatkit_agent.checks.rules.routes.health_costs_little import health_costs_little
from chatkit_agent.checks.rules.routes.health_told import health_told
from chatkit_agent.checks.rules.routes.lifespan_runs import lifespan_runs
from chatkit_agent.checks.rules.routes.malformed_refused import malformed_refused
from chatkit_agent.checks.rules.routes.nothing_degraded import nothing_degraded
from chatkit_agent.checks.rules.routes.page_asks_chat import page_asks_chat
from chatkit_agent.checks.rules.routes.page_hands_requests_on import page_hands_requests_on
from chatkit_agent.checks.rules.routes.page_loads_element import page_loads_element
from chatkit_agent.checks.rules.routes.page_opens import page_opens
from chatkit_agent.checks.rules.routes.page_stays_at_home import page_stays_at_home
from chatkit_agent.checks.rules.routes.preflight_allowed import preflight_allowed
from chatkit_agent.checks.rules.routes.route_mounted import route_mounted
from chatkit_agent.checks.rules.routes.route_reachable import route_reachable
from chatkit_agent.checks.rules.routes.route_takes_posts import route_takes_posts
from chatkit_agent.checks.rules.routes.router_included import router_included
from chatkit_agent.checks.rules.routes.router_included_once import router_included_once
from chatkit_agent.checks.rules.routes.routes_kept import routes_kept

ROUTES: tuple[Check[Any], ...] = (
    cors_lets_chat_through,
    preflight_allowed,
    router_included,
    route_reachable,
    route_takes_posts,
    lifespan_runs,
    route_mounted,
    routes_kept,
    bad_requests_refused,
    body_limited,
    malformed_refused,
    health_told,
    health_costs_little,
    nothing_degraded,
    cors_credentials_bounded,
    router_included_once,
    page_opens,
    page_stays_at_home,
    page_asks_chat,
    page_hands_requests_on,
    page_loads_element,
)
