"""Made: what a wrapper is given is the application that is served."""

from __future__ import annotations

import libcst as cst
import pytest

from chatkit_agent.project.source.made import Made, inner_app

APP = Made("main.py", "create", "app")
LOCAL = {"app": APP, "self.api": Made("main.py", "create", "self.api")}


@pytest.mark.parametrize(
    ("value", "variable"),
    [
        ("Middleware(app)", "app"),
        ("Middleware(app=app)", "app"),
        ("Middleware(settings, app)", "app"),
        ("socketio.ASGIApp(server, other_asgi_app=app)", "app"),
        ("Middleware(self.api)", "self.api"),
        ("app", None),
        ("Middleware(other)", None),
        ("Middleware('app')", None),
        ("Middleware(app.state)", None),
        ("Middleware(len(app))", None),
        ("app()", None),
    ],
)
def test_what_a_wrapper_leads_to(value: str, variable: str | None) -> None:
    found = inner_app(cst.parse_expression(value), LOCAL)
    assert (found.variable if found else None) == variable
