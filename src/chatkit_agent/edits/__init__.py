"""Every edit, in the order in which a plan makes them."""

from __future__ import annotations

from collections.abc import Callable

from chatkit_agent.edits.allow_extra_settings import allow_extra_settings
from chatkit_agent.edits.declare_dependencies import declare_dependencies
from chatkit_agent.edits.deliver_backend import deliver_backend
from chatkit_agent.edits.deliver_service import deliver_service
from chatkit_agent.edits.extend_env_example import extend_env_example
from chatkit_agent.edits.mount_router import mount_router
from chatkit_agent.edits.write_guide import write_guide
from chatkit_agent.edits.write_tests import write_tests
from chatkit_agent.edits.write_workflow import write_workflow
from chatkit_agent.options.options import Options
from chatkit_agent.project.read import Project
from chatkit_agent.project.tree import Tree

Edit = Callable[[Project, Options, Tree], Tree]

EDITS: tuple[Edit, ...] = (
    deliver_backend,
    deliver_service,
    mount_router,
    allow_extra_settings,
    declare_dependencies,
    extend_env_example,
    write_tests,
    write_guide,
    write_workflow,
)
