"""Mends: the edits that mend a chat which is there, by name, in the order of a plan."""

from __future__ import annotations

from collections.abc import Callable

from chatkit_agent.edits.allow_extra_settings import allow_extra_settings
from chatkit_agent.edits.declare_dependencies import declare_dependencies
from chatkit_agent.edits.mount_router import mount_router
from chatkit_agent.mends.give_tools_time import give_tools_time
from chatkit_agent.mends.let_chat_through_cors import let_chat_through_cors
from chatkit_agent.mends.quiet_tool_logs import quiet_tool_logs
from chatkit_agent.mends.stop_retrying_tools import stop_retrying_tools
from chatkit_agent.options.options import Options
from chatkit_agent.project.read import Project
from chatkit_agent.project.tree import Tree

Mend = Callable[[Project, Options, Tree], Tree]

MENDS: tuple[Mend, ...] = (
    let_chat_through_cors,
    stop_retrying_tools,
    give_tools_time,
    quiet_tool_logs,
)

# What an integration does can be missing from one that was changed since.
BY_NAME: dict[str, Mend] = {
    each.__name__: each
    for each in (mount_router, allow_extra_settings, declare_dependencies, *MENDS)
}
