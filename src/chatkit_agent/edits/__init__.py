"""Every edit, in the order of a plan: those that integrate a chat, and those that fix one."""

from __future__ import annotations

from collections.abc import Callable

from chatkit_agent.edits.allow_extra_settings import allow_extra_settings
from chatkit_agent.edits.declare_dependencies import declare_dependencies
from chatkit_agent.edits.deliver_backend import deliver_backend
from chatkit_agent.edits.deliver_service import deliver_service
from chatkit_agent.edits.extend_env_example import extend_env_example
from chatkit_agent.edits.give_tools_time import give_tools_time
from chatkit_agent.edits.let_chat_through_cors import let_chat_through_cors
from chatkit_agent.edits.mount_router import mount_router
from chatkit_agent.edits.quiet_tool_logs import quiet_tool_logs
from chatkit_agent.edits.stop_retrying_tools import stop_retrying_tools
from chatkit_agent.edits.write_guide import write_guide
from chatkit_agent.edits.write_tests import write_tests
from chatkit_agent.edits.write_workflow import write_workflow
from chatkit_agent.options.options import Options
from chatkit_agent.project.read import Project
from chatkit_agent.project.tree import Tree

Edit = Callable[[Project, Options, Tree], Tree]

INTEGRATION: tuple[Edit, ...] = (
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

FIXES: tuple[Edit, ...] = (
    # What an integration does can be missing from one that was changed since.
    mount_router,
    allow_extra_settings,
    declare_dependencies,
    let_chat_through_cors,
    stop_retrying_tools,
    give_tools_time,
    quiet_tool_logs,
)
